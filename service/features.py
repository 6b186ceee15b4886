"""What the networks saw in a film's key frames, in one file: enough to tag it again without decoding it.

A key frame takes 4.3 KB (12.5 KB with three views); 40,000 of them, a film of twelve hours, 170 MB, in memory as on disk.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from service.errors import ResultError
from service.predictors.bundle import TaggerBundle
from service.predictors.predictions import FEATURES, Predictions
from service.records import DecodeReport, FilmFacts, Shot
from service.results import Parameters
from service.tags import Vocabulary
from service.timeline.themes import FrameScores

FORMAT = 1
PIECE_FRAMES = 256  # 1 MB of features
_ARRAYS = ("features", "scores", "times_ms", "shot_of_frame", "shots", "facts")


@dataclass(frozen=True)
class FeatureSource:
    """Which networks made stored features and scores."""

    name: str
    version: str
    backbone_sha256: str
    head_sha256: str
    sensitive_sha256: str
    sensitive_threshold: dict[str, float]  # tag id -> the probability that scores 0.5
    tags: tuple[str, ...]  # columns of the scores


@dataclass(frozen=True)
class StoredFeatures:
    """All that is known of a film before it is summarized; rows are key frames in time order."""

    film: FilmFacts
    sha256: str  # of the film's content
    report: DecodeReport
    source: FeatureSource
    parameters: Parameters  # of the run that decoded the film
    shots: tuple[Shot, ...]
    features: NDArray[np.float16]  # (frames, views, 2048)
    scores: NDArray[np.float32]  # (frames, tags) as the networks gave them, sensitive tags of single frames too
    times_ms: NDArray[np.int64]  # (frames,)
    shot_of_frame: NDArray[np.int64]  # (frames,) positions in `shots`

    def frame_scores(self, scores: NDArray[np.float32]) -> list[FrameScores]:
        """Scores (frames, tags), old ones or new ones, shot by shot."""
        ends = np.searchsorted(self.shot_of_frame, np.arange(len(self.shots)), side="right").tolist()
        starts = [0, *ends[:-1]]
        return [
            FrameScores(shot, tuple(self.times_ms[start:end].tolist()), scores[start:end])
            for shot, start, end in zip(self.shots, starts, ends, strict=True)
        ]


def source_of(bundle: TaggerBundle, vocabulary: Vocabulary) -> FeatureSource:
    """What to remember of the networks."""
    hashes = bundle.backbone_sha256, bundle.head_sha256, bundle.sensitive_sha256
    return FeatureSource(bundle.name, bundle.version, *hashes, dict(bundle.sensitive.threshold), vocabulary.ids)


class FeatureRows:
    """Collects features while a film is tagged; grows in place, so that they are never in memory twice."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._views = 1

    def add(self, predictions: Predictions) -> None:
        """Add the frames of a shot."""
        self._views = predictions.features.shape[1]
        self._bytes += np.ascontiguousarray(predictions.features, np.float16).data.cast("B")

    def array(self) -> NDArray[np.float16]:
        """All of them (frames, views, 2048)."""
        return np.frombuffer(self._bytes, np.float16).reshape(-1, self._views, FEATURES)


def stored_features(
    film: FilmFacts,
    sha256: str,
    report: DecodeReport,
    source: FeatureSource,
    parameters: Parameters,
    shots: Iterable[FrameScores],
    rows: FeatureRows,
) -> StoredFeatures:
    """Put together what a run has found."""
    kept = list(shots)
    return StoredFeatures(
        film=film,
        sha256=sha256,
        report=report,
        source=source,
        parameters=parameters,
        shots=tuple(item.shot for item in kept),
        features=rows.array(),
        scores=np.concatenate([item.scores for item in kept]),
        times_ms=np.array([time for item in kept for time in item.times_ms], np.int64),
        shot_of_frame=np.repeat(np.arange(len(kept)), [len(item.times_ms) for item in kept]),
    )


def write_features(target: Path | IO[bytes], stored: StoredFeatures) -> None:
    """Write to a path or an open binary stream, not compressed: activations hardly are."""
    facts = {
        "format": FORMAT,
        "film": asdict(stored.film) | {"frame_rate": None if stored.film.frame_rate is None else str(stored.film.frame_rate)},
        "sha256": stored.sha256,
        "report": asdict(stored.report),
        "source": asdict(stored.source),
        "parameters": asdict(stored.parameters),
    }
    arrays: dict[str, NDArray[Any]] = {
        "features": stored.features,
        "scores": stored.scores,
        "times_ms": stored.times_ms,
        "shot_of_frame": stored.shot_of_frame,
        "shots": np.array([(shot.start_ms, shot.end_ms) for shot in stored.shots], np.int64).reshape(-1, 2),
        "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8),
    }
    np.savez(target, allow_pickle=False, **arrays)


def read_features(source: Path | IO[bytes]) -> StoredFeatures:
    """Read what `write_features` wrote. Raises ResultError where it is something else, and FileNotFoundError."""
    if isinstance(source, Path):
        with source.open("rb") as stream:  # not left to NumPy, which leaves a torn file open
            return read_features(stream)
    try:
        with np.load(source, allow_pickle=False) as arrays:
            given = {name: arrays[name] for name in _ARRAYS}
        facts = json.loads(given["facts"].tobytes())
        stored = _stored(facts, given) if facts["format"] == FORMAT else None
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ResultError(f"{_name(source)} cannot be read as the stored features of a film: {error}") from error
    if stored is None:
        raise ResultError(f"{_name(source)} holds features of format {facts['format']!r}; this program reads {FORMAT}. Tag the film again.")
    return stored


def feature_pieces(source: IO[bytes], frames: int = PIECE_FRAMES) -> Iterator[NDArray[np.float16]]:
    """Stored features alone, so many (frames, views, 2048) at once. Raises ResultError."""
    try:
        with zipfile.ZipFile(source) as archive, archive.open("features.npy") as stream:
            np.lib.format.read_magic(stream)
            shape, _, kind = np.lib.format.read_array_header_1_0(stream)
            if kind != np.float16 or len(shape) != 3 or shape[2] != FEATURES or 0 in shape:
                raise ValueError(f"an array {shape} of {kind}")
            size = 2 * shape[1] * shape[2]
            for start in range(0, shape[0], frames):
                data = stream.read(size * min(frames, shape[0] - start))
                yield np.frombuffer(data, np.float16).reshape(-1, *shape[1:])
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ResultError(f"{_name(source)} cannot be read as the stored features of a film: {error}") from error


def read_source(source: IO[bytes]) -> tuple[FeatureSource, Parameters]:
    """Which networks and parameters made stored features, without reading these. Raises ResultError."""
    try:
        with np.load(source, allow_pickle=False) as arrays:
            facts = json.loads(arrays["facts"].tobytes())
        return _source(facts), Parameters(**facts["parameters"])
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ResultError(f"{_name(source)} cannot be read as the stored features of a film: {error}") from error


def _source(facts: dict[str, Any]) -> FeatureSource:
    return FeatureSource(**(facts["source"] | {"tags": tuple(facts["source"]["tags"])}))


def _stored(facts: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> StoredFeatures:
    rate = facts["film"]["frame_rate"]
    stored = StoredFeatures(
        film=FilmFacts(**(facts["film"] | {"frame_rate": None if rate is None else Fraction(rate)})),
        sha256=facts["sha256"],
        report=DecodeReport(**(facts["report"] | {"warnings": tuple(facts["report"]["warnings"])})),
        source=_source(facts),
        parameters=Parameters(**facts["parameters"]),
        shots=tuple(Shot(start, end) for start, end in arrays["shots"].tolist()),
        features=arrays["features"],
        scores=arrays["scores"],
        times_ms=arrays["times_ms"],
        shot_of_frame=arrays["shot_of_frame"],
    )
    _check_shapes(stored)
    return stored


def _check_shapes(stored: StoredFeatures) -> None:
    frames = len(stored.times_ms)
    shapes = (stored.features.shape[::2], stored.scores.shape, stored.shot_of_frame.shape)
    if frames == 0 or shapes != ((frames, FEATURES), (frames, len(stored.source.tags)), (frames,)):
        raise ValueError(f"arrays of shapes {shapes} for {frames} key frames")
    if sorted(set(stored.shot_of_frame.tolist())) != list(range(len(stored.shots))) or (np.diff(stored.shot_of_frame) < 0).any():
        raise ValueError("key frames and shots that do not belong together")


def _name(stream: IO[bytes]) -> str:
    return str(getattr(stream, "name", "A stream"))
