import shutil
from dataclasses import replace

import pytest
from PIL import Image

from tests.training.data.pictures import SIZE, example, nearly, picture_file, texture
from training.data.checks import check_data
from training.data.examples import Part
from training.data.looking import BROKEN_SHARE


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Sixty sound pictures of two tags."""
    folder = tmp_path_factory.mktemp("sound")
    return [example(picture_file(folder / f"{seed}.png", seed), "war" if seed % 2 else "food") for seed in range(60)]


def parts_of(examples, **others):
    return {item.name: others.get(item.path.stem, "validation" if number % 6 < 2 else "train") for number, item in enumerate(examples)}


def findings(report):
    return {finding.kind: (finding.severity, finding.items) for finding in report.findings}


def test_sound_data_has_no_finding(sound):
    report = check_data(sound, parts_of(sound), ["war", "food"])
    assert report.findings == ()
    assert report.sound
    assert report.images == 60


def test_an_image_that_does_not_decode_is_named_with_the_reason(sound, tmp_path):
    cut = tmp_path / "cut.jpg"
    texture(1, (400, 300)).save(cut)
    cut.write_bytes(cut.read_bytes()[:-4000])
    severity, (item,) = findings(check_data([*sound, example(cut, "war")]))["broken"]
    assert severity == "warning"
    assert item.startswith("cut.jpg (cannot be read as one of JPEG")


def test_too_many_broken_images_prevent_training(sound, tmp_path):
    broken = []
    for number in range(int(BROKEN_SHARE * len(sound)) + 1):
        broken.append(example(tmp_path / f"broken-{number}.jpg", "war"))
        broken[-1].path.write_bytes(b"text")
    report = check_data([*sound, *broken])
    assert not report.sound
    assert report.findings[0].kind == "broken"


def test_tiny_and_animated_images_are_told(sound, tmp_path):
    small = tmp_path / "small.png"
    texture(98, (60, 40)).save(small)
    several = picture_file(tmp_path / "several.gif", 97, save_all=True, append_images=[texture(96, SIZE)])
    found = findings(check_data([*sound, example(small, "war"), example(several, "war")]))
    assert found["tiny"] == ("warning", ("small.png (60x40)",))
    assert found["animated"] == ("warning", ("several.gif (2)",))


def test_copies_and_near_duplicates_are_told_apart(sound, tmp_path):
    copy = example(shutil.copy(sound[3].path, tmp_path / "copy.png"), "war")
    near = example(nearly(tmp_path / "near.jpg", 8), "food")
    found = findings(check_data([*sound, copy, near]))
    assert found["copies"] == ("warning", ("3.png = copy.png",))
    assert found["near duplicates"] == ("warning", ("8.png = near.jpg",))
    assert "contradicting copies" not in found


def test_copies_with_different_tags_are_told(sound, tmp_path):
    copy = example(shutil.copy(sound[3].path, tmp_path / "copy.png"), "food")
    assert findings(check_data([*sound, copy]))["contradicting copies"] == ("warning", ("3.png = copy.png",))


def test_frames_of_one_film_may_be_alike(sound, tmp_path):
    frames = [replace(example(nearly(tmp_path / f"{number}.jpg", 99)), source="film", kind="film") for number in range(2)]
    frames[1].path.write_bytes(picture_file(tmp_path / "other.png", 99).read_bytes())
    assert "near duplicates" not in findings(check_data([*sound, *frames]))


def test_near_duplicates_in_different_parts_are_leaks(sound, tmp_path):
    examples = [*sound, example(nearly(tmp_path / "near.jpg", 8), "food"), example(nearly(tmp_path / "same.jpg", 10), "food")]
    parts = parts_of(examples, **{"8": "train", "near": "test", "10": "train", "same": "train"})
    assert findings(check_data(examples, parts))["leaks"] == ("warning", ("8.png (train) = near.jpg (test)",))


def test_a_tag_without_an_image_is_told_and_of_a_given_vocabulary_a_problem(sound):
    assert findings(check_data(sound, labels=["war", "food", "robot"]))["tags without images"] == ("warning", ("robot",))
    assert findings(check_data(sound, labels=["war", "food", "robot"], given=True))["tags without images"] == ("problem", ("robot",))


def test_a_tag_on_every_image_is_a_problem(sound):
    everywhere = [example(item.path, "drama", *item.tags) for item in sound]
    assert findings(check_data(everywhere))["tags everywhere"] == ("problem", ("drama",))


def test_tags_short_of_images_are_told(sound):
    parts: dict[str, Part] = {item.name: "train" if number < 10 else "test" for number, item in enumerate(sound)}
    found = findings(check_data(sound, parts))
    assert found["few images"] == ("warning", ("food (5)", "war (5)"))
    assert found["few judged"] == ("warning", ("food (0)", "war (0)"))


def test_a_tag_that_no_training_image_shows_is_a_problem(sound):
    parts: dict[str, Part] = {item.name: "train" if "war" in item.tags else "validation" for item in sound}
    assert findings(check_data(sound, parts))["tags not taught"] == ("problem", ("food",))


def test_a_picture_of_one_colour_is_no_trouble(tmp_path):
    for number in range(3):
        Image.new("RGB", SIZE, (0, 0, number)).save(tmp_path / f"{number}.png")
    report = check_data([example(tmp_path / f"{number}.png", "war") for number in range(3)])
    assert findings(report)["near duplicates"] == ("warning", ("0.png = 1.png", "1.png = 2.png"))
