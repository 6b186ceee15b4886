"""A run's answers for the images it never learned from, beside the truth: what the report shows, kept in the run's folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.errors import RunError
from training.judging.judgement import Judgement, judge
from training.judging.measures import Flags, Scores
from training.runs import RunFolder
from training.written import written_whole

JUDGED = "judged.npz"


@dataclass(frozen=True)
class Judged:
    """Rows are validation images, columns tags."""

    names: tuple[str, ...]
    paths: tuple[Path, ...]
    sources: tuple[str, ...]
    thresholds: dict[str, float]  # of each tag, in the order of the columns
    truth: Flags
    known: Flags
    scores: Scores
    together: NDArray[np.int64]  # (tags, tags): images of all parts but the test part that show both; the diagonal: that show it

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.thresholds)

    def judge(self) -> Judgement:
        """All figures, anew."""
        return judge(self.truth, self.known, self.scores, self.thresholds, self.sources)


def write_judged(run: RunFolder, judged: Judged) -> None:
    """Write it whole or not at all."""
    with written_whole(run.path / JUDGED) as fresh:
        np.savez_compressed(
            fresh,
            names=_texts(judged.names),
            paths=_texts(map(str, judged.paths)),
            sources=_texts(judged.sources),
            tags=_texts(judged.tags),
            levels=np.array(list(judged.thresholds.values()), np.float64),
            truth=judged.truth,
            known=judged.known,
            scores=judged.scores,
            together=judged.together,
        )


def read_judged(run: RunFolder) -> Judged:
    """Raises RunError where the run was not judged."""
    path = run.path / JUDGED
    if not path.exists():
        raise RunError(f"{run.path} has no {JUDGED}: it is no finished run of `movietags-train head` or `movietags-train finetune`.")
    with np.load(path, allow_pickle=False) as arrays:
        texts: dict[str, Sequence[str]] = {name: arrays[name].tolist() for name in ("names", "paths", "sources", "tags")}
        return Judged(
            names=tuple(texts["names"]),
            paths=tuple(map(Path, texts["paths"])),
            sources=tuple(texts["sources"]),
            thresholds=dict(zip(texts["tags"], arrays["levels"].tolist(), strict=True)),
            truth=arrays["truth"],
            known=arrays["known"],
            scores=arrays["scores"],
            together=arrays["together"],
        )


def _texts(values: Iterable[str]) -> NDArray[np.str_]:
    return np.array(list(values), np.str_)
