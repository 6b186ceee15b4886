"""Score pictures by the tags of a bundle: backbone, head and the network for sensitive tags."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.predictors.bundle import TaggerBundle
from service.predictors.runtime import Network
from service.tags import Vocabulary
from service.timeline.aggregate import frame_scores


@dataclass(frozen=True)
class Predictions:
    """Rows are frames."""

    scores: NDArray[np.float32]  # (frames, tags) in vocabulary order, 0..1
    features: NDArray[np.float16]  # (frames, 2048) pooled activations of the backbone


class Tagger:
    """The networks of a bundle, loaded once and called often."""

    def __init__(self, bundle: TaggerBundle, vocabulary: Vocabulary, *, sensitive: bool = True) -> None:
        """Compile the networks; with `sensitive` off the tags of that network score 0 and it is not loaded."""
        self.bundle = bundle
        self.vocabulary = vocabulary
        self.uses_sensitive = sensitive
        self._backbone = Network(bundle.folder / "backbone.xml", "features")
        self._head = Network(bundle.folder / "head.xml", "scores")
        self._sensitive = Network(bundle.folder / "sensitive.xml", "scores") if sensitive else None
        self._columns = [vocabulary.index(label) for label in bundle.labels]

    def predict(self, views: NDArray[np.uint8]) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB; several views of a frame are averaged."""
        frames, count = views.shape[:2]
        features = self._backbone(views.reshape(-1, *views.shape[2:]))
        probabilities = self._head(features).reshape(frames, count, -1).mean(axis=1)
        scores = np.zeros((frames, len(self.vocabulary)), np.float32)
        scores[:, self._columns] = frame_scores(probabilities)
        self._add_sensitive(scores, views[:, 0])
        pooled = features.reshape(frames, count, -1).mean(axis=1).astype(np.float16)
        return Predictions(scores=scores, features=pooled)

    def _add_sensitive(self, scores: NDArray[np.float32], pictures: NDArray[np.uint8]) -> None:
        if self._sensitive is None:
            return
        rule = self.bundle.sensitive
        probabilities = self._sensitive(pictures)
        for tag, classes in rule.tags.items():
            scores[:, self.vocabulary.index(tag)] = probabilities[:, [rule.outputs.index(name) for name in classes]].sum(axis=1).clip(0, 1)
