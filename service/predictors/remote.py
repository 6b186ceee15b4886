"""Predictors that live in the inference process: the same answers, and no network in this one. Threads may share them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.predictors.bundle import TaggerBundle
from service.predictors.client import InferenceClient
from service.predictors.client import inference_health as inference_health
from service.predictors.detections import Detections
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.digits_bundle import DigitsBundle
from service.predictors.operations import Detect, Maps, Predict, ReadDigits, ReadLayers
from service.predictors.predictions import FLOOR, DigitScores, Predictions
from service.tags import Vocabulary

PATIENCE_SECONDS = 60.0


class _Remote:
    """What all of them have."""

    def __init__(self, socket_path: Path, patience_seconds: float) -> None:
        self._client = InferenceClient(socket_path, patience_seconds)

    def close(self) -> None:
        """Close the connections; the next request opens one again."""
        self._client.close()


class RemoteTagger(_Remote):
    """Asks for the scores of frames."""

    def __init__(
        self,
        bundle: TaggerBundle,
        vocabulary: Vocabulary,
        socket_path: Path,
        *,
        sensitive: bool = True,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Nothing is asked yet. `bundle` must be the one that the process has loaded: it refuses others."""
        super().__init__(socket_path, patience_seconds)
        self.bundle = bundle
        self.vocabulary = vocabulary
        self._operation = Predict(sensitive)

    def predict(self, views: NDArray[np.uint8]) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB.

        Raises InferenceUnavailable when nobody has answered for `patience_seconds`, or the request is refused.
        """
        parts = self._client.ask(self._operation, self.bundle, views)
        return Predictions(np.concatenate([part.scores for part in parts]), np.concatenate([part.features for part in parts]))

    def maps(self, pictures: NDArray[np.uint8]) -> NDArray[np.float16]:
        """Last activations (n, rows, columns, 2048) of one or more `pictures` (n, side, side, 3), RGB, before the pooling.

        No rows and no columns where the model's backbone does not give them. The network for it is loaded by the first request.
        Raises InferenceUnavailable.
        """
        return np.concatenate(self._client.ask(Maps(), self.bundle, pictures))


class RemoteDetector(_Remote):
    """Asks for the objects in pictures."""

    def __init__(self, bundle: DetectorBundle, socket_path: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Nothing is asked yet; the first request has the network loaded. The process refuses a bundle that is not in use."""
        super().__init__(socket_path, patience_seconds)
        self.bundle = bundle

    def detect(self, pictures: NDArray[np.uint8], floor: float = FLOOR) -> list[Detections]:
        """What is in each of `pictures` (n, height, width, 3), RGB, from the score `floor` on. Raises InferenceUnavailable."""
        return [found for part in self._client.ask(Detect(floor), self.bundle, pictures) for found in part]


class RemoteDigits(_Remote):
    """Asks which digits pictures show."""

    def __init__(self, bundle: DigitsBundle, socket_path: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Nothing is asked yet; the first request has the networks loaded. The process refuses a bundle that is not in use."""
        super().__init__(socket_path, patience_seconds)
        self.bundle = bundle

    def read(self, pictures: NDArray[np.uint8]) -> DigitScores:
        """Read one or more `pictures` (n, 28, 28), ink bright on dark. Raises InferenceUnavailable."""
        parts = self._client.ask(ReadDigits(), self.bundle, pictures)
        return DigitScores(*(np.concatenate(arrays) for arrays in zip(*(vars(part).values() for part in parts), strict=True)))

    def layers(self, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Activations (channels, height, width) of each layer by its name. Raises InferenceUnavailable."""
        return self._client.ask(ReadLayers(), self.bundle, picture[np.newaxis])[0][0]
