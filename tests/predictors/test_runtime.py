import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from service.errors import BundleError
from service.predictors.runtime import Network


@pytest.fixture
def doubling(tmp_path):
    """A network with two outputs: twice and three times the sum of a row."""
    row = ops.parameter([-1, 3], np.float32)
    total = ops.reduce_sum(row, np.array([1]), keep_dims=True)
    outputs = []
    for name, factor in (("twice", 2.0), ("thrice", 3.0)):
        output = ops.multiply(total, np.float32(factor))
        output.output(0).set_names({name})
        outputs.append(output)
    path = tmp_path / "doubling.xml"
    ov.save_model(ov.Model(outputs, [row]), path, compress_to_fp16=False)
    return path


@pytest.mark.parametrize("rows", [1, 2, 3, 17])
def test_any_number_of_rows_comes_back_in_order(doubling, rows):
    given = np.arange(rows * 3, dtype=np.float32).reshape(rows, 3)
    assert np.array_equal(Network(doubling, "twice", batch=2)(given)[:, 0], given.sum(axis=1) * 2)


def test_the_output_asked_for_is_the_one_that_comes(doubling):
    assert Network(doubling, "thrice")(np.ones((1, 3), np.float32)).tolist() == [[9.0]]


def test_a_network_that_cannot_be_loaded_is_named(tmp_path):
    path = tmp_path / "broken.xml"
    path.write_text("<net/>")
    with pytest.raises(BundleError, match=r"broken\.xml"):
        Network(path, "scores")
