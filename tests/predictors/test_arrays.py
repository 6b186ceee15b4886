import numpy as np
import pytest

from service.predictors.arrays import Arrays, arrays_of, with_arrays
from service.predictors.sockets import Message, ProtocolError


def test_arrays_come_back_as_they_were_sent():
    sent: Arrays = {
        "pictures": np.arange(24, dtype=np.uint8).reshape(2, 3, 4)[:, ::2],
        "scores": np.array([[0.25], [0.5]], np.float32),
        "none": np.zeros((2, 0, 4), np.float32),
        "labels": np.array([7, 8]),
    }
    message = with_arrays({"ok": True}, sent)
    assert message.header["ok"] is True
    found = arrays_of(message)
    assert list(found) == list(sent)
    for name, array in sent.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    ("told", "body", "message"),
    [
        (None, b"", "not a type and a shape"),
        ({"a": "uint8"}, b"", "not of a type and a shape"),
        ({"a": ["object", [1]]}, b"12345678", "allowed are uint8"),
        ({"a": ["uint8", [-1]]}, b"1", "sizes from 0 on"),
        ({"a": ["uint8", ["1"]]}, b"1", "sizes from 0 on"),
        ({"a": ["float32", [2]]}, b"1234", "not all of its 8 bytes"),
        ({"a": ["uint8", [2]]}, b"123", "1 bytes behind"),
    ],
)
def test_what_does_not_describe_its_body_is_refused(told, body, message):
    with pytest.raises(ProtocolError, match=message):
        arrays_of(Message({"arrays": told}, body))
