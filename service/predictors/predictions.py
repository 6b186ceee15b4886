"""What a tagger is and what it answers, without the library that runs it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.predictors.bundle import TaggerBundle
from service.tags import Vocabulary

FEATURES = 2048  # pooled activations of the backbone


@dataclass(frozen=True)
class Predictions:
    """Rows are frames."""

    scores: NDArray[np.float32]  # (frames, tags) in vocabulary order, 0..1
    features: NDArray[np.float16]  # (frames, views, 2048) pooled activations of the backbone, of each view


class Predictor(Protocol):
    """What the pipeline needs of a tagger."""

    bundle: TaggerBundle
    vocabulary: Vocabulary

    def predict(self, views: NDArray[np.uint8]) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB."""
