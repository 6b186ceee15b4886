"""One suite over both readers; tests that name no decoder promise what only PyAV can do (see opencv_reader.py)."""

from fractions import Fraction

import numpy as np
import pytest

from service.errors import NoDecodableFrame, TooManyDecodeFailures
from service.records import Decoder, Precision
from service.video.frames import MIN_LOOKED_AT, looked_at
from service.video.opencv_reader import CANNOT_DECODE
from service.video.probe import probe
from tests import clips
from tests.clips import RATE, Recipe
from tests.video.conftest import reader_of, stream_of

CONTAINERS = {
    "x.mp4": Recipe(),
    "x.mov": Recipe(codec="prores_ks", pix_fmt="yuv422p10le"),
    "x.mkv": Recipe(),
    "x.webm": Recipe(codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}),
    "x.avi": Recipe(codec="mpeg4", options={"bf": "2"}),
    "x.ts": Recipe(options={"bf": "2"}),
    "x.mpg": Recipe(codec="mpeg2video"),
    "x.mxf": Recipe(codec="mpeg2video"),
    "x.flv": Recipe(),
    "x.wmv": Recipe(codec="wmv2"),
    "x.nut": Recipe(),
    "x.h264": Recipe(),
    "mjpeg.mov": Recipe(codec="mjpeg", pix_fmt="yuvj420p"),
    "hevc.mkv": Recipe(codec="libx265", options={"preset": "ultrafast", "x265-params": "log-level=none"}),
    "av1.mp4": Recipe(codec="libsvtav1", options={"preset": "12", "svtav1-params": "lp=1"}),
}
FORMATS = {
    "ten-bit": Recipe(pix_fmt="yuv420p10le"),
    "full chroma": Recipe(pix_fmt="yuv444p"),
    "full range": Recipe(pix_fmt="yuvj420p", codec="mjpeg"),
    "ten-bit 4:2:2": Recipe(pix_fmt="yuv422p10le", codec="prores_ks"),
    "alpha": Recipe(pix_fmt="bgra", codec="ffv1"),
    "planar RGB": Recipe(pix_fmt="rgb24", codec="libx264rgb"),
}


@pytest.fixture(params=list(Decoder))
def decoder(request):
    return request.param


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_frame_of_every_container_comes_once_at_its_time(clip, decoder, name):
    path = clip(name, clips.scene(3, 30), CONTAINERS[name])
    if decoder is Decoder.OPENCV and probe(path).codec in CANNOT_DECODE:
        pytest.skip("OpenCV decodes no such film")
    reader = reader_of(path, decoder)
    times = [frame.time_ms for frame in reader.all_frames()]
    assert len(times) >= 29  # the raw and packed ones may keep one to themselves
    assert times == pytest.approx([index * 40 for index in range(len(times))], abs=1)
    assert reader.end_ms == pytest.approx(1200, abs=60)


def test_opencv_says_what_it_cannot_decode(clip):
    path = clip("av1.mp4", clips.scene(3, 30), CONTAINERS["av1.mp4"])
    with pytest.raises(NoDecodableFrame, match=r"av1 .*opencv; try the decoder pyav"):
        list(stream_of(path, decoder=Decoder.OPENCV))


@pytest.mark.parametrize("name", FORMATS)
def test_pictures_keep_their_colours_whatever_the_pixel_format(clip, decoder, name):
    size = (128, 96)
    truth = next(clips.scene(5, 1, size))
    frame = next(iter(reader_of(clip(f"{name}.mkv", clips.scene(5, 2, size), FORMATS[name]), decoder).all_frames()))
    assert np.abs(frame.picture(360).astype(float) - truth).mean() < 12


def test_gray_stays_gray(clip, decoder):
    recipe = Recipe(codec="ffv1", pix_fmt="gray")
    frame = next(iter(reader_of(clip("gray.mkv", clips.flat(128, 2), recipe), decoder).all_frames()))
    assert frame.picture(360).reshape(-1, 3).mean(0) == pytest.approx([128] * 3, abs=4)


def test_variable_frame_rate_keeps_every_time(clip, decoder):
    times = [0, 40, 100, 400, 440, 500, 900, 1000, 1040, 2000]
    path = clip("vfr.mkv", clips.scene(1, 10), Recipe(times_ms=times, options={"bf": "0"}))
    assert [frame.time_ms for frame in reader_of(path, decoder).all_frames()] == times


def test_a_film_that_starts_late_counts_from_its_first_frame(clip, decoder):
    times = [7000 + 40 * index for index in range(10)]
    path = clip("late.mkv", clips.scene(1, 10), Recipe(times_ms=times, options={"bf": "0"}))
    assert [frame.time_ms for frame in reader_of(path, decoder).all_frames()] == [40 * index for index in range(10)]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotated_pictures_stand_upright(clip, decoder, turn):
    lying = [np.ascontiguousarray(np.rot90(picture, -turn // 90)) for picture in clips.scene(7, 2)]
    path = clip(f"lying{turn}.mp4", lying, Recipe(rotation=turn))
    picture = next(iter(reader_of(path, decoder).all_frames())).picture(360)
    truth = next(clips.scene(7, 1))
    assert picture.shape == truth.shape
    assert np.abs(picture.astype(float) - truth).mean() < 20


def test_anamorphic_pixels_are_squared(clip, decoder):
    path = clip("anamorphic.mp4", clips.scene(1, 5), Recipe(aspect=Fraction(2)))
    assert next(iter(reader_of(path, decoder).all_frames())).picture(48).shape == (48, 160, 3)


def test_pictures_are_shrunk_and_never_enlarged(clip, decoder):
    path = clip("wide.mp4", clips.scene(1, 3, (960, 720)), Recipe())
    frame = next(iter(reader_of(path, decoder).all_frames()))
    assert [frame.picture(side).shape for side in (360, 2000)] == [(360, 480, 3), (720, 960, 3)]


def test_interlaced_frames_lose_their_combs(clip):
    """Two scenes woven line by line: what comes out shows one of them alone."""
    gray = next(clips.scene(1, 1)).max(2)
    truth = np.stack([gray] * 3, 2)
    woven = truth.copy()
    woven[1::2] = 255 - woven[1::2]
    recipe = Recipe(options={"x264-params": "interlaced=1"}, key_every=1)
    frame = next(iter(reader_of(clip("interlaced.mkv", [woven] * 3, recipe)).all_frames()))
    assert np.abs(frame.picture(360).astype(float) - truth).mean() < 25


def test_a_film_of_few_key_frames_is_looked_at_twelve_times(clip, decoder):
    path = clip("one-key.mp4", clips.scene(1, 150), Recipe(options={"bf": "2"}))
    times = [look.time_ms for look in looked_at(reader_of(path, decoder))]
    assert len(times) == MIN_LOOKED_AT
    assert max(np.diff(times)) <= 1100


def test_a_slow_film_is_looked_at_as_often_as_it_can_be(clip, decoder):
    path = clip("slow.mp4", clips.scene(1, 12), Recipe(rate=1))
    assert len(list(looked_at(reader_of(path, decoder)))) == 12


def test_a_film_of_one_frame_has_one(clip, decoder):
    assert [look.time_ms for look in looked_at(reader_of(clip("one.mp4", clips.scene(1, 1)), decoder))] == [0]


def test_a_film_with_enough_key_frames_is_decoded_no_further(clip):
    reader = reader_of(clip("keys.mp4", clips.scene(1, 300), Recipe(key_every=RATE)))
    assert [look.time_ms for look in looked_at(reader)] == [1000 * second for second in range(12)]
    assert reader.frames_decoded == MIN_LOOKED_AT


def test_a_film_of_key_frames_alone_is_looked_at_about_twice_a_second(clip):
    reader = reader_of(clip("master.mov", clips.scene(1, 500), Recipe(codec="mjpeg", pix_fmt="yuvj420p")))
    assert len(list(looked_at(reader))) <= 45
    assert reader.frames_decoded <= 45


def test_a_film_whose_container_marks_no_key_frame_still_works(clip, tmp_path):
    marked = clip("marked.avi", clips.scene(1, 100), Recipe(codec="wmv2", key_every=10))
    path = clips.without_key_flags(marked, tmp_path / "unmarked.avi")
    assert len(list(reader_of(path).key_frames())) == 1
    assert len(list(looked_at(reader_of(path)))) == MIN_LOOKED_AT


def test_open_groups_of_pictures_are_in_order(clip):
    recipe = Recipe(key_every=25, options={"bf": "3", "x264-params": "open-gop=1:keyint=25:bframes=3", "preset": "veryfast"})
    path = clip("open.ts", clips.scene(1, 100), recipe)
    times = [look.time_ms for look in looked_at(reader_of(path))]
    assert times == sorted(set(times))
    assert len(times) == MIN_LOOKED_AT


def test_a_change_of_size_on_the_way_is_taken(clip, tmp_path, decoder):
    small, large = clip("small.h264", clips.scene(1, 30)), clip("large.h264", clips.scene(2, 30, (320, 192)))
    path = tmp_path / "both.h264"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    shapes = {frame.picture(360).shape for frame in reader_of(path, decoder).all_frames()}
    assert (96, 160, 3) in shapes


@pytest.fixture
def broken(clip, tmp_path):
    """Eight seconds whose bytes between 40 and 50 % are noise."""
    whole = clip("groups.mp4", clips.scene(1, 200), Recipe(key_every=10))
    return clips.damage(whole, tmp_path / "broken.mp4", 0.4, 0.5)


@pytest.mark.parametrize("precision", list(Precision))
def test_a_damaged_middle_is_skipped_counted_and_reported(broken, precision):
    stream = stream_of(broken, precision=precision)
    assert list(stream)[-1].shot.end_ms == 8000
    report = stream.report()
    assert report.decode_failures > 0
    assert "damaged" in report.warnings[0]


def test_damage_without_end_is_given_up(broken):
    with pytest.raises(TooManyDecodeFailures, match="more than 3 damaged frames in a row"):
        list(reader_of(broken, failures=3).all_frames())


@pytest.mark.parametrize("decoder", list(Decoder))
def test_a_truncated_film_gives_a_result_with_a_warning(clip, tmp_path, decoder):
    whole = clip("whole.mkv", clips.scenes(75, 75), Recipe(key_every=25))
    stream = stream_of(clips.truncate(whole, tmp_path / "half.mkv", 0.5), decoder=decoder)
    shots = list(stream)
    assert shots[-1].shot.end_ms < 5000
    assert "though its header says 6.0 s" in stream.report().warnings[0]


def test_a_stream_of_two_recordings_goes_on_in_time(clip, tmp_path):
    one, two = clip("one.ts", clips.scene(1, 50)), clip("two.ts", clips.scene(2, 50))
    path = tmp_path / "both.ts"
    path.write_bytes(one.read_bytes() + two.read_bytes())
    times = [frame.time_ms for frame in reader_of(path).all_frames()]
    assert times[-1] == pytest.approx(3960, abs=80)
