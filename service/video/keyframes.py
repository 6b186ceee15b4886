"""Choosing the frames that stand for a shot: one to three, more only where a short film would have too few in all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from service.records import Shot
from service.video.geometry import Picture

SHORT_SHOT_MS = 4000  # below it one key frame stands for the shot
LONG_SHOT_MS = 10_000  # below it two, else three
FILM_KEY_FRAMES = 12  # of a film at least, where it has them: a film's score needs some frames to choose its best from
STEP_MS = 550  # candidates of a shot are at least this far apart; shorter than any shot that is detected
STEPS_PER_FILM = 2 * FILM_KEY_FRAMES  # in a short film they stand nearer, so that there is a choice
MAX_CANDIDATES = 24  # of the running shot; bounds memory
NEWEST = 4  # candidates that are never thinned out: they may belong to the next shot

MEASURED_SIDE = 320  # pixels of the longer side; sharpness depends on the size it is measured at
SIGNATURE_SIDE = 16  # pixels
BLACK_LUMA = 24  # a picture whose brightest percents stay below it is black
WHITE_LUMA = 231  # one whose darkest percents stay above it is white
TAIL_PERCENT = 2
BLURRED_RATIO = 0.4  # of the shot's median sharpness
DUPLICATE_LUMA = 3.0  # mean difference of two signatures

# What a fault weighs against distance from the middle of its part, where a part is 1 long.
EMPTY_PENALTY = 4.0
DUPLICATE_PENALTY = 2.0
BLUR_PENALTY = 0.6


@dataclass(frozen=True)
class Candidate:
    """A frame that may stand for its shot; what speaks for and against it is measured when there is a choice."""

    time_ms: int
    picture: Picture

    @cached_property
    def is_empty(self) -> bool:
        """Whether it is black or white all over."""
        dark, bright = np.percentile(self._luma, (TAIL_PERCENT, 100 - TAIL_PERCENT))
        return bool(bright < BLACK_LUMA or dark > WHITE_LUMA)

    @cached_property
    def sharpness(self) -> float:
        """Variance of the Laplacian."""
        return float(cv2.meanStdDev(cv2.Laplacian(self._luma, cv2.CV_32F))[1][0, 0]) ** 2

    @cached_property
    def signature(self) -> NDArray[np.float32]:
        """What tells duplicates."""
        return np.asarray(cv2.resize(self._luma, (SIGNATURE_SIDE, SIGNATURE_SIDE), interpolation=cv2.INTER_AREA), np.float32)

    @cached_property
    def _luma(self) -> NDArray[np.uint8]:
        luma = cv2.cvtColor(self.picture, cv2.COLOR_RGB2GRAY)
        scale = min(1.0, MEASURED_SIDE / max(luma.shape))
        small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else luma
        return np.asarray(small, np.uint8)


@dataclass
class Candidates:
    """The candidates of the running shot, few of them however long it gets."""

    step_ms: int = STEP_MS  # between two of them, at least
    _kept: list[Candidate] = field(default_factory=list)

    def wants(self, time_ms: int) -> bool:
        """Whether a frame of this time is far enough from the last one."""
        return not self._kept or time_ms - self._kept[-1].time_ms >= self.step_ms

    def add(self, candidate: Candidate) -> None:
        """Keep one; with too many, every second of the older ones goes."""
        self._kept.append(candidate)
        if len(self._kept) > MAX_CANDIDATES:
            self._kept = [*self._kept[:-NEWEST:2], *self._kept[-NEWEST:]]

    def has_from(self, time_ms: int) -> bool:
        """Whether one is kept of this time or later."""
        return bool(self._kept) and self._kept[-1].time_ms >= time_ms

    def take_before(self, time_ms: int) -> list[Candidate]:
        """Hand out, and forget, those before a time."""
        taken = [kept for kept in self._kept if kept.time_ms < time_ms]
        self._kept = self._kept[len(taken) :]
        return taken


def candidate_step_ms(film_ms: int | None) -> int:
    """How far apart candidates need to be in a film of this length (None where it is unknown)."""
    return STEP_MS if film_ms is None else min(STEP_MS, film_ms // STEPS_PER_FILM)


def wanted_key_frames(shot: Shot, film_ms: int | None) -> int:
    """How many key frames a shot gets: by its length, or its share of FILM_KEY_FRAMES in a short film."""
    length = shot.end_ms - shot.start_ms
    by_length = 1 if length < SHORT_SHOT_MS else 2 if length < LONG_SHOT_MS else 3
    by_share = math.ceil(FILM_KEY_FRAMES * length / film_ms) if film_ms else 0
    return max(by_length, min(by_share, FILM_KEY_FRAMES))


def choose_key_frames(shot: Shot, candidates: Sequence[Candidate], film_ms: int | None) -> list[Candidate]:
    """The best candidate of each equal part of the shot; at least one, faulty or not, and no second one that is faulty."""
    if len(candidates) == 1:
        return list(candidates)
    parts = wanted_key_frames(shot, film_ms)
    length = (shot.end_ms - shot.start_ms) / parts
    sharp = BLURRED_RATIO * float(np.median([each.sharpness for each in candidates]))
    chosen: list[Candidate] = []
    for part in range(parts):
        start = shot.start_ms + part * length
        inside = [each for each in candidates if start <= each.time_ms < start + length]
        ranked = sorted(
            (_penalty(each, chosen, sharp) + abs(each.time_ms - start - length / 2) / length, each.time_ms, each) for each in inside
        )
        if ranked and (not chosen or ranked[0][0] < DUPLICATE_PENALTY):
            chosen.append(ranked[0][2])
    return _without_empty(chosen) or [candidates[len(candidates) // 2]]


def _penalty(each: Candidate, chosen: Sequence[Candidate], sharp: float) -> float:
    duplicate = bool(chosen) and _difference(each, chosen[-1]) < DUPLICATE_LUMA
    return each.is_empty * EMPTY_PENALTY + duplicate * DUPLICATE_PENALTY + (each.sharpness < sharp) * BLUR_PENALTY


def _without_empty(chosen: list[Candidate]) -> list[Candidate]:
    """A black or white frame stands for a shot only where nothing else does."""
    return [each for each in chosen if not each.is_empty] or chosen[:1]


def _difference(one: Candidate, other: Candidate) -> float:
    return float(cv2.absdiff(one.signature, other.signature).mean())
