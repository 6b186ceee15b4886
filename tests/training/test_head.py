import numpy as np

from training.head import HeadRecipe, ViewBatches, train_heads
from training.weights import apply_head

RECIPE = HeadRecipe(components=3, hidden=8, dropout=0.0, epochs=30, batch=16, learning_rate=0.03, weight_decay=0.0, seeds=(0, 1))
KINDS = np.arange(60) % 3
VIEWS = np.stack([np.eye(3)[KINDS] + noise for noise in (0.0, 0.05)]).astype(np.float16)
LABELS = np.concatenate([np.eye(3)[KINDS], np.ones((len(KINDS), 3))], axis=1).astype(np.float32)
WEIGHTS = np.ones(60, np.float32)


def test_a_head_learns_a_vocabulary_of_any_size():
    weights = train_heads(VIEWS, (1, 1), LABELS, WEIGHTS, RECIPE)
    assert weights["dense_2/kernel"].shape == (16, 4)
    assert (apply_head(weights, VIEWS[0]).argmax(axis=1) == KINDS).all()


def test_the_same_seeds_give_the_same_head():
    first, second = (train_heads(VIEWS, (1, 1), LABELS, WEIGHTS, RECIPE) for _ in range(2))
    assert np.allclose(first["dense_1/kernel"], second["dense_1/kernel"], atol=1e-5)


def test_an_epoch_looks_at_every_image_once():
    batches = ViewBatches(np.arange(10, dtype=np.float16).reshape(1, 10, 1), (1,), LABELS[:10], WEIGHTS[:10], batch=4, seed=0)
    assert sorted(float(value) for index in range(len(batches)) for value in batches[index][0].ravel()) == list(range(10))


def test_a_view_without_a_share_is_never_taken():
    views = np.stack([np.zeros((10, 1)), np.ones((10, 1))]).astype(np.float16)
    batches = ViewBatches(views, (0, 1), LABELS[:10], WEIGHTS[:10], batch=10, seed=0)
    assert batches[0][0].tolist() == [[1.0]] * 10
