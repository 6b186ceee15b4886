"""Clips that several tests look at, each made once a run."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from service.records import Decoder, FilmFacts
from service.video.frames import FrameReader, ReadLimits
from service.video.options import DecodeLimits, DecodeOptions
from service.video.probe import probe
from service.video.stream import READERS, FilmStream
from tests import clips
from tests.clips import Picture, Recipe

MakeClip = Callable[..., Path]
OpenReader = Callable[..., FrameReader]


def no_beat() -> None:
    """Nobody listens for signs of life."""


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> MakeClip:
    """Make a clip once: a name, the pictures and the recipe."""
    folder = tmp_path_factory.mktemp("clips")

    def make(name: str, pictures: Iterable[Picture], recipe: Recipe | None = None) -> Path:
        path = folder / name
        return path if path.exists() else clips.write(path, pictures, recipe)

    return make


@pytest.fixture(scope="session")
def plain(clip: MakeClip) -> Path:
    """Two scenes of two seconds, a key frame every second, B-frames between."""
    recipe = Recipe(key_every=25, options={"bf": "2", "preset": "veryfast"})
    return clip("plain.mp4", clips.scenes(50, 50), recipe)


def reader_of(path: Path, decoder: Decoder = Decoder.PYAV, failures: int = 1000) -> FrameReader:
    """A reader of a probed film."""
    facts: FilmFacts = probe(path)
    return READERS[decoder](path, facts, ReadLimits(DecodeLimits().max_pixels, failures), no_beat)


def stream_of(path: Path, **options) -> FilmStream:
    """A film decoded within this process."""
    return FilmStream(path, DecodeOptions(**options), DecodeLimits(), no_beat)
