import numpy as np
import pytest

from training.projection import ROWS, principal

RNG = np.random.default_rng(0)


def spread(images, features=6):
    """Features that vary mainly along one direction."""
    return (RNG.normal(size=(images, 1)) * np.arange(1, features + 1) + 0.1 * RNG.normal(size=(images, features))).astype(np.float16)


@pytest.mark.parametrize("images", [4, 50])
def test_the_first_component_holds_most_of_what_varies(images):
    values = spread(images)
    variances = principal(values, 3)(values).astype(np.float32).var(axis=0)
    assert variances[0] > 10 * variances[1:].sum()


def test_without_components_features_are_standardised():
    values = spread(300)
    found = principal(values, 0)(values).astype(np.float32)
    assert found.mean(axis=0) == pytest.approx(0, abs=0.01)
    assert found.std(axis=0) == pytest.approx(1, abs=0.02)


def test_there_are_no_more_components_than_images():
    assert principal(spread(4), 512)(spread(2)).shape == (2, 4)


def test_many_images_are_taken_in_pieces():
    values = spread(ROWS + 100)
    pieces, whole = principal(values, 2), np.linalg.svd(standard(values), full_matrices=False)[2][0]
    direction = pieces.basis[:, 0] * values.astype(np.float32).std(axis=0)
    assert abs(direction @ whole) == pytest.approx(1, abs=1e-2)
    assert pieces(values).shape == (ROWS + 100, 2)


def standard(values):
    wide = values.astype(np.float32)
    return (wide - wide.mean(axis=0)) / wide.std(axis=0)


def test_a_feature_that_never_changes_stays_finite():
    assert np.isfinite(principal(np.ones((20, 5), np.float16), 3)(np.ones((2, 5), np.float16))).all()
