"""Objects of films, by a detector that knows nothing but coloured patches."""

import json
import time
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

from service.errors import TaggingCancelled
from service.exports.text import film_table
from service.film_objects import DetectorFacts, FilmObjects, ShotObjects
from service.images.boxes import Box
from service.object_finder import find_objects
from service.pipeline import tag_film
from service.predictors.detector_input import LETTERBOX, DetectorInput
from service.records import Shot
from service.results import Parameters
from service.timeline.tracks import FoundObject
from tests import clips, seed
from tests.fakes import COLOURS, ColourTagger, PatchDetector, patch_bundle

PARAMETERS = Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None, objects=True)
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "result.schema.json").read_text())
RED, GREEN = (235, 20, 20), (20, 235, 20)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds with a red patch, then three with a green one."""
    path = tmp_path_factory.mktemp("films") / "patches.mp4"
    return clips.write(path, [*clips.patched(RED, 75), *clips.patched(GREEN, 75, 2)])


def tagged(path, **changes):
    result = tag_film(path, ColourTagger(), replace(PARAMETERS, **changes), detector=PatchDetector())
    return json.loads(json.dumps(result.to_json()))


@pytest.fixture(scope="module")
def answer(film):
    return tagged(film)


@pytest.mark.parametrize("precision", ["keyframe", "frame"])
@pytest.mark.parametrize("decoder", ["pyav", "opencv"])
def test_objects_are_found_where_they_are_shown(film, precision, decoder):
    result = tagged(film, precision=precision, decoder=decoder)
    jsonschema.validate(result, SCHEMA)
    objects = result["objects"]
    assert objects["model"] == {"name": "patches", "version": "1", "min_score": 0.4}
    assert [(frame["time_ms"], frame["shot"]) for frame in objects["frames"]] == [
        (frame["time_ms"], frame["shot"]) for frame in result["frames"]
    ]
    labels = [(frame["time_ms"] < 3000, [each["label"] for each in frame["objects"]]) for frame in objects["frames"]]
    assert {(early, *names) for early, names in labels} == {(True, "red thing"), (False, "green thing")}
    for track in objects["tracks"]:
        for each in track["boxes"]:
            assert list(each["box"].values()) == pytest.approx(clips.PATCH, abs=4)
            assert objects["frames"][each["frame"]]["objects"][0]["box"] == each["box"]


def test_tracks_cover_the_shots_that_show_them(film):
    result = tagged(film, precision="frame")
    tracks = result["objects"]["tracks"]
    assert tracks[0]["start_ms"] == 0 and tracks[-1]["end_ms"] == result["film"]["duration_ms"]
    assert all(one["end_ms"] == other["start_ms"] for one, other in pairwise(tracks))
    assert {track["label"] for track in tracks if track["start_ms"] < 3000} == {"red thing"}


def test_boxes_are_in_the_upright_film(tmp_path):
    path = clips.write(tmp_path / "turned.mp4", clips.patched(RED, 30), clips.Recipe(rotation=90))
    result = tagged(path)
    assert (result["film"]["width"], result["film"]["height"]) == (96, 160)
    left, top, width, height = clips.PATCH
    box = result["objects"]["tracks"][0]["boxes"][0]["box"]
    upright = {0: (left, top), 90: (96 - top - height, left), 270: (top, 160 - left - width)}[result["film"]["rotation"]]
    assert list(box.values()) == pytest.approx((*upright, height, width), abs=4)


def test_boxes_are_in_pixels_of_the_displayed_film(tmp_path):
    path = clips.write(tmp_path / "wide.mp4", clips.patched(RED, 30), clips.Recipe(aspect=Fraction(2)))
    result = tagged(path)
    assert (result["film"]["width"], result["film"]["height"]) == (320, 96)
    left, top, width, height = clips.PATCH
    box = result["objects"]["tracks"][0]["boxes"][0]["box"]
    assert list(box.values()) == pytest.approx((2 * left, top, 2 * width, height), abs=8)


def test_tags_are_the_same_with_and_without_objects(film, answer):
    alone = tag_film(film, ColourTagger(), replace(PARAMETERS, objects=False)).to_json()
    assert answer.keys() - alone.keys() == {"objects"}
    assert all(alone[part] == answer[part] for part in ("film", "scores", "tags", "segments", "shots"))


def test_a_letterboxed_network_gives_the_same_boxes():
    class Letterboxed(PatchDetector):
        def __init__(self):
            super().__init__()
            self.bundle = patch_bundle(input=DetectorInput(64, 64, resize=LETTERBOX))

    [(found,)] = find_objects(Letterboxed(), [next(clips.patched(RED, 1))])
    assert list(found.box.scaled(*clips.SIZE).to_json().values()) == pytest.approx(clips.PATCH, abs=4)


def test_a_cancelled_film_does_not_wait_for_the_detector(film):
    class Slow(PatchDetector):
        def detect(self, pictures, floor=0.05):
            time.sleep(30)
            return super().detect(pictures, floor)

    until = time.monotonic() + 2
    with pytest.raises(TaggingCancelled):
        tag_film(film, ColourTagger(), PARAMETERS, detector=Slow(), cancelled=lambda: time.monotonic() > until)
    assert time.monotonic() < until + 20


def test_a_detector_goes_with_the_parameter(film):
    with pytest.raises(ValueError, match="detector"):
        tag_film(film, ColourTagger(), PARAMETERS)
    with pytest.raises(ValueError, match="detector"):
        tagged(film, objects=False)


def test_frames_are_numbered_through_all_shots():
    horse = FoundObject("horse", 0.81234, Box(0.5, 0.5, 0.25, 0.125))
    shots = (ShotObjects(Shot(0, 4000), (1000, 3000), ((), (horse,))), ShotObjects(Shot(4000, 6000), (5000,), ((horse,),)))
    found = FilmObjects(DetectorFacts("patches", "1", 0.4), shots).to_json(seed.FACTS)
    assert [(track["shot"], track["boxes"][0]["frame"]) for track in found["tracks"]] == [(0, 1), (1, 2)]
    assert found["tracks"][0]["score"] == 0.8123
    assert found["tracks"][0]["boxes"][0]["box"] == {"x": 160.0, "y": 120.0, "width": 80.0, "height": 30.0}


def test_the_table_of_a_film_tells_its_objects(answer):
    assert "red thing (" in film_table(answer, COLOURS, "en")
    blind = {**answer, "objects": {**answer["objects"], "tracks": []}}
    assert "  objects: none found" in film_table(blind, COLOURS, "en")
    del blind["objects"]
    assert "objects" not in film_table(blind, COLOURS, "en")
