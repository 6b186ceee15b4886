"""What can be done with films: take in, tag again, cancel, delete. Each is one transaction with its job's."""

from dataclasses import asdict, dataclass

from service import webhooks
from service.context import Service
from service.errors import WrongState
from service.results import Parameters
from service.store import movies
from service.store.engine import Session, new_id, now_ms
from service.store.movies import FilmFile, MovieFields
from service.store.tables import OPEN_STATES, Movie, Run, RunKind, Source, State

__all__ = ["FilmFile", "MovieFields", "Taken", "cancel", "delete", "new_movie_id", "retag", "retry", "take_in"]


@dataclass(frozen=True)
class Taken:
    """A film that was brought."""

    movie: Movie  # whose `path` tells whether it has the brought file or another one
    is_queued: bool  # a run was begun


def new_movie_id() -> str:
    """For a film that is about to come."""
    return new_id("mov")


def take_in(service: Service, movie_id: str, file: FilmFile, fields: MovieFields, key_id: str | None) -> Taken:
    """Add a film and queue it, or find the same one: queued again if it had failed or was cancelled, untouched otherwise.

    `file` lies under its key already; the caller removes it when the film has another one.
    """
    with service.database.write() as session:
        now = now_ms(session)
        movie = movies.insert(session, movie_id, file, fields, key_id, now)
        if movie is not None:
            service.jobs.enqueue_run(session, session.get_one(Run, movie.run_id))
            return Taken(movie, is_queued=True)
        assert file.sha256 is not None, "only uploads are taken in here twice"
        found = movies.by_content(session, file.sha256, lock=True)
        assert found is not None, "the unique index found it"
        if found.state not in (State.FAILED, State.CANCELLED):
            return Taken(found, is_queued=False)
        if found.original_gone or found.id == movie_id:  # the id says that its file was missed
            found.path, found.original_gone = file.path, False
        found.parameters, found.priority = asdict(fields.parameters), fields.priority
        found.webhook_url, found.key_id, found.keep_original = fields.webhook_url, key_id, fields.keep_original
        _queue(service, found, RunKind.TAG, now, session)
        return Taken(found, is_queued=True)


def retry(service: Service, movie_id: str, parameters: Parameters | None = None) -> Movie:
    """Tag a film anew, perhaps with other parameters. Raises WrongState while it is at work, or when its file is gone."""
    with service.database.write() as session:
        movie = movies.get(session, movie_id, lock=True)
        _refuse_open(movie)
        if movie.original_gone:
            raise WrongState("The film's file was removed after tagging, as was asked; upload it again to tag it anew.")
        if parameters is not None:
            movie.parameters = asdict(parameters)
        _queue(service, movie, RunKind.TAG, now_ms(session), session)
        return movie


def retag(service: Service, movie_id: str, parameters: Parameters) -> Movie:
    """New thresholds or a new head on the stored features. Raises WrongState without them."""
    with service.database.write() as session:
        movie = movies.get(session, movie_id, lock=True)
        _refuse_open(movie)
        if movie.result_key is None:
            raise WrongState("This movie has no stored features yet; POST .../retry tags it.")
        movie.parameters = asdict(parameters)
        _queue(service, movie, RunKind.RETAG, now_ms(session), session)
        return movie


def cancel(service: Service, movie_id: str) -> Movie:
    """Stop a queued or running film; a running one stops within two seconds. Raises WrongState when it is at an end."""
    with service.database.write() as session:
        movie = movies.get(session, movie_id, lock=True)
        if movie.state not in OPEN_STATES:
            raise WrongState(f"The movie is {movie.state}; only a queued or running one can be cancelled.")
        run = session.get_one(Run, movie.run_id)
        now = now_ms(session)
        run.cancel_requested, run.updated_at = True, now
        if movie.state == State.QUEUED:
            movie.state = run.state = State.CANCELLED
            movie.updated_at = run.finished_at = now
            webhooks.record_event(session, movie, now)
    if movie.state == State.CANCELLED:
        service.jobs.withdraw(movie.run_id)
    return movie


def delete(service: Service, movie_id: str) -> None:
    """Forget a film and all that was written for it; an imported film's own file stays. A running one stops first."""
    with service.database.write() as session:
        movie = movies.get(session, movie_id, lock=True)
        session.delete(movie)
    service.jobs.withdraw(movie.run_id)
    if movie.source == Source.UPLOAD:
        service.storage.delete(f"films/{movie.id}")
    service.storage.delete(f"results/{movie.id}")


def _refuse_open(movie: Movie) -> None:
    if movie.state in OPEN_STATES:
        raise WrongState(f"The movie is {movie.state}; wait until it is done, or cancel it first.")


def _queue(service: Service, movie: Movie, kind: RunKind, now: int, session: Session) -> None:
    service.jobs.enqueue_run(session, movies.add_run(session, movie, kind, new_id("run"), now))
