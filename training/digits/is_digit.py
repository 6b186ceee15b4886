"""Is a picture a digit at all? Calibrated of a reconstruction error and the classifier's energy, and measured set by set."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from service.predictors.digits_bundle import Calibration

Answers = tuple[NDArray[np.float32], NDArray[np.float32]]  # energies (n,) and reconstruction errors (n,)
APART = "letters like digits"  # neither calibrated on nor held to the bar


def calibrate(digits: Answers, others: Mapping[str, Answers]) -> Calibration:
    """Logistic regression (Platt 1999) of energy and log error; the digits together and each other set weigh the same."""
    sets = [digits, *(answers for name, answers in others.items() if name != APART)]
    features = np.concatenate([_features(answers) for answers in sets])
    truth = np.concatenate([np.full(len(answers[0]), place == 0) for place, answers in enumerate(sets)])
    weights = np.concatenate(
        [np.full(len(answers[0]), (len(sets) - 1 if place == 0 else 1) / len(answers[0])) for place, answers in enumerate(sets)]
    )
    scale = features.std(axis=0)
    fitted = LogisticRegression(C=100.0).fit(features / scale, truth, sample_weight=weights * len(truth) / weights.sum())
    energy, error = (fitted.coef_[0] / scale).tolist()
    return Calibration(bias=float(fitted.intercept_[0]), energy=energy, error=error)


def auroc(calibration: Calibration, digits: Answers, others: Mapping[str, Answers]) -> dict[str, float]:
    """Area under the ROC curve of `is_digit`: digits against each set on its own."""
    return {name: area(calibration.is_digit(*digits), calibration.is_digit(*answers)) for name, answers in others.items()}


def worst(areas: Mapping[str, float]) -> float:
    """Of all sets but the letters that are digits to the eye."""
    return min(value for name, value in areas.items() if name != APART)


def area(digits: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    """The chance that a digit scores higher than one of the others; equal scores count half."""
    truth = np.concatenate([np.ones(len(digits)), np.zeros(len(others))])
    return float(roc_auc_score(truth, np.concatenate([digits, others])))


def _features(answers: Answers) -> NDArray[np.float64]:
    energies, errors = answers
    return np.stack([energies.astype(float), np.log(np.maximum(errors.astype(float), 1e-9))], axis=1)
