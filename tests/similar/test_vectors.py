"""Features become vectors whose angles are those that the head sees."""

import numpy as np
import pytest

from service.models import open_model
from service.similar.vectors import Projection, codes_of, projection_matrix
from tests.similar.films import some_features


@pytest.fixture(scope="module")
def kernel():
    """A layer that looks at few directions."""
    random = np.random.default_rng(3)
    return (random.standard_normal((2048, 100)) @ random.standard_normal((100, 300))).astype(np.float32)


def cosines(rows):
    rows = rows.astype(np.float64)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


def test_angles_are_those_that_the_layer_sees(kernel):
    features = some_features(40)[:, 0].astype(np.float32)
    features -= features.mean(axis=1, keepdims=True)
    assert np.abs(cosines(features @ projection_matrix(kernel)) - cosines(features @ kernel)).max() < 0.01


def test_what_all_features_have_in_common_tells_nothing(kernel):
    matrix = projection_matrix(kernel)
    assert np.abs(np.ones(2048) @ matrix).max() < 1e-2 * np.linalg.norm(matrix, axis=0).min()


def test_a_layer_that_is_narrower_than_a_vector_serves_too(kernel):
    narrow = projection_matrix(kernel[:, :20])
    assert (narrow.shape, np.linalg.matrix_rank(narrow)) == ((2048, 256), 20)


def test_the_shipped_head_projects_the_same_every_time():
    model, features = open_model(), some_features(5, views=3)
    vectors = Projection(model).vectors(features)
    assert (vectors.dtype.name, vectors.shape, np.abs(vectors).max(axis=1).tolist()) == ("int8", (5, 256), [127] * 5)
    assert np.array_equal(vectors, Projection(model).vectors(features))
    assert not Projection(model).vectors(np.zeros((1, 1, 2048), np.float16)).any()


def test_codes_are_the_signs():
    vectors = np.full((2, 256), -5, np.int8)
    vectors[1, [0, 100, 255]] = 1
    codes = codes_of(vectors)
    assert (codes.shape, np.bitwise_count(codes).sum(axis=1).tolist()) == ((2, 4), [0, 3])
