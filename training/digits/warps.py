"""Digits as other hands would have written them: affine and elastic distortions (Simard, Steinkraus and Platt, ICDAR 2003)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from service.predictors.predictions import DIGIT_SIDE

Pictures = NDArray[np.uint8]  # (n, 28, 28), bright ink on a dark ground
SIDE = DIGIT_SIDE  # pixels
_FIELDS = 2048  # elastic fields that are drawn at once; each picture takes two of them


@dataclass(frozen=True)
class Warp:
    """How far a digit may be bent: uniformly up to each bound, either way."""

    turn: float = 10.0  # degrees
    scale: float = 0.1  # of its size, each axis on its own
    shear: float = 0.1  # of its height
    shift: float = 2.0  # pixels
    elastic: float = 1.0  # pixels, standard deviation of the displacement
    smooth: float = 4.5  # pixels over which neighbours move together


class Warper:
    """Bends pictures anew at every call, by a seed of its own."""

    def __init__(self, warp: Warp, seed: int) -> None:
        self._warp = warp
        self._random = np.random.default_rng(seed)
        self._fields = self._draw_fields()
        middle = (SIDE - 1) / 2
        rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32) - np.float32(middle)
        self._places = np.stack([columns, rows, np.ones_like(rows)], axis=-1)  # (28, 28, 3)
        self._middle = np.float32(middle)

    def __call__(self, pictures: Pictures, strength: float = 1.0) -> Pictures:
        """Bent copies of `pictures` (n, 28, 28); `strength` from 0 to 1 is the share of every bound of the warp."""
        maps = self._places @ self._affine(len(pictures), strength).transpose(0, 2, 1)[:, None] + self._middle  # (n, 28, 28, 2)
        maps += self._elastic(len(pictures), strength)
        bent = [cv2.remap(picture, places, None, cv2.INTER_LINEAR) for picture, places in zip(pictures, maps, strict=True)]
        return np.stack(bent)

    def _affine(self, count: int, strength: float) -> NDArray[np.float32]:
        """(n, 2, 3): from a place in the bent picture to one in the given picture, both from the middle."""
        warp = self._warp

        def draw(low: float, high: float, size: int | tuple[int, int]) -> NDArray[np.float64]:
            return self._random.uniform(low * strength, high * strength, size)

        turn = np.deg2rad(draw(-warp.turn, warp.turn, count))
        wide, high = np.exp(draw(-warp.scale, warp.scale, (2, count)))
        shear = draw(-warp.shear, warp.shear, count)
        across, down = draw(-warp.shift, warp.shift, (2, count))
        cosine, sine = np.cos(turn), np.sin(turn)
        first = np.stack([cosine * wide, (shear * cosine - sine) * high, across], axis=-1)
        second = np.stack([sine * wide, (shear * sine + cosine) * high, down], axis=-1)
        return np.stack([first, second], axis=1).astype(np.float32)

    def _elastic(self, count: int, strength: float) -> NDArray[np.float32]:
        """(n, 28, 28, 2) pixels; fields are shared in ever new pairs, and drawn anew now and then."""
        if self._random.random() < count / _FIELDS / 4:
            self._fields = self._draw_fields()
        across, down = self._random.integers(_FIELDS, size=(2, count))
        far = self._random.uniform(0, self._warp.elastic * strength, (count, 1, 1, 1)).astype(np.float32)
        return np.stack([self._fields[across], self._fields[down]], axis=-1) * far

    def _draw_fields(self) -> NDArray[np.float32]:
        noise = self._random.uniform(-1, 1, (_FIELDS, SIDE, SIDE)).astype(np.float32)
        size = int(3 * self._warp.smooth) * 2 + 1
        fields = np.stack([cv2.GaussianBlur(field, (size, size), self._warp.smooth, borderType=cv2.BORDER_CONSTANT) for field in noise])
        return np.asarray(fields / fields.std(), np.float32)
