"""Do similar key frames show like themes? Features as they are, projected at random, and the service's vectors, side by side.

usage: python -m benchmarks.similar_themes LABELS.csv FEATURES

FEATURES: a folder with stored features of films, however deep: what the service keeps beside its results, or what
`movietags-train` keeps of films. LABELS.csv: `file`, `tags` (with | between them) and `group`, films of one origin. Of each key frame's
ten nearest ones from other groups, how many are of films that share a tag with its own; films count alike. Printed with 90 % intervals
of the difference to the features as they are, over films.
"""

import argparse
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.features import read_features
from service.models import open_model
from service.similar.vectors import DIMENSIONS, Projection, codes_of

BEST = 10
DRAWS = 2000
Array = NDArray[Any]


def read(labels: Path, folder: Path) -> tuple[Array, list[str], dict[str, set[str]], dict[str, str]]:
    """Features (frames, 1, 2048), the frames' films; the films' tags and groups."""
    with labels.open(newline="", encoding="utf-8") as stream:
        rows = {Path(row["file"]).name: row for row in csv.DictReader(stream)}
    features, films = [], []
    for path in sorted(folder.rglob("*.npz")):
        stored = read_features(path)
        if stored.film.file_name in rows:
            features.append(stored.features)
            films += [stored.film.file_name] * len(stored.features)
    tags = {name: set(filter(None, row["tags"].split("|"))) for name, row in rows.items()}
    return np.concatenate(features), films, tags, {name: row["group"] for name, row in rows.items()}


def shares(vectors: Array, films: list[str], related: Array, foreign: Array) -> dict[str, float]:
    """By film: how many of the nearest frames are related."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    cosines = np.where(foreign, unit @ unit.T, -2)
    best = np.argsort(-cosines, axis=1)[:, :BEST]
    hits = np.take_along_axis(related, best, axis=1).mean(axis=1)
    names = np.array(films)
    return {name: float(hits[names == name].mean()) for name in dict.fromkeys(films) if (related & foreign)[names == name].any()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("features", type=Path)
    given = parser.parse_args()
    features, films, tags, groups = read(given.labels, given.features)
    related = np.array([[bool(tags[one] & tags[other]) for other in films] for one in films])
    foreign = np.array([[groups[one] != groups[other] for other in films] for one in films])
    plain = features.astype(np.float32).mean(axis=1)
    noise = np.linalg.qr(np.random.default_rng(1).standard_normal((plain.shape[1], DIMENSIONS)))[0].astype(np.float32)
    vectors = Projection(open_model()).vectors(features)
    ways: dict[str, Callable[[], Array]] = {
        "features as they are": lambda: plain,
        "256 random directions": lambda: (plain - plain.mean(axis=1, keepdims=True)) @ noise,
        "the service's vectors": lambda: vectors.astype(np.float32),
        "their signs alone": lambda: np.unpackbits(codes_of(vectors).view(np.uint8), axis=1) * np.float32(2) - 1,
    }
    print(f"{len(features)} key frames of {len(set(films))} films; by chance {related[foreign].mean():.3f}")
    first: Array | None = None
    for name, way in ways.items():
        found = np.array(list(shares(way(), films, related, foreign).values()))
        first = found if first is None else first
        draws = np.random.default_rng(0).integers(len(found), size=(DRAWS, len(found)))
        low, high = np.quantile((found - first)[draws].mean(axis=1), (0.05, 0.95))
        print(f"{name:22} {found.mean():.3f}   difference {low:+.3f} .. {high:+.3f}")


if __name__ == "__main__":
    main()
