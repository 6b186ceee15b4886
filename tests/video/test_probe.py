from fractions import Fraction

import pytest

from service.errors import CodecMissing, NoVideoStream, PictureSizeRefused
from service.video.probe import probe
from tests import clips
from tests.clips import Recipe


def test_tells_codec_size_duration_and_rate(plain):
    facts = probe(plain)
    assert (facts.file_name, facts.container, facts.codec) == ("plain.mp4", "mov", "h264")
    assert (facts.width, facts.height, facts.duration_ms, facts.frame_rate) == (160, 96, 4000, Fraction(25))
    assert not facts.intra_only


@pytest.mark.parametrize(("counter_clockwise", "clockwise"), [(90, 270), (180, 180), (270, 90)])
def test_tells_rotation_clockwise_and_the_upright_size(clip, counter_clockwise, clockwise):
    facts = probe(clip(f"turned{clockwise}.mp4", clips.scene(1, 5), Recipe(rotation=counter_clockwise)))
    assert facts.rotation == clockwise
    assert (facts.width, facts.height) == ((160, 96) if clockwise == 180 else (96, 160))


def test_tells_the_size_in_square_pixels(clip):
    facts = probe(clip("anamorphic.mp4", clips.scene(1, 5), Recipe(aspect=Fraction(2))))
    assert (facts.width, facts.height) == (320, 96)


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("tmcd.mov", Recipe(codec="prores_ks", pix_fmt="yuv422p10le", metadata={"timecode": "01:00:00:00"})),
        ("tc.mxf", Recipe(codec="mpeg2video", metadata={"timecode": "01:00:00:00"})),
        ("tc.mkv", Recipe(metadata={"timecode": "01:00:00:00"})),
    ],
)
def test_keeps_the_embedded_start_timecode(clip, name, recipe):
    assert probe(clip(name, clips.scene(1, 10), recipe)).start_timecode == "01:00:00:00"


@pytest.mark.parametrize("codec", ["mjpeg", "ffv1", "libx264"])
def test_knows_a_film_of_key_frames_alone(clip, codec):
    recipe = Recipe(codec=codec, pix_fmt="yuvj420p" if codec == "mjpeg" else "yuv420p", key_every=1)
    assert probe(clip(f"intra-{codec}.mkv", clips.scene(1, 20), recipe)).intra_only


def test_a_raw_stream_has_no_duration(clip):
    assert probe(clip("raw.h264", clips.scene(1, 20))).duration_ms is None


@pytest.mark.parametrize(("name", "cover"), [("sound.mp3", False), ("sound.m4a", False), ("cover.mp3", True), ("cover.m4a", True)])
def test_sound_with_or_without_a_cover_is_no_film(tmp_path, name, cover):
    path = clips.write_sound(tmp_path / name, cover=cover)
    with pytest.raises(NoVideoStream, match=r"no video stream, only .*sound"):
        probe(path)


def test_tells_that_a_codec_is_missing(plain, tmp_path):
    path = clips.patch(plain, tmp_path / "unknown.mp4", b"avc1", b"zzz9")
    with pytest.raises(CodecMissing, match="no decoder is built in"):
        probe(path)


@pytest.mark.parametrize("side", [0, 50_000])
@pytest.mark.parametrize("codec", ["rawvideo", "ffv1"])
def test_refuses_a_header_that_claims_no_or_an_enormous_picture(clip, tmp_path, codec, side):
    path = clip(f"{codec}.avi", clips.scene(1, 5), Recipe(codec=codec))
    sizes = [(width.to_bytes(4, "little") + height.to_bytes(4, "little")) for width, height in [(160, 96), (side, side)]]
    with pytest.raises(PictureSizeRefused, match="no size at all, or of more than"):
        probe(clips.patch(path, tmp_path / "claims.avi", *sizes))


def test_refuses_more_pixels_than_the_limit(plain):
    with pytest.raises(PictureSizeRefused, match="160x96"):
        probe(plain, max_pixels=160 * 95)
