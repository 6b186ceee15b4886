"""The bundle of trained networks for digits: converted, calibrated, and judged once on pictures that nothing was chosen by."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from service.predictors.digits import Digits
from service.predictors.digits_bundle import AUTOENCODER, CLASSIFIER, LABELS, LAYERS, Calibration, read_digits_bundle
from service.predictors.facts import DIGITS
from training.bundle_folder import write_bundle_facts, write_bundle_folder
from training.digits.is_digit import Answers, auroc, calibrate, worst
from training.digits.learn import answers
from training.digits.mnist import Written
from training.digits.served import ensemble, rebuilding_error, shower, shown_layers, write_served
from training.digits.warps import Pictures

NAME, VERSION = "digits", "1.0.0"
_KEPT = 0.98  # of the held out digits are taken for digits
_NO_CALIBRATION = Calibration(0.0, 0.0, 0.0)
_LICENCES = [{"part": "networks", "licence": "Apache-2.0", "note": "trained on MNIST (Y. LeCun, C. Cortes, C. Burges)"}]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """The networks of a run."""

    members: list[keras.Model]  # which digit
    settled: keras.Model  # is it one
    autoencoder: keras.Model
    seed: int


@dataclass(frozen=True)
class Judges:
    """What the networks have not learned from; sets of no digits by their names."""

    held_out: Written  # the rule for `is_digit` is fitted on these and `calibration`
    test: Written
    calibration: Mapping[str, Pictures]
    evaluation: Mapping[str, Pictures]


def write_digits_bundle(out: Path, trained: Trained, judges: Judges) -> Path:
    """Write the bundle `out`; its folder. The test part is read here and nowhere else. Raises DataError, ConfigError, BundleError."""
    facts = {
        "name": NAME,
        "version": VERSION,
        "task": DIGITS,
        "labels": list(LABELS),
        "layers": list(shown_layers(trained.members[0])),
        "members": [member.name for member in trained.members],
        "seed": trained.seed,
        "licences": _LICENCES,
    }

    def put(folder: Path) -> None:
        networks = {
            CLASSIFIER: ensemble(trained.members, trained.settled),
            AUTOENCODER: rebuilding_error(trained.autoencoder),
            LAYERS: shower(trained.members[0]),
        }
        write_served({folder / f"{name}.xml": network for name, network in networks.items()})
        write_bundle_facts(folder, {**facts, "calibration": asdict(_NO_CALIBRATION), "min_is_digit": 0.0, "metrics": {}})
        reader = Digits(read_digits_bundle(folder))
        calibration, least = _calibrated(reader, judges)
        facts.update(calibration=asdict(calibration), min_is_digit=least, metrics=_figures(trained, reader, calibration, least, judges))

    def check(folder: Path) -> None:
        Digits(read_digits_bundle(folder)).read(judges.held_out.pictures[:1])

    write_bundle_folder(out, facts, put, check)
    return out


def _calibrated(reader: Digits, judges: Judges) -> tuple[Calibration, float]:
    """The rule for `is_digit`, and the score that nearly all held out digits reach."""
    mine = _answers(reader, judges.held_out.pictures)
    calibration = calibrate(mine, {name: _answers(reader, pictures) for name, pictures in judges.calibration.items()})
    return calibration, round(float(np.quantile(calibration.is_digit(*mine), 1 - _KEPT)), 3)


def _answers(reader: Digits, pictures: Pictures) -> Answers:
    found = reader.read(pictures)
    return found.energies, found.errors


def _figures(trained: Trained, reader: Digits, calibration: Calibration, least: float, judges: Judges) -> dict[str, dict[str, Any]]:
    held_out, test = judges.held_out, judges.test
    found, others = reader.read(test.pictures), {name: _answers(reader, pictures) for name, pictures in judges.evaluation.items()}
    areas = auroc(calibration, (found.energies, found.errors), others)
    singles = {member.name: _right(answers(member, test.pictures), test) for member in trained.members}
    figures: dict[str, dict[str, Any]] = {
        "held out": {"pictures": len(held_out), "accuracy": _right(reader.read(held_out.pictures).probabilities, held_out)},
        "test": {"pictures": len(test), "accuracy": _right(found.probabilities, test)}
        | {f"accuracy of {n}": a for n, a in singles.items()}
        | {"tags": _by_digit(found.probabilities, test)},
        "is_digit": {
            "worst_auroc": round(worst(areas), 4),
            "auroc": {name: round(value, 4) for name, value in areas.items()},
            "test digits taken for digits": _share(calibration, (found.energies, found.errors), least),
            "taken for digits": {name: _share(calibration, answers, least) for name, answers in others.items()},
        },
    }
    for part, values in figures.items():
        log.info("%s: %s", part, values)
    return figures


def _by_digit(scores: NDArray[np.float32], written: Written) -> dict[str, dict[str, Any]]:
    """Of each digit that is there: how many pictures show it, and the share of them that is read right."""
    places = {label: np.flatnonzero(written.digits == digit) for digit, label in enumerate(LABELS)}
    return {
        label: {"images": len(rows), "accuracy": _right(scores[rows], written.rows(rows))} for label, rows in places.items() if len(rows)
    }


def _share(calibration: Calibration, answers: Answers, least: float) -> float:
    return round(float((calibration.is_digit(*answers) >= least).mean()), 4)


def _right(scores: NDArray[np.float32], written: Written) -> float:
    return round(float((scores.argmax(axis=1) == written.digits).mean()), 4)
