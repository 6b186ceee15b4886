import numpy as np
import pytest

from service.errors import BundleError
from service.predictors.heads import ROWS, Head


@pytest.fixture
def folder(tmp_path):
    """A head of two tags and the background that looks at the first two features."""
    first, second = np.zeros((2048, 3), np.float32), np.eye(3, dtype=np.float32)
    first[0, 0] = first[1, 1] = 1
    none = np.zeros(3, np.float32)
    np.savez(tmp_path / "head.npz", **{"dense_1/kernel": first, "dense_1/bias": none, "dense_2/kernel": second, "dense_2/bias": none})  # type: ignore[arg-type]
    return tmp_path


def test_a_long_film_is_scored_row_by_row_as_a_short_one(folder):
    features = np.random.default_rng(0).random((ROWS + 5, 1, 2048)).astype(np.float16)
    scores = Head(folder).scores(features)
    assert scores.shape == (ROWS + 5, 2)
    assert np.allclose(scores[-5:], Head(folder).scores(features[-5:]))
    assert np.allclose(scores[:, 0], 1 / (1 + np.exp(-features[:, 0, 0].astype(np.float32))), atol=1e-5)


def test_the_views_of_a_frame_are_averaged_as_probabilities(folder):
    features = np.zeros((1, 2, 2048), np.float16)
    features[0, 0, 0] = 20
    # One view is all first tag, the other a third of everything.
    assert Head(folder).scores(features)[0] == pytest.approx([0.8, 0.5], abs=1e-3)


@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_weights_that_cannot_be_read_are_named(tmp_path, content):
    if content is not None:
        (tmp_path / "head.npz").write_bytes(content)
    with pytest.raises(BundleError, match=r"head\.npz cannot be read"):
        Head(tmp_path)
