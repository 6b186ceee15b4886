import json

import pytest

from service.errors import BundleError
from service.predictors.digits_bundle import Calibration, read_digits_bundle
from tests.digit_bundles import write_digits_bundle


def test_what_bundle_json_says_is_read(tmp_path):
    bundle = read_digits_bundle(write_digits_bundle(tmp_path))
    assert (bundle.name, bundle.version, bundle.labels) == ("rows", "1", tuple("0123456789"))
    assert bundle.calibration == Calibration(bias=0.0, energy=-10.0, error=1.0)
    assert bundle.layers == ("halves", "dense") and bundle.min_is_digit == 0.5


def test_two_contents_of_one_name_are_told_apart(tmp_path):
    first = read_digits_bundle(write_digits_bundle(tmp_path))
    assert read_digits_bundle(write_digits_bundle(tmp_path, min_is_digit=0.6)).facts_sha256 != first.facts_sha256


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "tagger"}, "task 'tagger'"),
        ({"labels": ["1", "2"]}, "labels: 0, 1"),
        ({"min_is_digit": 2}, "min_is_digit: from 0 to 1"),
        ({"layers": []}, "layers: names"),
        ({"layers": ["a", "a"]}, "layers: names"),
        ({"calibration": {"bias": 1}}, "cannot be understood"),
        ({"calibration": {"bias": 1, "energy": "much", "error": 1}}, "cannot be understood"),
        ({"calibration": {"bias": "inf", "energy": 1, "error": 1}}, "finite"),
        ({"files": {}}, r"does not name digits\.xml"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path, changes, message):
    with pytest.raises(BundleError, match=message):
        read_digits_bundle(write_digits_bundle(tmp_path, **changes))


def test_a_missing_entry_is_named(tmp_path):
    path = write_digits_bundle(tmp_path) / "bundle.json"
    facts = json.loads(path.read_text())
    del facts["calibration"]
    path.write_text(json.dumps(facts))
    with pytest.raises(BundleError, match="lacks calibration"):
        read_digits_bundle(tmp_path)


def test_an_altered_file_is_refused_unless_files_are_not_looked_at(tmp_path):
    (write_digits_bundle(tmp_path) / "layers.bin").write_bytes(b"other")
    read_digits_bundle(tmp_path, check_files=False)
    with pytest.raises(BundleError, match=r"layers\.bin is not the file"):
        read_digits_bundle(tmp_path)
