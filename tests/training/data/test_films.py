import numpy as np
import pytest

from service.records import KeyFrame
from service.stills import read_still
from tests.clips import scenes, write
from training.config import DataConfig
from training.data.films import spread
from training.data.reading import read_data
from training.data.vocabulary import made_vocabulary
from training.errors import DataError, MissingImages

TAGS = made_vocabulary(["dance", "war"])
CONFIG = DataConfig(frames_per_film=4)


def films(folder, *lines: str):
    (folder / "films.csv").write_text("\n".join(["film,tags", *lines]))
    return folder / "films.csv"


def test_a_tagged_film_gives_frames_with_its_tags(tmp_path):
    write(tmp_path / "party.mp4", scenes(50, 50, 50))
    found = read_data(films(tmp_path, "party.mp4,dance|war"), TAGS, CONFIG, cache=tmp_path / "cache")
    assert 2 <= len(found) <= 4
    assert {(example.tags, example.source, example.kind, example.labelling) for example in found} == {
        (frozenset(("dance", "war")), "party.mp4", "film", "partial")
    }
    times = [int(example.name.removeprefix("party.mp4#")) for example in found]
    assert times == sorted(set(times))
    assert all(read_still(example.path).facts.width == 160 for example in found)


def test_frames_are_kept_until_the_film_changes(tmp_path):
    film = write(tmp_path / "party.mp4", scenes(50))
    table, cache = films(tmp_path, "party.mp4,dance"), tmp_path / "cache"
    first = read_data(table, TAGS, CONFIG, cache=cache)
    assert read_data(table, TAGS, CONFIG, cache=cache) == first
    write(film, scenes(75))
    assert {example.path.parent for example in read_data(table, TAGS, CONFIG, cache=cache)}.isdisjoint({first[0].path.parent})


def test_a_film_that_cannot_be_read_is_left_out_and_told(tmp_path, caplog):
    write(tmp_path / "good.mp4", scenes(50))
    (tmp_path / "bad.mp4").write_bytes(b"no film at all")
    found = read_data(films(tmp_path, "bad.mp4,war", "good.mp4,dance"), TAGS, CONFIG, cache=tmp_path / "cache")
    assert {example.source for example in found} == {"good.mp4"}
    assert "bad.mp4" in caplog.text


def test_without_one_readable_film_there_is_nothing_to_learn(tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no film at all")
    with pytest.raises(DataError, match="No film can be read, of 1"):
        read_data(films(tmp_path, "bad.mp4,war"), TAGS, CONFIG, cache=tmp_path / "cache")


def test_a_missing_film_is_told_before_any_is_decoded(tmp_path):
    write(tmp_path / "good.mp4", scenes(50))
    with pytest.raises(MissingImages, match=r"gone\.mp4"):
        read_data(films(tmp_path, "good.mp4,dance", "gone.mp4,war"), TAGS, CONFIG, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def frames(count: int) -> list[KeyFrame]:
    return [KeyFrame(time_ms, np.zeros((1, 1, 1, 3), np.uint8)) for time_ms in range(count)]


@pytest.mark.parametrize("count", [0, 3, 4])
def test_few_frames_are_all_taken(count):
    assert len(spread(frames(count), 4)) == count


@pytest.mark.parametrize("count", [5, 17, 100, 1001])
def test_many_frames_are_taken_evenly(count):
    gaps = np.diff([frame.time_ms for frame in spread(frames(count), 4)])
    assert len(gaps) == 3
    assert gaps.max() <= 2 * gaps.min()
    assert gaps.sum() >= 0.5 * count
