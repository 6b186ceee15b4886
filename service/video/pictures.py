"""From a decoded PyAV frame to a small upright RGB picture: one pass of swscale, the rest by OpenCV."""

from dataclasses import dataclass, field
from fractions import Fraction

import av
import cv2
import numpy as np
from av.filter import Graph
from av.video.reformatter import ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter

from service.errors import NoDecodableFrame
from service.video.frames import DETECTION_SIDE, fitted_size
from service.video.geometry import Picture

HD_LINES = 720  # from this height on, unmarked colours are taken to be BT.709
PQ_WHITE_NITS = 203  # ITU-R BT.2408: diffuse white of an HDR film
PQ_PEAK_NITS = 1000  # brighter light is clipped
SDR_GAMMA = 2.2

# AVColorSpace of a frame to the coefficients that swscale knows.
COLORSPACES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned(picture: Picture, rotation: int) -> Picture:
    """Rotate by a multiple of 90 degrees clockwise."""
    return picture if rotation == 0 else np.asarray(cv2.rotate(picture, TURNS[rotation]), np.uint8)


@dataclass
class PictureMaker:
    """Converts the frames of one film; keeps swscale's tables, which cost as much to build as a frame to convert."""

    aspect: Fraction  # of a stored pixel
    rotation: int  # degrees clockwise
    _scalers: dict[int, VideoReformatter] = field(default_factory=dict)  # by the side asked for

    def picture(self, frame: av.VideoFrame, side: int) -> Picture:
        """RGB, upright, square pixels, its shorter side at most `side`; rough and four times as fast up to DETECTION_SIDE."""
        width, height = fitted_size(float(frame.width * self.aspect), frame.height, side)
        try:
            small = self._converted(frame, width, height, side)
        except MemoryError:
            raise
        except av.FFmpegError as error:
            raise NoDecodableFrame(f"pictures of pixel format {frame.format.name} cannot be converted") from error
        picture = turned(np.asarray(small.to_ndarray(), np.uint8), self.rotation)
        return tone_mapped(picture) if frame.color_trc == ColorTrc.SMPTE2084 else picture

    def _converted(self, frame: av.VideoFrame, width: int, height: int, side: int) -> av.VideoFrame:
        colorspace = _colorspace(frame)
        return self._scalers.setdefault(side, VideoReformatter()).reformat(
            one_field(frame) if frame.interlaced_frame else frame,
            width,
            height,
            "rgb24",
            src_colorspace=colorspace,
            dst_colorspace=colorspace,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA if side > DETECTION_SIDE else Interpolation.FAST_BILINEAR,
            threads=1,
        )


def one_field(frame: av.VideoFrame) -> av.VideoFrame:
    """Deinterlace by keeping the top field: half the lines, no combs, no neighbours needed; the resize restores the shape."""
    graph = Graph()
    # A time base of one stands in: the frame's own may be unset, and nothing here is timed.
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1))
    graph.link_nodes(source, graph.add("field", "type=top"), graph.add("buffersink")).configure()
    graph.push(frame)
    return graph.pull()  # type: ignore[return-value]


def _colorspace(frame: av.VideoFrame) -> Colorspace | None:
    if frame.format.is_rgb:
        return None
    return COLORSPACES.get(frame.colorspace, Colorspace.ITU709 if frame.height >= HD_LINES else Colorspace.ITU601)


def tone_mapped(picture: Picture) -> Picture:
    """Bring PQ (SMPTE ST 2084) code values to those of an ordinary screen, channel by channel."""
    return np.asarray(cv2.LUT(picture, PQ_TO_SDR), np.uint8)


def _pq_table() -> Picture:
    """For each 8-bit PQ value its SDR value: light by ST 2084, highlights rolled off as by Reinhard, then gamma."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = (np.arange(256) / 255) ** (1 / m2)
    nits = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    light, peak = nits / PQ_WHITE_NITS, PQ_PEAK_NITS / PQ_WHITE_NITS
    mapped = light * (1 + light / peak**2) / (1 + light)
    return np.asarray(np.clip(mapped, 0, 1) ** (1 / SDR_GAMMA) * 255 + 0.5, np.uint8)


PQ_TO_SDR = _pq_table()
