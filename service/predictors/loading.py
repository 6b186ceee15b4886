"""From an installed model to its networks, whatever it is for."""

from typing import Any

from service.models import Installed, Model
from service.predictors.batching import Networks
from service.predictors.detector import Detector
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.digits import Digits
from service.predictors.tagger import Tagger


def networks_of(model: Installed[Any]) -> Networks:
    """Check the files, and begin to load. Raises BundleError, VocabularyError."""
    whole: Installed[Any] = model.kind.read(model.bundle.folder)
    if isinstance(whole, Model):
        return Tagger(whole.bundle, whole.vocabulary)
    if isinstance(whole.bundle, DetectorBundle):
        return Detector(whole.bundle)
    return Digits(whole.bundle)
