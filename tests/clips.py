"""Small films made on the spot, with known truth: textured scenes that move, cut where they are told to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

RATE = 25  # frames a second, where a test does not say otherwise
SIZE = (160, 96)  # pixels


@dataclass(frozen=True)
class Recipe:
    """How a clip is encoded; what differs from this is what its test is about."""

    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    rate: int = RATE
    key_every: int = 250  # frames; scene cuts begin no group of their own
    options: Mapping[str, str] = field(default_factory=dict)
    container: str | None = None  # by the file's name, if None
    times_ms: Sequence[int] | None = None  # of the frames; evenly spaced, if None
    rotation: int = 0  # degrees counter-clockwise, as written to the display matrix
    aspect: Fraction | None = None  # of a pixel
    metadata: Mapping[str, str] = field(default_factory=dict)
    colour: Mapping[str, int] = field(default_factory=dict)  # of the frames: color_range, color_trc, ...
    interlaced: bool = False


def scene(seed: int, count: int, size: tuple[int, int] = SIZE) -> Iterator[Picture]:
    """`count` frames of a coloured texture that drifts to the right, one of its own for each seed."""
    width, height = size
    random = np.random.default_rng(seed)
    tint = random.integers(40, 216, 3)
    coarse = random.integers(-70, 70, (height // 12 + 2, width // 6 + 2, 3)) + tint
    wide = cv2.resize(np.clip(coarse, 0, 255).astype(np.uint8), (width * 2, height), interpolation=cv2.INTER_CUBIC)
    for index in range(count):
        shift = index % width
        yield np.ascontiguousarray(wide[:, shift : shift + width])


PATCH = (20, 16, 60, 64)  # left, top, width, height


def patched(colour: tuple[int, int, int], count: int, seed: int = 1) -> Iterator[Picture]:
    """A texture in grays that drifts, with a rectangle of one colour on it."""
    left, top, width, height = PATCH
    for picture in scene(seed, count):
        shown = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
        shown[top : top + height, left : left + width] = colour
        yield shown


def flat(value: int, count: int, size: tuple[int, int] = SIZE) -> Iterator[Picture]:
    """`count` frames of one gray."""
    for _ in range(count):
        yield np.full((size[1], size[0], 3), value, np.uint8)


def scenes(*lengths: int, size: tuple[int, int] = SIZE) -> Iterator[Picture]:
    """One scene after the other, cut without a transition; lengths in frames."""
    for seed, length in enumerate(lengths, start=1):
        yield from scene(seed, length, size)


def write(path: Path, pictures: Iterable[Picture], recipe: Recipe | None = None) -> Path:
    """Encode RGB pictures of one size."""
    recipe = recipe or Recipe()
    pictures = iter(pictures)
    first = next(pictures)
    with av.open(str(path), "w", format=recipe.container) as container:
        container.metadata.update(recipe.metadata)
        stream = _stream(container, first.shape[1], first.shape[0], recipe)
        for index, picture in enumerate(_chain(first, pictures)):
            container.mux(stream.encode(_frame(picture, index, recipe)))
        container.mux(stream.encode())
    return path


def _stream(container, width: int, height: int, recipe: Recipe):
    options = dict(recipe.options)
    if recipe.codec == "libx264":
        options = {"preset": "ultrafast", "sc_threshold": "0"} | options
    stream = container.add_stream(recipe.codec, rate=recipe.rate, options=options)
    stream.width, stream.height, stream.pix_fmt = width, height, recipe.pix_fmt
    stream.codec_context.gop_size = recipe.key_every
    stream.codec_context.time_base = Fraction(1, 1000 if recipe.times_ms else recipe.rate)
    if recipe.aspect:
        stream.codec_context.sample_aspect_ratio = recipe.aspect
    if recipe.rotation:
        stream.set_display_rotation(recipe.rotation)
    return stream


def _frame(picture: Picture, index: int, recipe: Recipe) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=recipe.pix_fmt)
    frame.pts = recipe.times_ms[index] if recipe.times_ms else index
    frame.time_base = Fraction(1, 1000 if recipe.times_ms else recipe.rate)
    for name, value in recipe.colour.items():
        setattr(frame, name, value)
    return frame


def _chain(first: Picture, rest: Iterable[Picture]) -> Iterator[Picture]:
    yield first
    yield from rest


def write_sound(path: Path, *, cover: bool = False) -> Path:
    """Half a second of silence, perhaps with a cover picture."""
    is_mp3 = path.suffix == ".mp3"
    with av.open(str(path), "w", format="mp3" if is_mp3 else "mp4") as container:
        sound = container.add_stream("libmp3lame" if is_mp3 else "aac", rate=44100)
        if cover:
            _add_cover(container)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 22050), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = 44100
        container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path


def _add_cover(container) -> None:
    cover = container.add_stream("mjpeg", rate=1)
    cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
    cover.disposition = Disposition.attached_pic
    container.mux(cover.encode(_frame(next(flat(90, 1, (64, 64))), 0, Recipe(pix_fmt="yuvj420p", rate=1))))
    container.mux(cover.encode())


def patch(path: Path, target: Path, old: bytes, new: bytes) -> Path:
    """Copy with every occurrence of some bytes replaced by as many others."""
    assert len(old) == len(new)
    data = path.read_bytes()
    assert old in data
    target.write_bytes(data.replace(old, new))
    return target


def damage(path: Path, target: Path, start: float, end: float, seed: int = 0) -> Path:
    """Copy with the bytes between two shares of the file replaced by noise."""
    data = bytearray(path.read_bytes())
    first, last = int(len(data) * start), int(len(data) * end)
    data[first:last] = np.random.default_rng(seed).bytes(last - first)
    target.write_bytes(data)
    return target


def truncate(path: Path, target: Path, share: float) -> Path:
    """Copy of the first part alone."""
    data = path.read_bytes()
    target.write_bytes(data[: int(len(data) * share)])
    return target


def without_key_flags(path: Path, target: Path) -> Path:
    """Copy of an AVI whose index marks no key frame."""
    data = path.read_bytes()
    index = data.rindex(b"idx1")
    target.write_bytes(data[:index] + data[index:].replace((16).to_bytes(4, "little"), bytes(4)))
    return target
