"""The weights of a bundle's backbone in 32 bits, in Keras: slower than what is served, and without its rounding."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from service.files import file_sha256
from training.features import Forward
from training.model import build_backbone
from training.start import start_weights


@dataclass(frozen=True)
class FloatBackbone:
    """Recovered from the INT8 network of a bundle."""

    bundle: Path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"float {file_sha256(self.bundle / 'backbone.bin')}".encode()).hexdigest()

    def open(self) -> Forward:
        backbone = build_backbone(start_weights(str(self.bundle)))
        pooled = keras.Model(backbone.input, backbone.output["features"])

        def features(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
            return np.asarray(pooled.predict(pictures.astype(np.float32) / 127.5 - 1, batch_size=32, verbose=0), np.float32)

        return features
