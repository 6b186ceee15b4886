import keras
import numpy as np
import pytest

from training.model import build_head, head_weights
from training.weights import apply_head, merge_heads

FEATURES = np.random.default_rng(0).normal(2, 3, (20, 6)).astype(np.float32)
MEAN, BASIS = FEATURES.mean(axis=0), np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32)


def probabilities(head):
    return keras.ops.convert_to_numpy(head((FEATURES - MEAN) @ BASIS, training=False))


def test_folded_weights_answer_like_the_keras_head():
    head = build_head(4, hidden=5, dropout=0.3, features=4)
    assert apply_head(head_weights(head, MEAN, BASIS), FEATURES) == pytest.approx(probabilities(head), abs=1e-5)


def test_merged_heads_answer_the_geometric_mean_of_their_answers():
    heads = [build_head(4, hidden=5, dropout=0.0, features=4) for _ in range(3)]
    mean = np.exp(np.mean([np.log(probabilities(head)) for head in heads], axis=0))
    merged = apply_head(merge_heads([head_weights(head, MEAN, BASIS) for head in heads]), FEATURES)
    assert merged == pytest.approx(mean / mean.sum(axis=1, keepdims=True), abs=1e-5)


def test_the_head_is_a_softmax():
    assert probabilities(build_head(4, hidden=5, dropout=0.0, features=4)).sum(axis=1) == pytest.approx(1, abs=1e-5)
