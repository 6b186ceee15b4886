"""Single frames out of films of known content, by real processes."""

import io
import subprocess
import sys

import numpy as np
import pytest

from service.errors import DecoderCrashed, FilmError, NoDecodableFrame, NotAVideo
from service.records import Precision
from service.video.frame_fetcher import FetchLimits, FrameFetcher
from service.video.single_frame import frame_at
from service.video.single_frame_child import FilmAtParent
from service.video.wire import MAX_PIECE, PIECE_LENGTH, read_message
from tests import clips
from tests.clips import Recipe
from tests.video.conftest import stream_of

MAX_PIXELS = 10_000_000
TELLING = 6.0  # mean difference of pictures: less is the same one, encoded


def at(path, time_ms, side=720):
    with path.open("rb") as film:
        return frame_at(film, path.name, time_ms, side, MAX_PIXELS)


def difference(one, other) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@pytest.mark.parametrize("frame", [0, 1, 30, 49, 50, 99])
def test_each_frame_is_the_one_of_its_time(plain, frame):
    truth = list(clips.scenes(50, 50))
    picture = at(plain, frame * 40)
    assert picture.shape == (96, 160, 3)
    assert difference(picture, truth[frame]) < TELLING
    assert difference(picture, truth[(frame + 50) % 100]) > TELLING


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("start.mp4", Recipe(times_ms=[5000 + 40 * number for number in range(60)], key_every=10)),
        ("start.ts", Recipe(times_ms=[5000 + 40 * number for number in range(60)], key_every=10, options={"bf": "2"})),
        ("film.mkv", Recipe(key_every=25, options={"bf": "2", "preset": "veryfast"})),
        ("film.mpg", Recipe(codec="mpeg1video", key_every=12)),
        ("film.avi", Recipe(codec="mpeg4", key_every=12)),
    ],
)
def test_key_frames_of_the_pipeline_are_found_again(clip, name, recipe):
    path = clip(name, clips.scenes(30, 30), recipe)
    key_frames = [frame for shot in stream_of(path, thumbnail_side=320) for frame in shot.key_frames]
    assert len(key_frames) >= 2
    for key_frame in key_frames:
        assert difference(at(path, key_frame.time_ms), key_frame.thumbnail) < TELLING


def test_exact_frames_are_found_too(clip):
    path = clip("exact.mp4", clips.scenes(30, 40, 30), Recipe(key_every=250))
    for shot in stream_of(path, precision=Precision.FRAME, thumbnail_side=320):
        for key_frame in shot.key_frames:
            assert difference(at(path, key_frame.time_ms), key_frame.thumbnail) < TELLING


def test_it_is_upright_and_no_larger_than_asked(clip):
    turned = clip("turned.mp4", clips.scene(3, 30), Recipe(rotation=90))
    assert at(turned, 400).shape == (160, 96, 3)
    assert at(turned, 400, side=48).shape == (80, 48, 3)


def test_what_is_not_there_is_refused(plain, tmp_path):
    with pytest.raises(NoDecodableFrame, match="at 9000 ms"):
        at(plain, 9000)
    with pytest.raises(FilmError):
        at(clips.truncate(plain, tmp_path / "cut.mp4", 0.3), 3000)
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    with pytest.raises(NotAVideo):
        at(text, 0)


def test_the_process_reads_the_film_through_its_parent(plain):
    data = plain.read_bytes()
    with FrameFetcher(FetchLimits(side=48)) as fetcher, io.BytesIO(data) as film:
        for time_ms in (0, 2000, 1000):
            picture = fetcher.fetch(film, len(data), "plain.mp4", time_ms)
            assert picture.shape == (48, 80, 3)
            assert difference(picture, at(plain, time_ms, side=48)) == 0
        with pytest.raises(NoDecodableFrame, match=r"plain\.mp4"):
            fetcher.fetch(film, len(data), "plain.mp4", 60_000)
        assert fetcher.fetch(film, len(data), "plain.mp4", 40).shape == (48, 80, 3)


class Broken(io.BytesIO):
    """A film whose disk fails."""

    def read(self, _count=-1):
        raise OSError(5, "the disk fails")


def test_a_film_that_cannot_be_read_hurts_no_other(plain):
    data = plain.read_bytes()
    with FrameFetcher() as fetcher:
        with pytest.raises(OSError, match="the disk fails"):
            fetcher.fetch(Broken(data), len(data), "broken.mp4", 0)
        assert fetcher.fetch(io.BytesIO(data), len(data), "plain.mp4", 0).shape == (96, 160, 3)


GREEDY = """
import sys
from service.video.wire import Kind, Message
sys.stdin.buffer.readline()
sys.stdout.buffer.write(Message(Kind.READ, 0, {"start": 0, "count": COUNT}).packed())
sys.stdout.flush()
sys.stdin.read()
"""


@pytest.mark.parametrize("count", ["1 << 40", "-1", "'all'"])
def test_a_process_that_asks_for_too_much_at_once_is_ended(count):
    with FrameFetcher() as fetcher:
        script = [sys.executable, "-c", GREEDY.replace("COUNT", count)]
        fetcher._process = process = subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with pytest.raises(DecoderCrashed):
            fetcher.fetch(Broken(), 1 << 40, "long.mp4", 0)
        assert process.returncode is not None


def test_the_process_asks_for_no_more_at_once_than_it_gets():
    requests, pieces = io.BytesIO(), io.BytesIO(PIECE_LENGTH.pack(4) + b"film")
    film = FilmAtParent(MAX_PIECE * 2, requests, pieces)
    assert (film.read(), film.tell()) == (b"film", 4)
    requests.seek(0)
    assert read_message(requests.read).body == {"start": 0, "count": MAX_PIECE}


def test_a_film_that_needs_too_much_memory_is_given_up(plain):
    data = plain.read_bytes()
    with FrameFetcher(FetchLimits(memory_bytes=40 << 20)) as fetcher, pytest.raises(DecoderCrashed):
        fetcher.fetch(io.BytesIO(data), len(data), "plain.mp4", 0)


class Slow(io.BytesIO):
    """A film whose bytes never come in time."""

    def __init__(self, data, process):
        super().__init__(data)
        self._process = process

    def read(self, count=-1):
        self._process().wait()
        return super().read(count)


def test_a_frame_that_takes_too_long_is_given_up(plain):
    data = plain.read_bytes()
    with FrameFetcher(FetchLimits(seconds=1)) as fetcher:
        slow = Slow(data, lambda: fetcher._process)
        with pytest.raises(DecoderCrashed, match="SIGALRM"):
            fetcher.fetch(slow, len(data), "slow.mp4", 0)
        assert fetcher.fetch(io.BytesIO(data), len(data), "plain.mp4", 0).shape == (96, 160, 3)
