"""A backbone of three blocks in place of Inception-v3, pictures of plain colours, and a course over them."""

from pathlib import Path

import cv2
import keras
import numpy as np

from training.config import FinetuneConfig, HeadConfig, LabelConfig, Stage
from training.data.examples import Example
from training.finetune.callbacks import StopFlag
from training.finetune.network import build_network
from training.finetune.pictures import Lesson
from training.finetune.progress import Store
from training.finetune.stages import Course
from training.losses import loss_of
from training.targets import image_weights, known, presence, targets

SIZE = 75  # the smallest that the configuration allows
COLOURS = {"red": (40, 40, 220), "green": (40, 200, 40), "blue": (220, 60, 40)}  # as OpenCV orders them
TAGS = tuple(COLOURS)
STAGES = (Stage(train="head", epochs=1, learning_rate=0.02), Stage(train="top", top_blocks=2, epochs=3, learning_rate=0.02))


def small_backbone(size: int = SIZE) -> keras.Model:
    """Convolution, batch norm and ReLU three times; the blocks' ends are named as Inception-v3 names them."""
    image = values = keras.Input((size, size, 3), name="image")
    for block, stride in enumerate((8, 2, 2)):
        values = keras.layers.Conv2D(8, 3, strides=stride, use_bias=False)(values)
        values = keras.layers.BatchNormalization(scale=False)(values)
        values = keras.layers.Activation("relu", name=f"mixed{block}")(values)
    pooled = keras.layers.GlobalAveragePooling2D(name="features")(values)
    backbone = keras.Model(image, {"features": pooled, "map": values}, name="backbone")
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return backbone


def pictures(folder: Path, each: int) -> list[Example]:
    """`each` noisy pictures a colour."""
    rng = np.random.default_rng(0)
    examples = []
    for tag, colour in COLOURS.items():
        for number in range(each):
            path = folder / f"{tag}-{number}.png"
            noise = rng.integers(-40, 40, (24, 32, 3))
            cv2.imwrite(str(path), np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8))
            examples.append(Example(path.name, path, frozenset([tag])))
    return examples


def class_folders(folder: Path, each: int) -> tuple[Path, Path]:
    """A folder for each colour with `each` pictures, and a written split: every fifth validates, every sixth tests."""
    data, rows = folder / "images", ["name,part"]
    data.mkdir()
    for number, example in enumerate(pictures(data, each)):
        (tag,) = example.tags
        (data / tag).mkdir(exist_ok=True)
        example.path.rename(data / tag / example.name)
        rows.append(f"{tag}/{example.name},{('train', 'train', 'train', 'train', 'validation', 'test')[number % 6]}")
    split = folder / "split.csv"
    split.write_text("\n".join(rows) + "\n")
    return data, split


def tell(history):
    pass


def lesson(examples: list[Example]) -> Lesson:
    return Lesson(tuple(examples), targets(examples, TAGS, LabelConfig()), image_weights(examples, LabelConfig()))


def course(folder: Path, examples: list[Example], *, watchers=(), dropout=0.2, **changes) -> Course:
    config = FinetuneConfig(**{"size": SIZE, "batch": 4, "stages": STAGES, "ema": 0.5, **changes})

    def build():
        keras.utils.set_random_seed(0)
        return build_network(small_backbone(), len(TAGS) + 1, HeadConfig(hidden=8, dropout=dropout), config)

    return Course(
        build,
        lesson(examples),
        lesson(examples),
        presence(examples, TAGS),
        known(examples, TAGS),
        loss_of("odds"),
        config,
        0,
        Store(folder),
        StopFlag(),
        tell,
        watchers,
    )


class AtStep(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Does something when the given batch of the whole training begins, once."""

    def __init__(self, batch, act):
        super().__init__()
        self._left, self._act = batch, act

    def on_train_batch_begin(self, batch, logs=None):  # noqa: ARG002
        self._left -= 1
        if self._left == 0:
            self._act()
