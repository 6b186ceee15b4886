"""Score pictures by the tags of a bundle: backbone, head and the network for sensitive tags."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from service.predictors.bundle import TaggerBundle
from service.predictors.heads import view_scores, weighed
from service.predictors.predictions import FEATURES, Predictions
from service.predictors.runtime import Network, gives
from service.tags import Vocabulary

MAP = "map"  # the backbone's output before the pooling


class Tagger:
    """The networks of a bundle, loaded once and called often."""

    def __init__(self, bundle: TaggerBundle, vocabulary: Vocabulary, *, sensitive: bool = True) -> None:
        """Begin to load the networks; with `sensitive` off the tags of that network score 0 and it is not loaded.

        Loading goes on in the background, so that a film can be opened meanwhile; the first prediction waits for it.
        """
        self.bundle = bundle
        self.vocabulary = vocabulary
        self._columns = [vocabulary.index(label) for label in bundle.labels]
        outputs = {"backbone": "features", "head": "scores"} | ({"sensitive": "scores"} if sensitive and bundle.sensitive.tags else {})
        loader = ThreadPoolExecutor(len(outputs))
        self._networks: dict[str, Future[Network]] = {
            name: loader.submit(Network, bundle.folder / f"{name}.xml", output) for name, output in outputs.items()
        }
        loader.shutdown(wait=False)
        self._mapper: Network | None = None  # loaded when it is first asked for: few ask, and the backbone alone predicts quicker
        self._at_work = threading.Lock()  # the networks' queues serve one caller at a time

    def wait_until_loaded(self) -> None:
        """Raises BundleError where a network cannot be loaded."""
        for network in self._networks.values():
            network.result()

    def predict(self, views: NDArray[np.uint8], *, sensitive: bool = True) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB; several views of a frame are averaged.

        With `sensitive` off that network is left out of this call.
        """
        frames, count = views.shape[:2]
        with self._at_work:
            features = self.features(views.reshape(-1, *views.shape[2:]))
            scores = np.zeros((frames, len(self.vocabulary)), np.float32)
            scores[:, self._columns] = view_scores(self.probabilities(features), frames)
            if sensitive:
                self._add_sensitive(scores, views[:, 0])
        return Predictions(scores, features.reshape(frames, count, -1).astype(np.float16))

    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pooled activations (n, 2048) of pictures (n, side, side, 3), RGB."""
        return self._networks["backbone"].result()(pictures)

    def maps(self, pictures: NDArray[np.uint8]) -> NDArray[np.float16]:
        """Last activations (n, rows, columns, 2048) of pictures (n, side, side, 3) before the pooling, whose means are the features.

        No rows and no columns where the bundle's backbone does not give them. Raises BundleError where it cannot be loaded once more.
        """
        backbone = self.bundle.folder / "backbone.xml"
        with self._at_work:
            if self._mapper is None:
                if not gives(backbone, MAP):
                    return np.empty((len(pictures), 0, 0, FEATURES), np.float16)
                self._mapper = Network(backbone, MAP, alone=True)
            return self._mapper(pictures).astype(np.float16)

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
