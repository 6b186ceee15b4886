"""What is removed, and what is not."""

import pytest

from service.predictors.predictions import Predictor
from service.store.engine import now_ms
from service.store.tables import BrowserLogin, IdempotencyKey, Movie, Run, Upload
from service.worker.janitor import HOUR_MS, Janitor
from service.worker.metrics import Metrics
from service.worker.workplace import Workplace
from tests.fakes import ColourTagger, PatchDetector


def no_tagger(_parameters) -> Predictor:
    return ColourTagger()


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"never looked at")
    return path


def janitor(bench, orphan_ms: int = HOUR_MS) -> Janitor:
    return Janitor(Workplace(bench.service, no_tagger, PatchDetector, "here-1-x", Metrics()), orphan_ms)


def test_folders_without_a_film_go_only_when_they_were_seen_so_an_hour_ago(bench, film):
    movie, storage = bench.add(film), bench.service.storage
    storage.put("films/mov_gone/film.mp4", b"x")
    storage.put("results/mov_gone/run_1-1/result.json", b"x")
    janitor(bench).look(0, 0)
    janitor(bench).look(0, 0)
    assert storage.folders("films") == sorted([movie.id, "mov_gone"])
    janitor(bench, orphan_ms=0).look(0, 0)
    assert (storage.folders("films"), storage.folders("results")) == ([movie.id], [])


def test_results_that_do_not_count_go_and_those_that_do_stay(bench, film):
    movie, storage = bench.add(film), bench.service.storage
    with bench.service.database.write() as session:
        session.get_one(Movie, movie.id).result_key = f"results/{movie.id}/run_old-1"
        session.get_one(Run, movie.run_id).attempt = 2
    for name in ("run_old-1", "run_older-1", f"{movie.run_id}-1", f"{movie.run_id}-2"):
        storage.put(f"results/{movie.id}/{name}/result.json", b"{}")
    janitor(bench).look(0, 0)
    assert bench.results(movie) == sorted(["run_old-1", f"{movie.run_id}-2"])


def test_originals_that_were_not_to_be_kept_go(bench, film):
    movie, kept = bench.add(film), bench.add(film, content="kept")
    with bench.service.database.write() as session:
        session.get_one(Movie, movie.id).original_gone = True
    janitor(bench).look(0, 0)
    assert bench.service.storage.folders("films") == [kept.id]


def test_expired_uploads_logins_and_keys_go(bench):
    settings, database = bench.settings, bench.service.database
    settings.uploads.mkdir(parents=True)
    with database.write() as session:
        now = now_ms(session)
        for name, expires in (("upl_old", now - 1), ("upl_new", now + HOUR_MS)):
            (settings.uploads / name).write_bytes(b"half")
            session.add(upload(name, now, expires))
        for name, age in (("old", 25 * HOUR_MS), ("new", HOUR_MS)):
            session.add(IdempotencyKey(owner="anyone", key=name, fingerprint="f", status=202, movie_id=None, created_at=now - age))
    janitor(bench).look(0, 0)
    assert [path.name for path in settings.uploads.iterdir()] == ["upl_new"]
    with database.read() as session:
        assert [row.id for row in session.query(Upload)] == ["upl_new"]
        assert [row.key for row in session.query(IdempotencyKey)] == ["new"]
        assert session.query(BrowserLogin).all() == []


def upload(name: str, now: int, expires: int) -> Upload:
    return Upload(
        id=name,
        key_id=None,
        length=8,
        offset=4,
        file_name="film.mp4",
        upload_metadata="",
        fields={},
        expected_sha256=None,
        movie_id=None,
        created_at=now,
        expires_at=expires,
    )


def test_only_one_worker_has_its_turn(bench):
    bench.service.storage.put("films/mov_gone/film.mp4", b"x")
    janitor(bench, 0).look()
    assert bench.service.storage.folders("films") == []
    bench.service.storage.put("films/mov_gone/film.mp4", b"x")
    janitor(bench, 0).look()
    assert bench.service.storage.folders("films") == ["mov_gone"]


def test_scratch_folders_of_workers_that_are_gone_go(bench):
    import os

    old, fresh = (bench.settings.scratch / name for name in ("gone-1-x", "gone-2-y"))
    for folder in (old, fresh):
        folder.mkdir(parents=True)
    os.utime(old, (1, 1))
    janitor(bench).look()
    assert [folder.name for folder in bench.settings.scratch.iterdir()] == ["gone-2-y"]
