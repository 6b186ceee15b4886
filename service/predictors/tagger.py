"""Score pictures by the tags of a bundle: backbone, head and the network for sensitive tags."""

from concurrent.futures import Future, ThreadPoolExecutor
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
        """Begin to load the networks; with `sensitive` off the tags of that network score 0 and it is not loaded.

        Loading goes on in the background, so that a film can be opened meanwhile; the first prediction waits for it.
        """
        self.bundle = bundle
        self.vocabulary = vocabulary
        self._columns = [vocabulary.index(label) for label in bundle.labels]
        outputs = {"backbone": "features", "head": "scores"} | ({"sensitive": "scores"} if sensitive else {})
        loader = ThreadPoolExecutor(len(outputs))
        self._networks: dict[str, Future[Network]] = {
            name: loader.submit(Network, bundle.folder / f"{name}.xml", output) for name, output in outputs.items()
        }
        loader.shutdown(wait=False)

    def predict(self, views: NDArray[np.uint8]) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB; several views of a frame are averaged."""
        frames, count = views.shape[:2]
        features = self.features(views.reshape(-1, *views.shape[2:]))
        probabilities = self.probabilities(features).reshape(frames, count, -1).mean(axis=1)
        scores = np.zeros((frames, len(self.vocabulary)), np.float32)
        scores[:, self._columns] = frame_scores(probabilities)
        self._add_sensitive(scores, views[:, 0])
        pooled = features.reshape(frames, count, -1).mean(axis=1).astype(np.float16)
        return Predictions(scores=scores, features=pooled)

    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pooled activations (n, 2048) of pictures (n, side, side, 3), RGB."""
        return self._networks["backbone"].result()(pictures)

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Softmax (n, trained tags + background) of features (n, 2048)."""
        return self._networks["head"].result()(features)

    def _add_sensitive(self, scores: NDArray[np.float32], pictures: NDArray[np.uint8]) -> None:
        if "sensitive" not in self._networks:
            return
        rule = self.bundle.sensitive
        probabilities = self._networks["sensitive"].result()(pictures)
        for tag, classes in rule.tags.items():
            columns = [rule.outputs.index(name) for name in classes]
            scores[:, self.vocabulary.index(tag)] = weighed(probabilities[:, columns].sum(axis=1), rule.threshold[tag])


def weighed(probabilities: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    """Scores of the network for sensitive tags: 0.5 at its threshold, and low below, where it fires on any skin."""
    shown = np.clip(probabilities, 0, 1) * (1 - threshold)
    return np.asarray(shown / (shown + threshold * (1 - np.clip(probabilities, 0, 1))), np.float32)
