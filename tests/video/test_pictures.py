from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorTrc

from service.errors import NoDecodableFrame
from service.video.pictures import PQ_TO_SDR, PictureMaker, one_field, turned

UPRIGHT = PictureMaker(Fraction(1), 0)


def gray_frame(luma: int, colour_range: int) -> av.VideoFrame:
    planes = np.full((96, 64), 128, np.uint8)
    planes[:64] = luma
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.color_range = colour_range
    return frame


@pytest.mark.parametrize(("luma", "colour_range", "value"), [(235, 1, 255), (16, 1, 0), (255, 2, 255), (0, 2, 0), (235, 2, 235)])
def test_limited_and_full_range_give_true_black_and_white(luma, colour_range, value):
    assert UPRIGHT.picture(gray_frame(luma, colour_range), 64).mean() == pytest.approx(value, abs=2)


def test_pq_is_brought_to_what_a_screen_shows():
    """Diffuse white, 58 % of the PQ scale, must be bright; black stays black; nothing turns around."""
    assert PQ_TO_SDR[0] == 0
    assert PQ_TO_SDR[int(0.58 * 255)] > 180
    assert (np.diff(PQ_TO_SDR.astype(int)) >= 0).all()


def test_a_frame_marked_as_pq_is_tone_mapped():
    plain, hdr = gray_frame(120, 1), gray_frame(120, 1)
    hdr.color_trc = ColorTrc.SMPTE2084
    value = int(UPRIGHT.picture(plain, 64)[0, 0, 0])
    assert UPRIGHT.picture(hdr, 64)[0, 0, 0] == PQ_TO_SDR[value]


def test_one_field_has_every_second_line():
    planes = np.zeros((96, 64), np.uint8)
    planes[:64:2] = 200
    field = one_field(av.VideoFrame.from_ndarray(planes, format="yuv420p"))
    assert (field.to_ndarray()[:32] == 200).all()


@pytest.mark.parametrize(("turn", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_pictures_turn_clockwise(turn, corner):
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[0, 0] = 255
    assert turned(picture, turn)[corner].tolist() == [255] * 3


def test_a_reserved_colour_space_is_no_hindrance():
    frame = gray_frame(235, 1)
    frame.colorspace = 3
    assert UPRIGHT.picture(frame, 64).mean() > 250


def test_a_pixel_format_that_cannot_be_converted_is_named():
    with pytest.raises(NoDecodableFrame, match="pixel format rgbaf32le cannot"):
        UPRIGHT.picture(av.VideoFrame(64, 64, "rgbaf32le"), 64)
