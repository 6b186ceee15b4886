"""The decoding process, with real children: nothing is left of them, whatever ends them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from service.errors import DecoderCrashed, DecoderStalled, NotAVideo, PictureSizeRefused, TaggingCancelled
from service.records import Decoder, Precision
from service.video.decode import DecodeLimits, DecodeOptions, open_film
from tests import clips
from tests.clips import Recipe
from tests.video.conftest import stream_of

PATIENCE = 60  # seconds; a test that waits so long has failed
SHOTS = 40  # more than the pipe and the queue take


@pytest.fixture(scope="session")
def long(clip):
    """Shots of a second, so many that a child that nobody reads waits."""
    return clip("long.mp4", clips.scenes(*[25] * SHOTS, size=(64, 48)), Recipe(key_every=25))


def is_alive(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ends(process_id: int) -> bool:
    end = time.monotonic() + PATIENCE
    while is_alive(process_id) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_alive(process_id)


@pytest.mark.parametrize("decoder", list(Decoder))
@pytest.mark.parametrize("precision", list(Precision))
def test_the_child_gives_what_decoding_here_gives(plain, precision, decoder):
    options = {"precision": precision, "decoder": decoder}
    here = stream_of(plain, **options)
    expected = [(frames.shot, [each.time_ms for each in frames.key_frames]) for frames in here]
    with open_film(plain, DecodeOptions(**options)) as film:
        assert [(frames.shot, [each.time_ms for each in frames.key_frames]) for frames in film] == expected
        assert (film.facts, film.report) == (here.facts, here.report())


@pytest.mark.parametrize(("thorough", "views"), [(False, 1), (True, 3)])
def test_views_are_ready_for_the_network_three_of_them_when_thorough(plain, thorough, views):
    with open_film(plain, DecodeOptions(thorough=thorough)) as film:
        found = [each.views for frames in film for each in frames.key_frames]
    assert {(view.shape, view.dtype) for view in found} == {((views, 299, 299, 3), np.dtype(np.uint8))}


def test_thumbnails_come_when_asked_for(plain):
    with open_film(plain, DecodeOptions()) as film:
        assert next(iter(film)).key_frames[0].thumbnail is None
    with open_film(plain, DecodeOptions(thumbnail_side=80)) as film:
        first = next(iter(film)).key_frames[0]
    assert first.thumbnail is not None
    assert first.thumbnail.shape == (48, 80, 3)


@pytest.mark.parametrize("decoder", list(Decoder))
def test_key_frames_come_as_large_as_they_are_looked_at_when_asked_for(plain, decoder):
    with open_film(plain, DecodeOptions(decoder=decoder)) as film:
        assert next(iter(film)).key_frames[0].picture is None
    with open_film(plain, DecodeOptions(decoder=decoder, pictures=True)) as film:
        first = next(iter(film)).key_frames[0]
        assert first.picture is not None and first.thumbnail is None
        assert first.picture.shape == (film.facts.height, film.facts.width, 3)


def test_the_position_never_goes_back_and_ends_at_the_end(long):
    with open_film(long, DecodeOptions()) as film:
        positions = [film.position_ms for _ in film]
        assert positions == sorted(positions)
        assert film.position_ms == film.report.duration_ms == 1000 * SHOTS


def test_the_report_is_not_known_before_the_end(plain):
    with open_film(plain, DecodeOptions()) as film, pytest.raises(RuntimeError, match="last shot"):
        _ = film.report


def test_errors_of_the_child_arrive_as_themselves(tmp_path, plain):
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    with pytest.raises(NotAVideo, match=f"^{text} is not a film"), open_film(text, DecodeOptions()):
        pass
    with pytest.raises(PictureSizeRefused), open_film(plain, DecodeOptions(), DecodeLimits(max_pixels=100)):
        pass


def test_leaving_early_ends_the_child(long):
    with open_film(long, DecodeOptions()) as film:
        next(iter(film))
        child = film.process_id
        assert is_alive(child)
    assert not is_alive(child)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_in_the_block_ends_the_child(long, error):
    with pytest.raises(error), open_film(long, DecodeOptions()) as film:
        child = film.process_id
        raise error
    assert not is_alive(child)


def test_a_child_that_is_killed_is_a_crash(long):
    with pytest.raises(DecoderCrashed, match="SIGKILL"), open_film(long, DecodeOptions()) as film:
        os.kill(film.process_id, signal.SIGKILL)
        list(film)


def test_a_child_that_gives_no_sign_is_stopped(long):
    with pytest.raises(DecoderStalled, match="no sign for 2 s"), open_film(long, DecodeOptions()) as film:
        child = film.process_id
        film._limits = DecodeLimits(stall_seconds=2)  # only now: on a busy machine its start alone takes longer
        os.kill(child, signal.SIGSTOP)
        list(film)
    assert not is_alive(child)


def test_a_run_is_cancelled_while_the_decoder_is_silent(long):
    asked: list[float] = []

    def cancelled() -> bool:
        asked.append(time.monotonic())
        return stopped > 0 and asked[-1] - stopped > 1

    stopped = 0.0
    with pytest.raises(TaggingCancelled), open_film(long, DecodeOptions(), cancelled=cancelled) as film:
        child = film.process_id
        os.kill(child, signal.SIGSTOP)
        stopped = time.monotonic()
        list(film)
    assert len([moment for moment in asked if moment > stopped]) >= 2  # it was asked again while nothing came
    assert not is_alive(child)


def test_a_slow_reader_is_no_stall(plain):
    with open_film(plain, DecodeOptions(), DecodeLimits(stall_seconds=PATIENCE)) as film:
        shots = iter(film)
        next(shots)
        time.sleep(0.5)
        assert list(shots)


def test_memory_beyond_the_limit_fails_the_film_alone(clip):
    path = clip("large.mp4", clips.flat(90, 3, (4096, 2304)), Recipe())
    with pytest.raises(DecoderCrashed), open_film(path, DecodeOptions(), DecodeLimits(memory_bytes=40 << 20)) as film:
        list(film)


PARENT = """
import sys, time
from pathlib import Path
from service.video.decode import DecodeOptions, open_film
with open_film(Path(sys.argv[1]), DecodeOptions()) as film:
    print(film.process_id, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_death_of_the_parent_ends_the_child(long, end):
    command = [sys.executable, "-c", PARENT, str(long)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.send_signal(end)
    assert ends(child)


def test_modules_of_the_working_folder_stay_out_of_the_child(plain, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with open_film(plain, DecodeOptions()) as film:
        assert len(list(film)) == 2


def test_a_damaged_film_says_nothing_on_the_terminal(clip, tmp_path, capfd):
    whole = clip("groups.mp4", clips.scene(1, 200), Recipe(key_every=10))
    path = clips.damage(whole, tmp_path / "broken.mp4", 0.4, 0.5)
    with open_film(path, DecodeOptions(decoder=Decoder.OPENCV)) as film:
        list(film)
    assert capfd.readouterr() == ("", "")
