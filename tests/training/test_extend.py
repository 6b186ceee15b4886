import numpy as np
import pytest

from service.timeline.aggregate import frame_scores
from training.extend import extended
from training.weights import apply_head

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(20, 6)).astype(np.float32)


def head(hidden, tags, *, background=0.0):
    kernel, bias = RNG.normal(size=(hidden, tags + 1)), RNG.normal(size=tags + 1)
    kernel[:, -1] *= background
    bias[-1] *= background
    values = (RNG.normal(size=(6, hidden)), RNG.normal(size=hidden), kernel, bias)
    return dict(zip(("dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias"), (np.float32(v) for v in values), strict=True))


@pytest.mark.parametrize("background", [0.0, 1.0])
def test_every_tag_keeps_its_scores(background):
    base, own = head(5, 4, background=background), head(3, 2)
    together = frame_scores(apply_head(extended(base, own), FEATURES))
    assert together[:, :4] == pytest.approx(frame_scores(apply_head(base, FEATURES)), abs=1e-5)
    assert together[:, 4:] == pytest.approx(frame_scores(apply_head(own, FEATURES)), abs=1e-5)


def test_a_head_may_be_extended_twice():
    heads = [head(5, 4), head(3, 1), head(2, 2)]
    together = frame_scores(apply_head(extended(extended(heads[0], heads[1]), heads[2]), FEATURES))
    assert together == pytest.approx(np.concatenate([frame_scores(apply_head(item, FEATURES)) for item in heads], axis=1), abs=1e-5)
