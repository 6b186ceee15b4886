import numpy as np
import pytest

from service.records import Decoder, Precision
from service.video.keyframes import Candidate
from service.video.shots import CUT_DIFFERENCE, MAX_SHOT_MS, MIN_SHOT_MS, Look, ShotBuilder
from tests import clips
from tests.clips import Recipe
from tests.video.conftest import stream_of

PICTURE = next(clips.scene(1, 1))


def ranges(path, **options) -> list[tuple[int, int]]:
    return [(frames.shot.start_ms, frames.shot.end_ms) for frames in stream_of(path, **options)]


@pytest.fixture(params=list(Decoder))
def decoder(request):
    return request.param


def test_frame_precision_finds_cuts_to_the_frame(clip, decoder):
    path = clip("cuts.mp4", clips.scenes(33, 41, 26), Recipe(options={"bf": "2"}))
    assert ranges(path, precision=Precision.FRAME, decoder=decoder) == [(0, 1320), (1320, 2960), (2960, 4000)]


def test_frame_precision_goes_by_time_where_the_rate_varies(clip, decoder):
    steps = np.tile([20, 60, 40, 100], 30)
    times = [0, *np.cumsum(steps)[:-1].tolist()]
    path = clip("vfr-cuts.mkv", clips.scenes(50, 70), Recipe(times_ms=times, options={"bf": "0"}))
    assert [start for start, _ in ranges(path, precision=Precision.FRAME, decoder=decoder)] == [0, times[50]]


def test_keyframe_precision_finds_a_cut_at_a_key_frame(plain):
    assert ranges(plain) == [(0, 2000), (2000, 4000)]


def test_opencv_finds_a_cut_within_its_second(plain):
    assert ranges(plain, decoder=Decoder.OPENCV) == [(0, 2000), (2000, 4000)]


@pytest.mark.parametrize("precision", list(Precision))
def test_shots_follow_each_other_and_each_has_a_key_frame_inside(clip, precision):
    path = clip("many.mp4", clips.scenes(30, 20, 60, 25, 45), Recipe(key_every=25))
    shots = list(stream_of(path, precision=precision))
    assert [frames.shot.start_ms for frames in shots] == [0, *(frames.shot.end_ms for frames in shots[:-1])]
    assert shots[-1].shot.end_ms == 7200
    for frames in shots:
        assert frames.key_frames
        assert all(frames.shot.start_ms <= each.time_ms < frames.shot.end_ms for each in frames.key_frames)


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize(("name", "pictures"), [("black.mp4", clips.flat(0, 60)), ("single.mp4", clips.scene(1, 1))])
def test_a_black_film_and_one_of_a_single_frame_have_one_shot(clip, precision, name, pictures):
    shots = list(stream_of(clip(name, pictures), precision=precision))
    assert [len(frames.key_frames) for frames in shots] == [1]


@pytest.mark.parametrize("precision", list(Precision))
def test_a_long_take_is_recorded_in_parts(clip, precision):
    recipe = Recipe(rate=5, key_every=25)
    found = ranges(clip("take.mp4", clips.scene(1, 400, (64, 48)), recipe), precision=precision)
    assert max(end - start for start, end in found) <= MAX_SHOT_MS
    assert found[-1][1] == 80_000


def test_a_change_of_size_on_the_way_cuts_as_any_other(clip, tmp_path):
    small, large = clip("small.h264", clips.scene(1, 30)), clip("large.h264", clips.scene(2, 30, (320, 192)))
    path = tmp_path / "both.h264"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    assert [start for start, _ in ranges(path, precision=Precision.FRAME)] == [0, 1200]


def test_quick_changes_make_no_shots_shorter_than_frame_precision_does(clip):
    found = ranges(clip("flicker.mp4", clips.scenes(*[8] * 12), Recipe(key_every=8)))
    assert min(end - start for start, end in found[:-1]) >= MIN_SHOT_MS  # the last one ends with the film


def test_a_fade_through_black_makes_no_black_shot(clip):
    pictures = [*clips.flat(0, 50), *clips.scene(1, 50), *clips.flat(0, 50), *clips.scene(2, 50)]
    path = clip("fade.mp4", pictures, Recipe(key_every=25))
    shots = list(stream_of(path))
    assert [frames.shot.start_ms for frames in shots] == [0, 6000]
    assert min(each.views.max() for frames in shots for each in frames.key_frames) > 100


def test_a_cut_told_late_takes_only_what_stands_before_it():
    builder = ShotBuilder()
    for time_ms in (0, 400, 800, 1200):
        list(builder.reach(time_ms))
        builder.add(Candidate(time_ms, PICTURE))
    (found,) = builder.cut(800)
    assert [each.time_ms for each in found.candidates] == [0, 400]
    (last,) = builder.finish(1600)
    assert (last.shot.start_ms, last.shot.end_ms) == (800, 1600)


def test_looks_tell_another_scene_from_the_same_one():
    first, later, other = next(clips.scene(1, 1)), list(clips.scene(1, 30))[-1], next(clips.scene(2, 1))
    assert Look.of(first).difference(Look.of(first)) == pytest.approx(0, abs=1e-6)
    assert Look.of(first).difference(Look.of(later)) < CUT_DIFFERENCE < Look.of(first).difference(Look.of(other))


def test_flat_pictures_can_be_compared():
    black, gray = next(clips.flat(0, 1)), next(clips.flat(128, 1))
    assert Look.of(black).difference(Look.of(black)) == pytest.approx(0, abs=1e-6)
    assert Look.of(black).difference(Look.of(gray)) > CUT_DIFFERENCE
