"""Fine-tuning against plain Keras: the same network, batch, precision and optimizer in a plain `keras.Model.fit`, warmed up, in one run.

usage: [KERAS_BACKEND=...] python -m benchmarks.finetune_speed [--set finetune.batch=128] [--set finetune.precision=mixed_bfloat16]
       [--stage all] [--batches 30] [--peak 989]

Plain is keras.applications.InceptionV3 with its batch norms in inference mode behind a rescaling, fed arrays in memory. Ours is what
`movietags-train finetune` trains, fed one batch that is held in memory, so both measure the network and the step. `--peak` is the
card's bf16 peak in TFLOP/s; the share of it is told from 2 x 5.7 GFLOP for a forward of 299 px and three forwards a step that trains all.
On a CPU: --set finetune.size=75 --set finetune.batch=4 --batches 3 --stage head.
"""

import argparse
import statistics
from typing import Any

import keras
import numpy as np

from benchmarks.input_pipeline import TAGS, Held, rate, trainer
from training.commands.options import configured
from training.config import FinetuneConfig, Stage
from training.finetune.devices import compiles
from training.losses import loss_of
from training.model import build_head

FORWARD = 2 * 5.7e9  # floating point operations of Inception-v3 on one picture of 299 px
ROUNDS = 3  # of each, by turns; the median is told


def plain(config: FinetuneConfig, stage: Stage) -> keras.Model:
    keras.config.set_dtype_policy(config.precision)
    image = keras.Input((config.size, config.size, 3), dtype="uint8")
    network = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(config.size, config.size, 3), pooling="avg")
    network.trainable = stage.train != "head"
    features = network(keras.layers.Rescaling(1 / 127.5, -1.0)(image), training=False)
    keras.config.set_dtype_policy("float32")
    model = keras.Model(image, build_head(TAGS + 1, 256, 0.4)(features))
    model.compile(keras.optimizers.AdamW(stage.learning_rate), loss=loss_of("odds"), jit_compile=compiles())
    return model


def batch_of(config: FinetuneConfig) -> Any:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (config.batch, config.size, config.size, 3), np.uint8)
    return pictures, np.ones((config.batch, 2 * TAGS), np.float32), np.ones(config.batch, np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", default=[], dest="changes")
    parser.add_argument("--stage", choices=("head", "all"), default="all")
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--peak", type=float, help="TFLOP/s of the card in bf16")
    given = parser.parse_args()
    config = configured(None, tuple(given.changes)).finetune
    stage = Stage(train=given.stage, epochs=1, learning_rate=1e-4)
    models = {"plain keras.Model.fit": plain(config, stage), "movietags-train finetune": trainer(config, stage)}
    batch, images = batch_of(config), given.batches * config.batch
    for model in models.values():
        rate(model, Held(batch, 2), 1)  # compiles
    rates: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name, model in models.items():
            rates[name].append(rate(model, Held(batch, given.batches), images))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    print(f"{keras.backend.backend()}, {config.precision}, {config.size} px, batch {config.batch}, stage {given.stage}")
    for name, median in medians.items():
        work = FORWARD * (config.size / 299) ** 2 * (3 if given.stage == "all" else 1) * median / 1e12
        share = f", {100 * work / given.peak:.1f} % of the peak" if given.peak else ""
        print(f"{name:26} {median:8.1f} images/s, {work:.2f} TFLOP/s{share}")
    first, second = medians.values()
    print(f"ours / plain               {second / first:8.2f}")


if __name__ == "__main__":
    main()
