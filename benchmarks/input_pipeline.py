"""Whether reading and changing pictures keeps the network busy: images a second of the data alone, of the network alone, of both.

usage: [KERAS_BACKEND=...] python -m benchmarks.input_pipeline IMAGES [--set finetune.batch=64] [--stage top] [--batches 20]

IMAGES is a folder of pictures. The pictures pass the loader of `movietags-train finetune`; the network is the one that it trains.
The last line is what counts: both together, as a share of the slower one.
On a CPU: --set finetune.size=75 --set finetune.batch=4 --batches 5 --stage head.
"""

import argparse
import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.commands.options import configured
from training.config import FinetuneConfig, HeadConfig, Stage
from training.data.examples import Example
from training.data.files import files_below, is_picture
from training.finetune.devices import compiles, use_devices
from training.finetune.network import build_network
from training.finetune.optimizer import make_optimizer
from training.finetune.pictures import Broken, ChangedPictures, Lesson, epoch_order
from training.losses import loss_of
from training.model import build_backbone

TAGS = 50


class Held(keras.utils.PyDataset):  # type: ignore[misc]  # Keras carries no types
    """One batch again and again: no time goes into data."""

    def __init__(self, batch: Any, batches: int) -> None:
        super().__init__()
        self._batch, self._batches = batch, batches

    def __len__(self) -> int:
        return self._batches

    def __getitem__(self, index: int) -> Any:
        return self._batch


def loader(folder: Path, config: FinetuneConfig, batches: int) -> ChangedPictures:
    found = [path for path in files_below(folder) if is_picture(path)]
    wanted = list(itertools.islice(itertools.cycle(found), batches * config.batch))
    examples = tuple(Example(str(place), path, frozenset()) for place, path in enumerate(wanted))
    lesson = Lesson(examples, np.ones((len(examples), 2 * TAGS), np.float32), np.ones(len(examples), np.float32))
    return ChangedPictures(lesson, config, epoch_order(len(examples), config.batch, [0]), Broken(len(examples)), first=0, chance=(0, 0))


def data_alone(pictures: ChangedPictures) -> float:
    """By as many threads as Keras takes."""
    with ThreadPoolExecutor(pictures.workers) as pool:
        started = time.perf_counter()
        images = sum(pool.map(lambda index: len(pictures[index][0]), range(len(pictures))))
        return images / (time.perf_counter() - started)


def trainer(config: FinetuneConfig, stage: Stage) -> keras.Model:
    network = build_network(build_backbone(size=config.size), TAGS + 1, HeadConfig(), config)
    network.learn(stage)
    network.model.compile(make_optimizer(stage, 1000, config, 1), loss=loss_of("odds"), jit_compile=compiles())
    return network.model


def rate(model: keras.Model, pictures: Any, images: int) -> float:
    started = time.perf_counter()
    model.fit(pictures, verbose=0, shuffle=False)
    return images / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path)
    parser.add_argument("--set", action="append", default=[], dest="changes")
    parser.add_argument("--stage", choices=("head", "top", "all"), default="top")
    parser.add_argument("--batches", type=int, default=20)
    given = parser.parse_args()
    config = configured(None, tuple(given.changes)).finetune
    use_devices(config)
    images = given.batches * config.batch
    pictures = loader(given.images, config, given.batches)
    model = trainer(config, Stage(train=given.stage, epochs=1, learning_rate=1e-4))
    rate(model, Held(pictures[0], 2), 2 * config.batch)  # compiles
    data = data_alone(loader(given.images, config, given.batches))
    network = rate(model, Held(pictures[0], given.batches), images)
    both = rate(model, loader(given.images, config, given.batches), images)
    print(f"{keras.backend.backend()}, {config.precision}, {config.size} px, batch {config.batch}, stage {given.stage}")
    print(f"{config.loaders} loaders, {os.cpu_count()} cores")
    print(f"data alone     {data:8.1f} images/s\nnetwork alone  {network:8.1f} images/s\nboth           {both:8.1f} images/s")
    print(f"both / slower  {both / min(data, network):8.2f}")


if __name__ == "__main__":
    main()
