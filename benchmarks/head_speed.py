"""How fast `movietags-train head` is: images/s of the data alone, of the model alone, of both, and the whole run cold and cached.

usage: python -m benchmarks.head_speed DATA [--images 10000] [--views whole film-1] [--skip-runs]

DATA is what `--data` takes. The data alone: reading, decoding and looking at the pictures in threads. The model alone: the
shipped INT8 backbone on pictures in memory. Both: features computed as a run computes them, nothing kept before. The runs:
the command itself in a process of its own on a manifest of so many images, with an empty folder for features and again.
"""

import argparse
import csv
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from service.predictors.bundle import SHIPPED_TAGGER
from service.predictors.runtime import Network
from training.config import DataConfig
from training.data.examples import Example
from training.data.reading import choose_vocabulary, read_many
from training.data.threads import in_threads
from training.features import BATCH, ServedBackbone, image_features
from training.views import load_picture, look

MEASURED = 256  # images that the parts are measured on
ROUNDS = 3


def measured(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def looks(example: Example, views: list[str]) -> list[np.ndarray]:
    picture = load_picture(example.path.read_bytes())
    return [look(picture, view, example.name) for view in views]


def parts(examples: list[Example], views: list[str]) -> None:
    """Data alone, model alone and both, in turns, so that a machine that changes its speed changes all."""
    network = Network(SHIPPED_TAGGER / "backbone.xml", "features")
    pictures = np.stack(list(itertools.chain(*(looks(example, views) for example in examples[: BATCH // len(views)]))))
    network(pictures[:8])
    for _ in range(ROUNDS):
        data = len(examples) / measured(lambda: list(in_threads(lambda example: looks(example, views) and None, examples)))
        model = len(pictures) / len(views) / measured(lambda: network(pictures))
        with tempfile.TemporaryDirectory() as folder:
            both = len(examples) / measured(lambda: image_features(ServedBackbone(SHIPPED_TAGGER), examples, views, Path(folder)))
        share = both / min(data, model)
        print(f"images/s with {len(views)} views: data {data:.1f}   model {model:.1f}   both {both:.1f}   both / slower one {share:.2f}")


def write_manifest(path: Path, examples: list[Example]) -> None:
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(["file", "tags", "kind", "source", "labelling"])
        writer.writerows(
            [example.path.resolve(), "|".join(sorted(example.tags)), example.kind, example.source, example.labelling]
            for example in examples
        )


def runs(examples: list[Example], views: list[str]) -> None:
    """The command, cold and again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_manifest(folder / "manifest.csv", examples)
        chosen = f"head.views={{{', '.join(f'{view}: 1.0' for view in views)}}}"
        for way in ("cold", "cached"):
            command = [Path(sys.executable).with_name("movietags-train"), "--quiet", "head", "--data", folder / "manifest.csv"]
            options = ["--out", folder / way, "--features", folder / "features", "--set", chosen]
            seconds = measured(partial(subprocess.run, [*command, *options], check=True, capture_output=True))
            print(f"{way}: {len(examples)} images, {seconds:.0f} s, {len(examples) / seconds:.1f} images/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--views", nargs="+", default=["whole", "film-1"])
    parser.add_argument("--skip-runs", action="store_true", help="Measure the parts alone.")
    given = parser.parse_args()
    config = DataConfig()
    everything = read_many([given.data], choose_vocabulary([given.data], None, config), config)
    order = np.random.default_rng(0).permutation(len(everything))[: given.images]
    examples = [everything[place] for place in order]
    parts(examples[:MEASURED], given.views)
    if not given.skip_runs:
        runs(examples, given.views)


if __name__ == "__main__":
    main()
