"""What people ask for while films wait or are at work: cancel, delete, pause, hurry."""

from dataclasses import replace

from service import movies
from service.store.tables import Movie
from service.store.workers import alive
from tests import clips
from tests.worker.bench import PARAMETERS, descendants


def is_gone(bench, movie):
    with bench.service.database.read() as session:
        return session.get(Movie, movie.id) is None


def test_a_queued_film_that_is_cancelled_is_never_begun(bench, clip):
    bench.service.jobs.pause()
    movie = bench.add(clip)
    movies.cancel(bench.service, movie.id)
    bench.service.jobs.resume()
    other = bench.add(clip, content="other")
    bench.start_worker()
    bench.wait_state(other, "succeeded")
    assert (bench.movie(movie).state, bench.run(movie).attempt, bench.job(movie)) == ("cancelled", 0, "CANCELLED")


def test_a_running_film_that_is_cancelled_stops_and_its_decoder_ends(bench, clip):
    held = bench.hold("tagging")  # the networks do not answer, and that must not keep it
    movie = bench.add(clip)
    worker = bench.start_worker()
    bench.wait_stage(movie, "tagging")
    children = descendants(worker)
    movies.cancel(bench.service, movie.id)
    bench.wait(lambda: bench.movie(movie).state == "cancelled")
    bench.wait(lambda: not any(child.is_running() for child in children))
    assert bench.events(movie) == ["movie.cancelled"]
    bench.wait(lambda: bench.results(movie) == [])
    held.unlink()
    assert bench.wait_state(bench.add(clip, content="next"), "succeeded", "failed").state == "succeeded"


def test_a_film_deleted_while_it_is_tagged_leaves_nothing_behind(bench, clip):
    held = bench.hold("publishing")
    movie = bench.add(clip)
    bench.start_worker()
    bench.wait_stage(movie, "publishing")
    movies.delete(bench.service, movie.id)
    held.unlink()
    next_movie = bench.add(clip, content="next")
    bench.wait_state(next_movie, "succeeded")
    assert is_gone(bench, movie)
    bench.wait(lambda: bench.service.storage.folders("results") == [next_movie.id])
    assert bench.service.storage.folders("films") == [next_movie.id]
    assert bench.events(movie) == []


def test_a_paused_queue_begins_no_film_also_after_a_restart_and_resumes(bench, clip):
    bench.service.jobs.pause()
    movie = bench.add(clip)
    worker = bench.start_worker()
    bench.wait(lambda: worker.is_alive() and heard(bench))
    assert bench.service.jobs.is_paused()
    assert bench.movie(movie).state == "queued"
    bench.service.jobs.resume()
    assert bench.wait_state(movie, "succeeded", "failed").state == "succeeded"


def heard(bench):
    with bench.service.database.read() as session:
        return alive(session, 5000)


def test_films_go_by_priority_and_then_by_age(bench, clip):
    bench.service.jobs.pause()
    added = [bench.add(clip, content=str(number), priority=priority) for number, priority in enumerate((9, 5, 1, 5))]
    bench.service.jobs.resume()
    bench.start_worker()
    for movie in added:
        bench.wait_state(movie, "succeeded")
    order = sorted(added, key=lambda movie: bench.run(movie).started_at)
    assert [added.index(movie) for movie in order] == [2, 1, 3, 0]


def test_a_film_is_tagged_anew_in_place_of_its_old_result(bench, clip):
    movie = bench.add(clip)
    bench.start_worker()
    first = bench.wait_state(movie, "succeeded")
    movies.retry(bench.service, movie.id, replace(PARAMETERS, min_score=0.0))
    second = bench.wait(lambda: bench.movie(movie).state == "succeeded" and bench.movie(movie))
    assert second.run_id != first.run_id and len(second.tags) > len(first.tags)
    bench.wait(lambda: bench.results(movie) == [f"{second.run_id}-1"])
    assert bench.events(movie) == ["movie.succeeded"] * 2


def test_new_thresholds_need_no_film(bench, clip):
    movie = bench.add(clip)
    bench.start_worker()
    first = bench.wait_state(movie, "succeeded")
    bench.service.storage.delete(first.path)
    movies.retag(bench.service, movie.id, replace(PARAMETERS, min_score=0.0))
    second = bench.wait(lambda: bench.movie(movie).state in ("succeeded", "failed") and bench.movie(movie))
    assert second.error is None and len(second.tags) > len(first.tags)
    assert second.result_key == f"results/{movie.id}/{second.run_id}-1"
    for name in ("thumbnails.bin", "thumbnails.json", "features.npz", "result.json"):
        assert bench.service.storage.size(f"{second.result_key}/{name}") > 0


def test_a_film_that_cannot_be_tagged_fails_with_a_reason_and_keeps_its_upload(bench, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("no film " * 1000)
    movie = bench.add(text, "Holiday.mp4")
    bench.start_worker()
    failed = bench.wait_state(movie, "failed", "succeeded")
    assert failed.error["type"] == "not-a-film" and failed.error["title"]
    assert failed.error["detail"].startswith("Holiday.mp4") and str(tmp_path) not in failed.error["detail"]
    assert bench.events(movie) == ["movie.failed"] and bench.run(movie).error == failed.error
    assert bench.service.storage.size(movie.path) > 0 and bench.results(movie) == []


def test_an_original_that_is_not_kept_goes_after_success_alone(bench, clip, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("no film " * 1000)
    bad, good = bench.add(text, keep_original=False), bench.add(clip, keep_original=False, content="good")
    bench.start_worker()
    bench.wait_state(bad, "failed")
    assert bench.wait_state(good, "succeeded").original_gone
    bench.wait(lambda: bench.service.storage.folders("films") == [bad.id])
    assert not bench.movie(bad).original_gone


def test_longer_films_than_allowed_are_refused(small_bench, tmp_path):
    small_bench.set(max_duration_ms=1000)
    movie = small_bench.add(clips.write(tmp_path / "long.mp4", clips.scenes(25, 25)))
    small_bench.start_worker()
    assert small_bench.wait_state(movie, "failed", "succeeded").error["type"] == "too-long"
