"""Imports: what is taken from a library, what is left alone, and that it can be gone on with."""

import shutil
import threading
import time

import pytest

from service import imports, movies
from service.context import open_service
from service.errors import WebhookRefused, WrongState
from service.results import Parameters
from service.settings import load_settings
from service.store import movie_list
from service.store.engine import Database, now_ms
from service.store.movies import MovieFields
from service.store.runs import astray
from service.store.tables import Import, Movie, Run, State
from service.store.workflows import JobStatus, status
from service.worker.janitor import Janitor
from service.worker.metrics import Metrics
from service.worker.workplace import Workplace
from tests.fakes import ColourTagger, PatchDetector
from tests.libraries import film, film_named_in_no_text, small_library

FIELDS = MovieFields(Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None), priority=imports.PRIORITY)


@pytest.fixture
def library(tmp_path):
    return small_library(tmp_path / "library")


@pytest.fixture
def service(tmp_path, library, sqlite_url):
    yield from service_on(sqlite_url, tmp_path, library)


@pytest.fixture
def service_on_both(tmp_path, library, database_url):
    """Once on each kind of database."""
    yield from service_on(database_url, tmp_path, library)


def service_on(url, folder, library):
    service = open_service(load_settings(data_dir=folder / "data", database_url=url, import_roots=[library], disk_reserve_bytes=0))
    yield service
    service.close()


def run(service, path, fields=FIELDS):
    """Import it whole: the counts, and the outcome by path."""
    job = imports.begin_import(service, str(path), fields, None)
    imports.run_import(service, job.id, lambda: False)
    return result(service, job.id)


def result(service, import_id):
    job = imports.get_import(service, import_id)
    files = imports.import_files(service, import_id, None, 1000)
    assert sum(job.counts.values()) == len(files)
    return job, {file.path: (file.outcome, file.reason) for file in files}


def all_movies(service):
    with service.database.read() as session:
        return [movie for movie, _run in movie_list.page(session, movie_list.MovieFilter(), limit=200).films]


def test_a_folder_gives_its_films_and_leaves_the_rest(service, library):
    job, files = run(service, library)
    expected = [library / "a.mp4", library / "series/b.MKV", library / "series/deep/c.mov"]
    assert files == {str(path): ("new", None) for path in expected}
    assert (job.state, job.counts) == (State.SUCCEEDED, {"new": 3})
    found = all_movies(service)
    assert {movie.path for movie in found} == {str(path) for path in expected}
    assert {(movie.source, movie.state, movie.priority, movie.sha256) for movie in found} == {("import", "queued", 7, None)}


def test_every_film_has_its_job(service_on_both, library):
    service = service_on_both
    run(service, library)
    with service.database.read() as session:
        assert astray(session, now_ms(session) + 1) == []


def test_a_name_that_is_no_text_is_noted_all_the_same(service_on_both, library):
    film_named_in_no_text(library)
    job, files = run(service_on_both, library)
    assert job.counts == {"new": 3, "refused": 1}
    assert files[str(library / "\\xff.mp4")][0] == "refused"


def test_a_second_import_takes_only_new_and_changed_files(service_on_both, library):
    service = service_on_both
    run(service, library)
    finish_all(service)
    film(library / "new.mp4")
    film(library / "a.mp4", b"longer film")
    job, files = run(service, library)
    assert job.counts == {"new": 1, "changed": 1, "unchanged": 2}
    assert files[str(library / "a.mp4")] == ("changed", None)
    changed = next(movie for movie in all_movies(service) if movie.file_name == "a.mp4")
    assert (changed.state, changed.size_bytes) == (State.QUEUED, 11)
    with service.database.read() as session:
        assert session.query(Run).filter(Run.movie_id == changed.id).count() == 2
    assert run(service, library)[0].counts == {"unchanged": 4}


def finish_all(service):
    """As if every film had been tagged."""
    with service.database.write() as session:
        for movie in session.query(Movie):
            session.get_one(Run, movie.run_id).state = movie.state = State.SUCCEEDED


def test_a_file_with_another_time_but_the_same_size_has_changed(service, library):
    run(service, library)
    finish_all(service)
    film(library / "a.mp4", b"FILM", time.time() - 60)
    assert run(service, library)[0].counts == {"changed": 1, "unchanged": 2}


def test_a_file_that_changes_before_it_is_tagged_keeps_its_job(service, library):
    run(service, library)
    film(library / "a.mp4", b"longer film")
    run(service, library)
    movie = next(movie for movie in all_movies(service) if movie.file_name == "a.mp4")
    assert movie.size_bytes == 11
    with service.database.read() as session:
        assert session.query(Run).filter(Run.movie_id == movie.id).count() == 1


def test_a_file_that_changes_while_it_is_tagged_is_left_for_later(service_on_both, library):
    service = service_on_both
    run(service, library)
    with service.database.write() as session:
        for movie in session.query(Movie):
            session.get_one(Run, movie.run_id).state = movie.state = State.RUNNING
    film(library / "a.mp4", b"longer film")
    job, files = run(service, library)
    assert job.counts == {"later": 1, "unchanged": 2}
    assert "being tagged" in files[str(library / "a.mp4")][1]


def test_a_file_that_is_being_copied_is_left_for_later(service, library):
    growing = film(library / "growing.mp4", modified=time.time() - 1)
    job, files = run(service, library)
    assert job.counts == {"new": 3, "later": 1}
    assert "copied" in files[str(growing)][1]
    film(growing)
    assert run(service, library)[0].counts == {"new": 1, "unchanged": 3}


def test_a_single_film_is_taken_whatever_its_name(service, library):
    job, files = run(service, film(library / "odd.bin"))
    assert files == {str(library / "odd.bin"): ("new", None)}
    assert job.counts == {"new": 1}


def test_a_webhook_to_nowhere_is_refused(service, library):
    with pytest.raises(WebhookRefused):
        imports.begin_import(service, str(library), MovieFields(FIELDS.parameters, webhook_url="http://127.0.0.1/"), None)
    assert imports.list_imports(service, 10) == []


def test_an_import_whose_folder_went_away_fails_with_a_reason(service, library):
    job = imports.begin_import(service, str(library / "series"), FIELDS, None)
    shutil.rmtree(library / "series")
    imports.run_import(service, job.id, lambda: False)
    job, files = result(service, job.id)
    assert (job.state, files) == (State.FAILED, {})
    assert "no file or folder" in job.error["detail"]


def test_an_import_that_was_interrupted_goes_on_without_duplicates(service_on_both, library):
    service = service_on_both
    for number in range(5):
        film(library / f"{number}.mp4")
    job = imports.begin_import(service, str(library), FIELDS, None)
    looks = iter([False, False, True, True])  # the process ends after the first batch
    imports.run_import(service, job.id, lambda: next(looks), batch=2)
    assert (result(service, job.id)[0].state, len(all_movies(service))) == (State.RUNNING, 2)
    imports.run_import(service, job.id, lambda: False)
    done, files = result(service, job.id)
    assert (done.state, done.counts, len(files), len(all_movies(service))) == (State.SUCCEEDED, {"new": 8}, 8, 8)
    imports.run_import(service, job.id, lambda: False)
    assert result(service, job.id)[0].counts == {"new": 8}


def test_two_imports_of_one_folder_at_once_make_each_film_once(service_on_both, library):
    service = service_on_both
    for number in range(20):
        film(library / f"{number}.mp4")
    jobs = [imports.begin_import(service, str(library), FIELDS, None) for _ in range(3)]
    threads = [threading.Thread(target=imports.run_import, args=(service, job.id, lambda: False)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [imports.get_import(service, job.id) for job in jobs]
    assert {job.state for job in done} == {State.SUCCEEDED}
    assert sum(job.counts.get("new", 0) for job in done) == len(all_movies(service)) == 23


def test_a_cancelled_import_takes_no_more(service, library):
    job = imports.begin_import(service, str(library), FIELDS, None)
    calls = iter(range(100))

    def cancel_after_two():
        if next(calls) == 2:
            imports.cancel_import(service, job.id)
        return False

    imports.run_import(service, job.id, cancel_after_two, batch=1)
    stopped, files = result(service, job.id)
    assert (stopped.state, len(files)) == (State.CANCELLED, 1) and stopped.finished_at
    with pytest.raises(WrongState):
        imports.cancel_import(service, job.id)


def test_a_queued_import_is_taken_off_its_queue(service_on_both, library):
    service = service_on_both
    job = imports.begin_import(service, str(library), FIELDS, None)
    imports.cancel_import(service, job.id)
    imports.run_import(service, job.id, lambda: False)
    assert all_movies(service) == []
    with service.database.read() as session:
        assert status(session, job.id) == JobStatus.CANCELLED


def snapshot(folder):
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_ino, path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.rglob("*"))
    }


def test_the_library_itself_is_never_touched(service, library):
    before = snapshot(library)
    run(service, library)
    janitor = Janitor(Workplace(service, lambda _parameters: ColourTagger(), PatchDetector, "executor", Metrics()), orphan_ms=0)
    janitor.look(0, 0)
    for movie in all_movies(service):
        movies.delete(service, movie.id)
    janitor.look(0, 0)
    janitor.look(0, 0)
    assert all_movies(service) == []
    assert snapshot(library) == before
    # Deleted here, there still: the next import takes them anew.
    assert run(service, library)[0].counts == {"new": 3}


def test_an_import_waits_for_a_database_that_is_away(tmp_path, library):
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    settings = load_settings(data_dir=tmp_path / "data", import_roots=[library])
    looks = iter([False, True])
    service = open_service(settings)
    waiting = type(service)(settings, away, service.storage, service.jobs, service.models)
    imports.run_import(waiting, "imp_1", lambda: next(looks))
    away.close()
    service.close()


def test_imports_are_listed_newest_first(service, library):
    first, second = (imports.begin_import(service, str(library / name), FIELDS, None) for name in ("a.mp4", "series"))
    assert [job.id for job in imports.list_imports(service, 10)] == [second.id, first.id]
    assert [job.id for job in imports.list_imports(service, 10, second.id)] == [first.id]
    with service.database.read() as session:
        assert session.query(Import).count() == 2
