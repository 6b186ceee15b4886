"""A run of `movietags-train digits`: learn, settle, calibrate, judge once, and the bundle that the service reads digits by."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.digits.bundle import Judges, Trained, write_digits_bundle
from training.digits.fonts import CALIBRATION, EVALUATION
from training.digits.is_digit import APART
from training.digits.learn import Course, Truth, settle_classifier, train_autoencoder, train_classifier
from training.digits.mnist import Mnist, Written
from training.digits.networks import CLASSES, MEMBERS, autoencoder, classifier
from training.digits.not_digits import COUNT, font_digits, not_digit_sets
from training.digits.warps import Pictures
from training.errors import RunError
from training.runs import versions
from training.written import written_whole

HELD_OUT = 5000  # training pictures that nothing learns from: choices and the calibration are made on them
AUTOENCODER = "autoencoder"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DigitsOrder:
    """What to train, and on what else than MNIST."""

    members: tuple[str, ...] = tuple(MEMBERS)
    epochs: int = 30  # of each network
    settle: int = 2  # more epochs of a copy of the first one, with fonts' digits and what is no digit
    batch: int = 128  # pictures a step
    seed: int = 1
    fonts: Path | None = None  # folder with more fonts than the packages bring
    photos: Path | None = None  # folder with more photos
    strange: int = COUNT  # pictures of a set of what is no digit


def run_digits(out: Path, mnist: Mnist, order: DigitsOrder) -> Path:
    """Train and export; the bundle's folder. What is trained is kept: the same run again goes on behind it. Raises RunError, DataError."""
    _begin(out, order)
    learned, held_out = mnist.held_out(min(HELD_OUT, len(mnist.train) // 10))
    members = [_member(out, member, learned, order) for member in order.members]
    settled = _settled(out, members[0], learned, order)
    rebuilder = autoencoder()
    course = Course(order.epochs, order.batch, rate=2e-3, seed=order.seed)
    _kept(out, AUTOENCODER, rebuilder, lambda: train_autoencoder(rebuilder, learned.pictures, course))
    sets = {split: _not_digits(split, order) for split in (CALIBRATION, EVALUATION)}
    return write_digits_bundle(
        out / "bundle", Trained(members, settled, rebuilder, order.seed), Judges(held_out, mnist.test, *sets.values())
    )


def _begin(out: Path, order: DigitsOrder) -> None:
    """Write what is known at the start. Raises RunError where another run lies there."""
    facts, place = json.loads(json.dumps(asdict(order), default=str)), out / "run.json"
    if place.exists() and json.loads(place.read_text(encoding="utf-8"))["order"] != facts:
        raise RunError(f"{out} holds a run of other settings; name a new folder with --out, or remove it.")
    out.mkdir(parents=True, exist_ok=True)
    with written_whole(place) as fresh:
        fresh.write_text(json.dumps({"command": "digits", "order": facts, "versions": versions()}, indent=1) + "\n", encoding="utf-8")


def _member(out: Path, member: str, learned: Written, order: DigitsOrder) -> keras.Model:
    """A classifier that has learned MNIST."""
    keras.utils.set_random_seed(order.seed)
    network, truth = classifier(member), np.eye(CLASSES, dtype=np.float32)[learned.digits]
    course = Course(order.epochs, order.batch, seed=order.seed)
    _kept(out, member, network, lambda: train_classifier(network, learned.pictures, truth, course))
    return network


def _settled(out: Path, member: keras.Model, learned: Written, order: DigitsOrder) -> keras.Model:
    """A copy of a classifier that has learned that not everything is a digit; it tells digits apart a little worse, and is not asked to."""
    if not order.settle:
        return member
    network = classifier(member.name, f"{member.name}-settled")
    network.set_weights(member.get_weights())
    gentle = Course(order.settle, order.batch, rate=5e-4, seed=order.seed + 1)
    _kept(out, network.name, network, lambda: settle_classifier(network, *_settling(learned, order), gentle))
    return network


def _settling(learned: Written, order: DigitsOrder) -> tuple[Pictures, Truth]:
    """MNIST, and from fonts as many digits as letters: that something is printed shall tell nothing; and whatever else is no digit."""
    printed, which = font_digits(CALIBRATION, fonts=order.fonts, count=order.strange)
    strange = np.concatenate([pictures for name, pictures in _not_digits(CALIBRATION, order).items() if name != APART])
    digits: NDArray[np.int64] = np.concatenate([learned.digits, which])
    truth = np.concatenate([np.eye(CLASSES, dtype=np.float32)[digits], np.zeros((len(strange), CLASSES), np.float32)])
    return np.concatenate([learned.pictures, printed, strange]), truth


def _not_digits(split: str, order: DigitsOrder) -> dict[str, Pictures]:
    return not_digit_sets(split, fonts=order.fonts, photos=order.photos, count=order.strange)


def _kept(out: Path, name: str, network: keras.Model, train: Callable[[], None]) -> None:
    """Train the network, or take the weights that a former try left."""
    place = out / f"{name}.npz"
    if place.exists():
        log.info("%s: trained before", name)
        with np.load(place) as arrays:
            network.set_weights([arrays[key] for key in arrays.files])
        return
    train()
    weights: Sequence[NDArray[np.float32]] = network.get_weights()
    with written_whole(place) as fresh:
        np.savez(fresh, *weights)
