"""Uploads on both databases, with the real queue."""

import threading
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select, update

from service import uploads
from service.errors import IdempotencyInFlight
from service.idempotency import OnceOnly
from service.store import idempotency
from service.store.engine import now_ms
from service.store.tables import IdempotencyKey, Movie, Run, State, Upload
from tests import clips
from tests.api.conftest import service_on
from tests.api.serving import serving
from tests.api.test_movie_upload import films, leftovers, send
from tests.api.test_uploads import TUS, begin, patch

DAY_MS = int(timedelta(days=1).total_seconds() * 1000)


@pytest.fixture
def service(tmp_path, database_url):
    return service_on(database_url, tmp_path / "data")


@pytest.fixture
def film(tmp_path):
    return clips.write(tmp_path / "film.mp4", clips.scenes(20)).read_bytes()


def count(service, table):
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_the_same_content_at_once_by_form_and_by_tus_is_one_movie(service, film):
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        begun = [begin(client, len(film)).headers["location"] for _ in range(2)]
        movies: list[str] = []

        def by_form() -> None:
            movies.append(send(client, film).headers["location"])

        def by_tus(address: str) -> None:
            movies.append(patch(client, address, 0, film).headers["movietags-movie"])

        threads = [threading.Thread(target=by_form) for _ in range(2)]
        threads += [threading.Thread(target=by_tus, args=[address]) for address in begun]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(movies) == 4
        assert len(set(movies)) == count(service, Movie) == count(service, Run) == len(films(service)) == 1
        assert leftovers(service) == []


@pytest.mark.parametrize("as_asked", [True, False])
@pytest.mark.parametrize("way", ["form", "tus"])
def test_a_film_whose_file_is_gone_and_that_failed_since_gets_its_file_back(service, film, way, as_asked):
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        address = send(client, film).headers["location"]
        for path in films(service):
            path.unlink()
        with service.database.write() as session:
            session.execute(update(Movie).values(state=State.FAILED, original_gone=as_asked))
        if way == "form":
            again = send(client, film).headers["location"]
        else:
            again = patch(client, begin(client, len(film)).headers["location"], 0, film).headers["movietags-movie"]
        assert again == address
        [stored] = films(service)
        assert stored.parent.name == address.rpartition("/")[2]
        assert client.delete(address).status_code == 204
        assert films(service) == []


def test_who_does_not_have_an_upload_s_bytes_does_not_end_it(service, film, tmp_path):
    """As a worker on another machine, whose turn it is to clean up."""
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        begin(client, len(film))
        with service.database.write() as session:
            session.execute(update(Upload).values(offset=len(film)))
        other = replace(service, settings=service.settings.model_copy(update={"data_dir": tmp_path / "other"}))
        assert uploads.sweep(other) == 0
        assert count(service, Upload) == 1


def test_an_upload_goes_through_its_life(service, film):
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        address = begin(client, len(film), filename="a.mp4", title="The crossing").headers["location"]
        assert patch(client, address, 0, film[:1000]).headers["upload-offset"] == "1000"
        assert client.head(address, headers=TUS).headers["upload-offset"] == "1000"
        done = patch(client, address, 1000, film[1000:])
        assert client.get(done.headers["movietags-movie"]).json()["title"] == "The crossing"
        other = begin(client, 1 << 40).status_code  # beyond the limit for one film
        assert other == 413
        assert len(client.get("/v1/uploads").json()["uploads"]) == 1
        with service.database.write() as session:
            session.execute(update(Upload).values(expires_at=1))
        assert uploads.sweep(service) == 1
        assert count(service, Upload) == 0
        assert count(service, Movie) == 1


def test_an_idempotency_key_is_kept_for_a_day(service):
    once = OnceOnly(service.database, "anyone", "k")
    assert once.begin() is None
    with pytest.raises(IdempotencyInFlight):
        once.begin()
    once.finish("f" * 64, 202, "mov_1")
    given = once.begin()
    assert given is not None
    assert (given.fingerprint, given.status, given.movie_id) == ("f" * 64, 202, "mov_1")
    with service.database.write() as session:
        now = now_ms(session)
        idempotency.remove_old(session, now + DAY_MS - 60_000)
    assert count(service, IdempotencyKey) == 1
    with service.database.write() as session:
        idempotency.remove_old(session, now + DAY_MS + 60_000)
    assert count(service, IdempotencyKey) == 0
    assert once.begin() is None
    once.go_on()
    once.release()
    assert once.begin() is None
    service.close()
