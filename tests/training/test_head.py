import numpy as np
import pytest

from training.config import HeadConfig
from training.errors import ConfigError
from training.head import SMALLEST_BATCH, Lesson, ViewBatches, batch_of, train_heads
from training.weights import apply_head

CONFIG = HeadConfig().model_copy(
    update={
        "components": 3,
        "hidden": 8,
        "dropout": 0.0,
        "epochs": 30,
        "batch": 16,
        "learning_rate": 0.03,
        "weight_decay": 0.0,
        "seeds": (0,),
    }
)
KINDS = np.arange(60) % 3
VIEWS = np.stack([np.eye(3)[KINDS] + noise for noise in (0.0, 0.05)]).astype(np.float16)
LABELS = np.concatenate([np.eye(3)[KINDS], np.ones((len(KINDS), 3))], axis=1).astype(np.float32)
LESSON = Lesson(VIEWS, LABELS, np.ones(60, np.float32))


def changed(**entries):
    return CONFIG.model_copy(update=entries)


@pytest.mark.parametrize("loss", ["odds", "softmax"])
def test_a_head_learns_a_vocabulary_of_any_size(loss):
    weights = train_heads(LESSON, None, changed(loss=loss)).weights
    assert weights["dense_2/kernel"].shape == (8, 4)
    assert (apply_head(weights, VIEWS[0]).argmax(axis=1) == KINDS).all()


def test_one_tag_alone_is_learned_from_all_features():
    lesson = Lesson(VIEWS, LABELS[:, [0, 3]], LESSON.weights)
    scores = apply_head(train_heads(lesson, None, changed(components=0)).weights, VIEWS[0])
    assert ((scores[:, 0] > scores[:, 1]) == (KINDS == 0)).all()


def test_the_same_seed_gives_the_same_head():
    fitted = train_heads(LESSON, None, changed(epochs=2, seeds=(4, 4)))
    kernel = fitted.weights["dense_1/kernel"]
    assert np.allclose(kernel[:, :8], kernel[:, 8:], atol=1e-5)
    assert [(row["seed"], row["epoch"]) for row in fitted.history] == [(4, 1), (4, 2), (4, 1), (4, 2)]
    assert fitted.history[1]["loss"] < fitted.history[0]["loss"]
    assert (fitted.best_epochs, fitted.history[0]["validation_map"]) == ((2, 2), "")


def test_training_stops_when_nothing_gets_better_and_keeps_the_best():
    """Validation images that are labelled against all others: the better they are learned, the worse these are answered."""
    wrong = LABELS.copy()
    wrong[:, :3] = np.roll(LABELS[:, :3], 1, axis=1)
    fitted = train_heads(LESSON, Lesson(VIEWS[:1], wrong, LESSON.weights), changed(patience=3))
    assert len(fitted.history) < CONFIG.epochs
    assert len(fitted.history) == fitted.best_epochs[0] + 3
    assert fitted.history[-1]["validation_loss"] > fitted.history[0]["validation_loss"]


def test_an_epoch_looks_at_every_image_once():
    lesson = Lesson(np.arange(10, dtype=np.float16).reshape(1, 10, 1), LABELS[:10], LESSON.weights[:10])
    batches = ViewBatches(lesson, (1,), batch=4, seed=0)
    assert sorted(float(value) for index in range(len(batches)) for value in batches[index][0].ravel()) == list(range(10))


def test_a_view_without_a_share_is_never_taken():
    views = np.stack([np.zeros((10, 1)), np.ones((10, 1))]).astype(np.float16)
    batches = ViewBatches(Lesson(views, LABELS[:10], LESSON.weights[:10]), (0, 1), batch=10, seed=0)
    assert batches[0][0].tolist() == [[1.0]] * 10


def test_few_images_are_taken_in_smaller_batches():
    assert batch_of(10_000, changed(batch=256)) == 256
    assert batch_of(400, changed(batch=256)) == 20
    assert batch_of(30, changed(batch=256)) == SMALLEST_BATCH


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers that overflow
def test_a_loss_that_is_no_number_ends_the_training():
    with pytest.raises(ConfigError, match=r"head\.learning_rate"):
        train_heads(LESSON, None, changed(learning_rate=1e30))
