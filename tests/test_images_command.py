"""movietags objects and digits: tables, JSON, drawings, bad pictures among good ones."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from service.cli import main
from tests.detectors import write_detector
from tests.images.files import PDF, file_of, plain

SEEN = {"rows": np.array([[[16, 8, 48, 24, 0.9, 2], [0, 0, 32, 32, 0.5, 0], [0, 0, 8, 8, 0.2, 1]]], np.float32)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two pictures, with a detector in use that sees a horse, a cat and perhaps a dog in everything."""
    monkeypatch.setenv("MOVIETAGS_MODELS_DIR", str(tmp_path / "models"))
    write_detector(tmp_path / "models" / "own-detector@1.0.0", SEEN, {"name": "boxes", "outputs": ["rows"]}, overlap=None)
    (tmp_path / "models" / "in-use-objects").write_text("own-detector@1.0.0\n")
    (tmp_path / "meadow.png").write_bytes(file_of(plain(size=(640, 320)), "PNG"))
    (tmp_path / "paper.pdf").write_bytes(PDF)
    return tmp_path


def run(*arguments: object, code: int = 0):
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done


def test_objects_are_a_table_in_the_order_of_their_scores(folder):
    assert run("objects", folder / "meadow.png").stdout.splitlines() == [
        "meadow.png  (640x320, PNG)",
        "  horse  0.90  320x160 at 160,80",
        "  cat    0.50  320x320 at 0,0",
    ]


def test_objects_in_json_are_one_line_a_picture(folder):
    found = json.loads(run("objects", "--json", "--min-score", 0.1, "--labels", "dog, cat", folder / "meadow.png").stdout)
    assert (found["file"], found["width"]) == (str(folder / "meadow.png"), 640)
    assert [each["label"] for each in found["objects"]] == ["cat", "dog"]
    assert json.loads(run("objects", "--json", "--max", 1, folder / "meadow.png").stdout)["objects"] == [
        {"label": "horse", "score": 0.9, "box": {"x": 160.0, "y": 80.0, "width": 320.0, "height": 160.0}}
    ]


def test_nothing_found_is_said(folder):
    assert "no objects" in run("objects", "--min-score", 1, folder / "meadow.png").stdout


def test_pictures_are_drawn_into_a_folder_and_none_over_another(folder):
    (folder / "other").mkdir()
    (folder / "other" / "meadow.png").write_bytes((folder / "meadow.png").read_bytes())
    run("objects", "--draw", folder / "drawn" / "here", folder / "meadow.png", folder / "other" / "meadow.png")
    assert sorted(path.name for path in (folder / "drawn" / "here").iterdir()) == ["meadow.png-2.jpg", "meadow.png.jpg"]
    with Image.open(folder / "drawn" / "here" / "meadow.png.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (640, 320))


def test_a_folder_that_cannot_be_written_is_one_line(folder):
    (folder / "file").write_text("")
    done = run("objects", "--draw", folder / "file" / "x", folder / "meadow.png", code=1)
    assert "cannot be written" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_bad_picture_is_reported_and_the_others_go_on(folder):
    done = run("objects", "--json", folder / "paper.pdf", folder / "meadow.png", folder / "none.jpg", code=1)
    assert json.loads(done.stdout)["file"].endswith("meadow.png")
    assert "paper.pdf cannot be read" in done.stderr and "a PDF document" in done.stderr
    assert "none.jpg cannot be read" in done.stderr and "2 of 3 pictures failed" in done.stderr


def test_a_label_that_there_is_not_is_one_line(folder):
    done = run("objects", "--labels", "hose", folder / "meadow.png", code=1)
    assert done.stderr.startswith("Error: There is no label 'hose'") and "horse" in done.stderr


@pytest.mark.parametrize("command", ["objects", "digits"])
def test_a_picture_must_be_named(command):
    assert "Missing argument" in run(command, code=2).stderr
