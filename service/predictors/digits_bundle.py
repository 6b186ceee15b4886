"""A digit reader's bundle: a folder with its networks and bundle.json, which says how their answers make `is_digit`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.predictors.facts import DIGITS, FACTS, facts_sha256, must_name, read_facts, refuse, understood, verify_files

SHIPPED_DIGITS = Path(__file__).parent.parent / "bundles" / "digits"
LABELS = tuple("0123456789")
CLASSIFIER, AUTOENCODER, LAYERS = "digits", "autoencoder", "layers"  # names of the networks' files
_NEEDED = ("calibration", "min_is_digit", "layers")
_FARTHEST = 50.0  # log-odds; the exponential of more is no number


@dataclass(frozen=True)
class Calibration:
    """Log-odds that a picture is a digit: bias + energy * (the classifier's energy) + error * log(reconstruction error)."""

    bias: float
    energy: float
    error: float

    def is_digit(self, energies: NDArray[np.float32], errors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (n,) of energies (n,) and reconstruction errors (n,)."""
        logs = np.log(np.maximum(errors.astype(np.float64), 1e-9))
        odds = self.bias + self.energy * energies.astype(np.float64) + self.error * logs
        return np.asarray(1 / (1 + np.exp(-odds.clip(-_FARTHEST, _FARTHEST))), np.float32)


@dataclass(frozen=True)
class DigitsBundle:
    """A reader of digits on disk, as bundle.json tells of it."""

    folder: Path
    name: str
    version: str
    labels: tuple[str, ...]  # "0" to "9"
    calibration: Calibration
    min_is_digit: float  # from which ink is taken for a digit
    layers: tuple[str, ...]  # outputs of the network that shows what each layer makes of a digit
    facts_sha256: str


def read_digits_bundle(folder: Path = SHIPPED_DIGITS, *, check_files: bool = True) -> DigitsBundle:
    """Read and check a bundle. Raises BundleError when a file is missing or altered, or an entry cannot be understood.

    A process that loads no network may leave the files unchecked.
    """
    facts = read_facts(folder, DIGITS, _NEEDED)
    must_name(folder, facts, [f"{network}.{part}" for network in (CLASSIFIER, AUTOENCODER, LAYERS) for part in ("xml", "bin")])
    with understood(folder):
        bundle = _parse(folder, facts)
    _check_values(bundle)
    if check_files:
        verify_files(folder, facts["files"])
    return bundle


def _parse(folder: Path, facts: Mapping[str, Any]) -> DigitsBundle:
    return DigitsBundle(
        folder=folder,
        name=facts["name"],
        version=facts["version"],
        labels=tuple(facts["labels"]),
        calibration=Calibration(**{name: float(value) for name, value in facts["calibration"].items()}),
        min_is_digit=float(facts["min_is_digit"]),
        layers=tuple(facts["layers"]),
        facts_sha256=facts_sha256(facts),
    )


def _check_values(bundle: DigitsBundle) -> None:
    refuse(
        bundle.folder / FACTS,
        {
            f"labels: {', '.join(LABELS)}": bundle.labels != LABELS,
            "min_is_digit: from 0 to 1": not 0 <= bundle.min_is_digit <= 1,
            "layers: names, each once": not all(isinstance(name, str) for name in bundle.layers)
            or len(set(bundle.layers)) < len(bundle.layers)
            or not bundle.layers,
            "calibration: finite numbers": not np.isfinite(list(vars(bundle.calibration).values())).all(),
        },
    )
