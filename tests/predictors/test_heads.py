import zipfile

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


def header(shape, kind="<f4"):
    """Of an array, as numpy writes it."""
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    text += b" " * (63 - (10 + len(text)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header((10**7, 10**7)), r"is said to be an array \(10000000, 10000000\)"),
        (header((2**63, 2**63)), "is said to be"),
        (header((-1, 5)), "not of float32"),
        (header((2, 2), "<U3") + bytes(48), "not of float32"),
        (header((4,)) + bytes(16), "not of float32"),
        (b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 15 + b"\n", "cannot be read as the weights"),
        (header((1, 1)) + np.float32(np.inf).tobytes(), "no number"),
    ],
)
def test_arrays_that_are_no_weights_are_refused_before_they_take_memory(tmp_path, content, message):
    with zipfile.ZipFile(tmp_path / "head.npz", "w") as archive:
        archive.writestr("dense_1/kernel.npy", content)
    with pytest.raises(BundleError, match=message):
        Head(tmp_path)


def test_an_encrypted_archive_is_refused(tmp_path):
    path = tmp_path / "head.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dense_1/kernel.npy", header((1, 1)) + bytes(4))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match="encrypted"):
        Head(tmp_path)
