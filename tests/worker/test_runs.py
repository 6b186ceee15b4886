"""A film from the queue to its result, by real worker processes."""

from service.outputs import read_result, thumbnail, thumbnail_places
from service.store.tables import MovieTag
from service.worker.metrics import Metrics
from service.worker.run import Runner
from service.worker.workplace import Workplace
from tests.fakes import ColourTagger, PatchDetector


def test_a_queued_film_is_tagged_and_published(bench, clip):
    movie = bench.add(clip, "Holiday.mp4")
    bench.start_worker()
    done = bench.wait_state(movie, "succeeded", "failed")
    assert done.error is None and done.state == "succeeded"
    assert bench.results(movie) == [f"{movie.run_id}-1"] and done.result_key == f"results/{movie.id}/{movie.run_id}-1"
    result = read_result(bench.service.storage, done.result_key)
    assert result["film"]["file_name"] == "Holiday.mp4"
    assert done.picture["frame"] in range(len(result["frames"])) and done.picture["blurred"] is False
    places = thumbnail_places(bench.service.storage, done.result_key)
    assert len(places) == len(result["frames"]) + 1
    assert thumbnail(bench.service.storage, done.result_key, 0).startswith(b"\xff\xd8")
    assert bench.service.storage.size(f"{done.result_key}/features.npz") > 0
    with bench.service.database.read() as session:
        assert {row.tag for row in session.query(MovieTag).filter_by(movie_id=movie.id)} == set(result["scores"])
    assert bench.events(movie) == ["movie.succeeded"]
    run = bench.run(movie)
    assert set(run.progress["stages"].values()) == {100} and run.progress["remaining_seconds"] == 0
    assert list(bench.settings.scratch.iterdir()) == []
    assert bench.wait(lambda: bench.job(movie) == "SUCCESS")


def test_publishing_again_after_its_news_was_lost_keeps_what_was_published(bench, clip):
    movie = bench.add(clip)
    bench.start_worker()
    done = bench.wait_state(movie, "succeeded", "failed")
    runner = Runner(
        Workplace(
            bench.service, tagger_for=lambda _parameters: ColourTagger(), detector=PatchDetector, executor_id="another", metrics=Metrics()
        )
    )
    attempt = {"run_id": movie.run_id, "number": 1, "kind": "tag", "parameters": done.parameters, "movie_id": movie.id, "source": "upload"}
    film = {"path": done.path, "file_name": done.file_name, "size_bytes": done.size_bytes, "modified_ns": None, "sha256": done.sha256}
    runner.publish({"attempt": {**attempt, **film, "result_key": None}, "backbone": done.backbone_sha256})
    assert read_result(bench.service.storage, done.result_key)["film"]["sha256"] == done.sha256
    assert bench.movie(movie).state == "succeeded"
    assert bench.events(movie) == ["movie.succeeded"]
