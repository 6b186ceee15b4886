"""The index in files: what was added is found, and what was saved is there after a crash."""

import numpy as np
import pytest

from service.similar import index_files
from service.similar.index import Index
from service.similar.index_files import IndexFiles
from tests.similar.films import film, some_vectors


@pytest.fixture
def files(tmp_path):
    files = IndexFiles(tmp_path / "similar", "key")
    yield files
    files.close()


def found(index: Index, vector, **options) -> list[tuple[str, int]]:
    return [index.film_of(row) for row in index.nearest(vector, **options)[0]]


def exact(index: Index, vector):
    """The rows of films, most similar first, by plain arithmetic."""
    rows = np.concatenate([np.arange(place.start, place.end) for place in index.films.values()])
    vectors = index.frames["vector"][rows].astype(np.float64)
    return rows[np.argsort(-(vectors @ vector) / np.linalg.norm(vectors, axis=1))]


def test_nearest_are_those_of_plain_arithmetic(files):
    themes = some_vectors(30)
    noisy = np.clip(themes[np.repeat(np.arange(30), 100)] + np.random.default_rng(1).normal(0, 60, (3000, 256)), -127, 127).astype(np.int8)
    for number in range(3):
        files.add(film(f"mov_{number}", noisy[number::3]))
    asked = files.index.frames["vector"][123]
    rows, cosines = files.index.nearest(asked, candidates=200)
    assert rows[0] == 123
    assert cosines == sorted(cosines, reverse=True)
    assert cosines[0] == pytest.approx(1)
    assert len(set(rows[:10]) & set(exact(files.index, asked.astype(float))[:10].tolist())) >= 9


def test_rows_are_told_as_frames_of_films(files):
    vectors = some_vectors(6)
    files.add(film("mov_a", vectors[:2]))
    files.add(film("mov_b", vectors[2:5], tags=("drama",)))
    files.add(film("mov_c", vectors[5:], tags=("war",)))
    assert found(files.index, vectors[4])[0] == ("mov_b", 2)
    assert (files.index.count, files.index.tags) == (6, ("war", "drama"))
    assert files.index.frames["tags"][:, 0].tolist() == [0, 0, 1, 1, 1, 0]
    assert (files.index.frames["tags"][:, 1:] == 0xFFFF).all()


def test_films_and_ranges_that_are_left_out_are_not_found(files):
    vectors = some_vectors(6)
    for number in range(3):
        files.add(film(f"mov_{number}", vectors[2 * number : 2 * number + 2]))
    files.drop(["mov_1"])
    assert {movie_id for movie_id, _ in found(files.index, vectors[2])} == {"mov_0", "mov_2"}
    place = files.index.films["mov_2"]
    assert {movie_id for movie_id, _ in found(files.index, vectors[2], without=[(place.start, place.end)])} == {"mov_0"}


def test_so_many_candidates_are_compared_and_no_more(files):
    files.add(film("mov_1", np.ones((50, 256), np.int8)))
    assert len(files.index.nearest(np.ones(256, np.int8), candidates=7)[0]) == 7
    assert files.index.nearest(np.zeros(256, np.int8), candidates=7)[1] == [0.0] * 7


def test_an_index_that_is_held_does_not_change(files):
    vectors = some_vectors(3)
    files.add(film("mov_1", vectors[:1]))
    before = files.index
    files.add(film("mov_2", vectors[1:2]))
    files.add(film("mov_1", vectors[2:], "results/2"))
    assert before.films.keys() == {"mov_1"}
    assert found(before, vectors[2]) == [("mov_1", 0)]
    assert files.index.films["mov_1"].result_key == "results/2"


def test_what_was_saved_is_there_again_and_what_was_not_is_written_over(files, tmp_path):
    vectors = some_vectors(3)
    files.add(film("mov_1", vectors[:1]))
    files.save()
    files.add(film("mov_2", vectors[1:2]))
    files.close()
    again = IndexFiles(tmp_path / "similar", "key")
    assert again.index.films.keys() == {"mov_1"}
    again.add(film("mov_3", vectors[2:]))
    assert np.array_equal(again.index.frames["vector"], vectors[[0, 2]])
    again.close()


def test_rows_of_no_film_are_cleared_away_when_they_are_many(files, tmp_path, monkeypatch):
    monkeypatch.setattr(index_files, "SPARE_ROWS", 5)
    vectors = some_vectors(12)
    files.add(film("mov_1", vectors[:10]))
    files.add(film("mov_2", vectors[10:]))
    held = files.index
    files.drop(["mov_1"])
    files.save()
    assert len(files.index.frames) == 2
    assert found(files.index, vectors[11])[0] == ("mov_2", 1)
    assert found(held, vectors[3])[0] == ("mov_1", 3)
    assert sorted(path.name for path in (tmp_path / "similar").iterdir()) == [".lock", "codes-1", "frames-1", "index.json"]


@pytest.mark.parametrize("harm", ["key", "list", "short", "gone"])
def test_files_that_do_not_fit_are_made_anew(files, tmp_path, harm):
    folder = tmp_path / "similar"
    files.add(film("mov_1", some_vectors(2)))
    files.save()
    files.close()
    if harm == "list":
        (folder / "index.json").write_text('{"format": 1')
    if harm == "short":
        (folder / "frames-0").write_bytes(b"half")
    if harm == "gone":
        (folder / "codes-0").unlink()
    again = IndexFiles(folder, "other" if harm == "key" else "key")
    assert again.index.count == 0
    again.add(film("mov_2", some_vectors(1)))
    assert again.index.count == 1
    again.close()


@pytest.mark.usefixtures("files")
def test_one_process_writes_at_a_time(tmp_path):
    with pytest.raises(BlockingIOError):
        IndexFiles(tmp_path / "similar", "key")
