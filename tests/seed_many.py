"""A library of many films, and one long film, put into a service within seconds: for speed, and for lists that do not end."""

from collections.abc import Callable

from service.context import Service
from service.store import movies
from service.store.engine import new_id, now_ms
from service.store.movies import FilmFile, MovieFields
from service.store.tables import Movie, Source
from tests import seed

AT_ONCE = 100  # films in a transaction
MINUTE_MS = 60_000


def add_library(service: Service, films: int = 1000) -> list[str]:
    """So many tagged films of three to eight shots with one to three themes each, one a minute; their ids, oldest first."""
    ids: list[str] = []
    while len(ids) < films:
        numbers = range(len(ids), min(films, len(ids) + AT_ONCE))
        ids += _add(service, {f"Film {number + 1:04}": _shots(number) for number in numbers}, len(ids) - films)
    return ids


def add_long_film(service: Service, frames: int = 3000, title: str = "The long film") -> str:
    """A tagged film with so many key frames, one a shot of four seconds; its themes come and go. Its id."""
    themes = seed.VOCABULARY.ids[::7]
    shots = [[tag for place, tag in enumerate(themes) if number // (5 + 4 * place) % 3 == place % 3] for number in range(frames)]
    [movie_id] = _add(service, {title: shots}, 0)
    return movie_id


def _shots(number: int) -> seed.Shots:
    tags = seed.VOCABULARY.ids
    own = [tags[(7 * number + 13 * place) % len(tags)] for place in range(1 + number % 3)]
    return [own[: 1 + shot % len(own)] for shot in range(3 + number % 6)]


def _add(service: Service, films: dict[str, seed.Shots], first_minute: int) -> list[str]:
    """One transaction; the films' files are not made to survive a crash."""
    put, given = _quick(service), MovieFields(parameters=seed.PARAMETERS)
    files = {new_id("mov"): title for title in films}
    with service.database.write() as session:
        now = now_ms(session)
        rows = {movie_id: _file(movie_id, title) for movie_id, title in files.items()}
        assert len(movies.insert_many(session, rows, given, None, now)) == len(films)
        for minute, (movie_id, title) in enumerate(files.items(), first_minute):
            put(rows[movie_id].path, movie_id.encode())
            session.get_one(Movie, movie_id).created_at = now + minute * MINUTE_MS
            attempt = seed.begin_in(session, movie_id)
            result = seed.result_of(films[title], str(attempt.sha256), file_name=f"{title}.mp4")
            content = result.to_json()
            seed.store(put, attempt.folder, result, content)
            seed.publish_in(session, attempt, content)
    return list(files)


def _file(movie_id: str, title: str) -> FilmFile:
    return FilmFile(Source.UPLOAD, f"films/{movie_id}/film.mp4", title, len(movie_id), (movie_id[4:] * 2)[:64])


def _quick(service: Service) -> Callable[[str, bytes], None]:
    """Writes into the storage's folder without waiting for the disk."""
    root = service.settings.data_dir / "files"

    def put(key: str, data: bytes) -> None:
        target = root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    return put
