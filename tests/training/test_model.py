import keras
import numpy as np
import pytest

from training.model import apply_head, build_head, head_weights, merge_heads

FEATURES = np.random.default_rng(0).normal(2, 3, (20, 6)).astype(np.float32)
MEAN, SCALE = FEATURES.mean(axis=0), FEATURES.std(axis=0)


def probabilities(head):
    return keras.ops.convert_to_numpy(head((FEATURES - MEAN) / SCALE, training=False))


def test_folded_weights_answer_like_the_keras_head():
    head = build_head(4, hidden=5, dropout=0.3, features=6)
    assert apply_head(head_weights(head, MEAN, SCALE), FEATURES) == pytest.approx(probabilities(head), abs=1e-5)


def test_merged_heads_answer_the_geometric_mean_of_their_answers():
    heads = [build_head(4, hidden=5, dropout=0.0, features=6) for _ in range(3)]
    mean = np.exp(np.mean([np.log(probabilities(head)) for head in heads], axis=0))
    merged = apply_head(merge_heads([head_weights(head, MEAN, SCALE) for head in heads]), FEATURES)
    assert merged == pytest.approx(mean / mean.sum(axis=1, keepdims=True), abs=1e-5)


def test_the_head_is_a_softmax():
    assert probabilities(build_head(4, hidden=5, dropout=0.0, features=6)).sum(axis=1) == pytest.approx(1, abs=1e-5)
