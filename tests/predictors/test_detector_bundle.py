import json
from typing import Any

import numpy as np
import pytest

from service.errors import BundleError
from service.predictors.detection.boxes import Boxes, Columns
from service.predictors.detection.nanodet import NanoDet
from service.predictors.detection.yolox import Yolox
from service.predictors.detector_bundle import SHIPPED_OBJECTS, Convention, read_detector_bundle
from tests.detectors import LABELS, write_detector, write_facts

ROWS = {"rows": np.zeros((1, 1, 6))}
AS_ROWS = {"name": "boxes", "outputs": ["rows"]}


def test_conventions_are_read_with_their_fields(tmp_path):
    cases: list[tuple[str, dict[str, Any], Convention]] = [
        ("n", {"name": "nanodet", "strides": [8], "scores": ["a"], "distances": ["b"]}, NanoDet(64, 32, 3, (8,), ("a",), ("b",))),
        ("y", {"name": "yolox", "strides": [8], "output": "a", "decoded": True}, Yolox(64, 32, 3, (8,), "a", decoded=True)),
        ("b", {**AS_ROWS, "columns": {"boxes": 2, "score": 1, "label": 0}}, Boxes(64, 32, 3, ("rows",), columns=Columns(2, 1, 0))),
    ]
    for name, entry, wanted in cases:
        bundle = read_detector_bundle(write_detector(tmp_path / name, ROWS, entry))
        assert bundle.convention == wanted
        assert bundle.labels == LABELS


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"convention": {"name": "ssd"}}, "allowed are nanodet, yolox, boxes"),
        ({"convention": {**AS_ROWS, "form": "corners"}}, "form 'corners'"),
        ({"convention": {**AS_ROWS, "outputs": []}}, "names of 1 or 2 or 3 outputs"),
        ({"convention": {**AS_ROWS, "classes": [1, 1, 2]}}, "3 different whole numbers"),
        ({"convention": {**AS_ROWS, "odd": 1}}, "cannot be understood"),
        ({"convention": {"name": "nanodet", "strides": [0], "scores": ["a"]}}, "strides"),
        ({"convention": {"name": "nanodet", "strides": [8, 16, 32], "scores": ["a", "b"]}}, "names of 1 or 3 outputs"),
        ({"convention": 7}, "cannot be understood"),
        ({"input": {"width": 0, "height": 32}}, "width and height"),
        ({"input": {"width": 64, "height": 32, "colour": "YUV"}}, "colour is one of RGB, BGR"),
        ({"input": {"width": 64, "height": 32, "resize": "crop"}}, "resize is one of stretch, letterbox"),
        ({"input": {"width": 64, "height": 32, "std": [1, 0, 1]}}, "std above 0"),
        ({"input": {"width": 64, "height": 32, "mean": ["a", 0, 1]}}, "three numbers"),
        ({"min_score": 1.5}, "min_score"),
        ({"overlap": -1}, "overlap"),
        ({"most": 0}, "most"),
        ({"network": "objects.pb"}, "does not name objects.pb"),
        ({"labels": ["a" * 81, "b", "c"]}, "80 characters"),
        ({"task": "tagger"}, "task"),
    ],
)
def test_what_a_bundle_may_not_say(tmp_path, facts, told):
    folder = write_detector(tmp_path / "bundle", ROWS, AS_ROWS)
    write_facts(folder, {"convention": AS_ROWS, **facts})
    with pytest.raises(BundleError, match=told):
        read_detector_bundle(folder)


def test_an_altered_network_is_refused_where_files_are_checked(tmp_path):
    folder = write_detector(tmp_path / "bundle", ROWS, AS_ROWS)
    (folder / "objects.bin").write_bytes(b"other")
    with pytest.raises(BundleError, match=r"objects\.bin"):
        read_detector_bundle(folder)
    assert read_detector_bundle(folder, check_files=False).name == "own-detector"


def test_weights_must_be_named_too(tmp_path):
    folder = write_detector(tmp_path / "bundle", ROWS, AS_ROWS)
    facts = json.loads((folder / "bundle.json").read_text())
    del facts["files"]["objects.bin"]
    (folder / "bundle.json").write_text(json.dumps(facts))
    with pytest.raises(BundleError, match=r"does not name objects\.bin"):
        read_detector_bundle(folder)


def test_the_shipped_detector_names_its_licence_and_its_figures():
    bundle = read_detector_bundle(SHIPPED_OBJECTS)
    facts = json.loads((SHIPPED_OBJECTS / "bundle.json").read_text(encoding="utf-8"))
    assert len(bundle.labels) == 80
    assert {entry["licence"] for entry in facts["licences"]} == {"Apache-2.0", "MIT"}
    assert "Apache License" in (SHIPPED_OBJECTS / "LICENSE.txt").read_text(encoding="utf-8")
    assert facts["metrics"]["published"]["mean_ap"] == 0.229
