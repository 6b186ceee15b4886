"""What the three kinds of predictors are and what they answer, without the library that runs them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.predictors.bundle import TaggerBundle
from service.predictors.detections import Detections
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.digits_bundle import DigitsBundle
from service.tags import Vocabulary

FEATURES = 2048  # pooled activations of the backbone
FLOOR = 0.05  # score below which a detection is not told at all
DIGIT_SIDE, DIGIT_CLASSES = 28, 10


@dataclass(frozen=True)
class Predictions:
    """Rows are frames."""

    scores: NDArray[np.float32]  # (frames, tags) in vocabulary order, 0..1
    features: NDArray[np.float16]  # (frames, views, 2048) pooled activations of the backbone, of each view


@dataclass(frozen=True)
class DigitScores:
    """Rows are pictures. Raises ValueError where the arrays do not belong together."""

    probabilities: NDArray[np.float32]  # (n, 10)
    energies: NDArray[np.float32]  # (n,) of the classifier: the lower, the surer it is of some digit
    errors: NDArray[np.float32]  # (n,) of the autoencoder's reconstruction
    is_digit: NDArray[np.float32]  # (n,) 0..1, calibrated from both

    def __post_init__(self) -> None:
        rows = len(self.probabilities)
        shapes = (self.probabilities.shape, self.energies.shape, self.errors.shape, self.is_digit.shape)
        if shapes != ((rows, DIGIT_CLASSES), (rows,), (rows,), (rows,)):
            raise ValueError(
                f"probabilities, energies, errors and is_digit of the shapes {shapes}; (n, {DIGIT_CLASSES}) and (n,) are needed."
            )


class Predictor(Protocol):
    """What the pipeline needs of a tagger."""

    bundle: TaggerBundle
    vocabulary: Vocabulary

    def predict(self, views: NDArray[np.uint8]) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB."""


class ObjectDetector(Protocol):
    """Finds objects in pictures that have the network's size already (service.predictors.detector_input)."""

    @property
    def bundle(self) -> DetectorBundle:
        """What it was made of."""

    def detect(self, pictures: NDArray[np.uint8], floor: float = FLOOR) -> list[Detections]:
        """What is in each of `pictures` (n, height, width, 3), RGB, from the score `floor` on; boxes are fractions of these pictures."""


class DigitReader(Protocol):
    """Reads digits that were brought to the size of MNIST's (service.digits)."""

    @property
    def bundle(self) -> DigitsBundle:
        """What it was made of."""

    def read(self, pictures: NDArray[np.uint8]) -> DigitScores:
        """Read `pictures` (n, 28, 28), ink bright on dark."""

    def layers(self, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Activations (channels, height, width) of each layer by its name, for one picture (28, 28)."""
