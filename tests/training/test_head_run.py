import shutil

import cv2
import numpy as np
import pytest

from service.models import model_at
from service.predictors.bundle import SHIPPED_TAGGER
from service.predictors.heads import Head
from service.timeline.aggregate import frame_scores
from tests.training.fake_backbone import FakeBackbone
from training.config import RunConfig
from training.errors import ConfigError, DataError, RunError
from training.features import image_features
from training.head_run import HeadOrder, run_head
from training.weights import apply_head

BASE = model_at(SHIPPED_TAGGER, check_files=False)
COLOURS = {"lion": (200, 160, 60), "sea": (30, 60, 220), "war": (90, 90, 80)}
CONFIG = RunConfig.model_validate(
    {"head": {"epochs": 8, "seeds": [0], "hidden": 16, "components": 0, "learning_rate": 0.01, "views": {"whole": 1}}}
)
rng = np.random.default_rng(0)


def paint(path, colour):
    """Rough shapes of a colour; no two alike, or they would be near duplicates."""
    shapes = np.kron(rng.integers(-40, 41, (8, 8, 3)), np.ones((5, 5, 1)))
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.clip(shapes + colour[::-1], 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Class folders of twelve images each, told apart by their colour, one image broken."""
    folder = tmp_path_factory.mktemp("head")
    for tag, colour in COLOURS.items():
        for number in range(12):
            paint(folder / "images" / tag / f"{number}.png", colour)
    (folder / "images" / "lion" / "0.png").write_bytes(b"no image")
    return folder


class Darker(FakeBackbone):
    """Features that differ, as those in 8 bits do."""

    def _features(self, pictures):
        return super()._features(pictures) * 0.5


def order(folder, out="run", **given):
    data = given.pop("data", (folder / "images",))
    return HeadOrder(data, folder / out, BASE, given.pop("backbone", None) or FakeBackbone(), folder / "cache", **given)


@pytest.fixture(scope="module")
def finished(folder):
    """A run that was broken off between its features of training and of validation images, and went on."""
    with pytest.raises(KeyboardInterrupt):
        run_head(order(folder, backbone=FakeBackbone(stops_after=1)), CONFIG)
    backbone = FakeBackbone()
    run, parts = run_head(order(folder, backbone=backbone), CONFIG)
    return run, parts, backbone


def test_a_run_leaves_all_that_the_bundle_and_the_report_are_made_of(finished):
    run, _, _ = finished
    assert run.facts.labels == ("lion", "sea", "war")
    assert run.read_json("thresholds.json").keys() == set(COLOURS)
    assert run.head()["dense_2/kernel"].shape == (16, 4)
    assert len(run.history()) == 8
    with np.load(run.path / "answers.npz") as answers:
        right = [tag in name for name in answers["names"] for tag in answers["tags"]]
        assert ((answers["scores"].ravel() > 0.5) == right).mean() > 0.9


def test_what_was_broken_off_goes_on_with_the_features_it_has_and_never_looks_at_the_test_part(finished):
    _, parts, backbone = finished
    assert sum(backbone.fed) == len(parts["validation"]) > 0


def test_a_broken_image_is_not_used(folder, finished):
    _, parts, _ = finished
    assert folder / "images" / "lion" / "0.png" not in {item.path for part in ("train", "validation") for item in parts[part]}


def test_a_run_whose_head_is_written_goes_on_without_training_until_it_has_a_report(folder, finished):
    run, parts, _ = finished
    written = (run.path / "head.npz").stat()
    again, same = run_head(order(folder), CONFIG)
    assert (again.path / "head.npz").stat() == written
    assert same == parts
    shutil.copytree(folder / "images", folder / "copy")
    with pytest.raises(RunError, match="other data"):
        run_head(order(folder, data=(folder / "copy",)), CONFIG)


def test_a_finished_run_is_not_written_over(folder, finished):
    (finished[0].path / "report.html").touch()
    with pytest.raises(RunError, match=str(finished[0].path)):
        run_head(order(folder), CONFIG)


def test_own_tags_of_several_data_stand_beside_the_base(folder):
    for number in range(8):
        paint(folder / "a:b" / "snow" / f"{number}.png", (250, 250, 250))
    run, parts = run_head(order(folder, "extended", data=(folder / "images", folder / "a:b"), extend=True), CONFIG)
    assert run.facts.labels == (*BASE.bundle.labels, "lion", "sea", "snow")
    assert run.facts.data == (str(folder / "images"), str(folder / "a:b"))
    thresholds = run.read_json("thresholds.json")
    assert {tag: thresholds[tag] for tag in BASE.vocabulary.ids} == BASE.bundle.thresholds
    assert set(thresholds) == {*BASE.vocabulary.ids, "lion", "sea", "snow"}
    features = image_features(FakeBackbone(), parts["validation"], ["whole"], folder / "cache").views[0]
    with np.load(run.path / "answers.npz") as answers:
        expected = Head(BASE.bundle.folder).scores(features[:, None, :])
        assert answers["scores"][:, : len(BASE.bundle.labels)] == pytest.approx(expected, abs=1e-5)


def test_figures_are_of_the_features_that_are_served(folder, finished):
    run, parts = run_head(order(folder, "float", backbone=FakeBackbone(sha256="1" * 64), served=Darker(sha256="2" * 64)), CONFIG)
    features = image_features(Darker(sha256="2" * 64), parts["validation"], ["whole"], folder / "cache").views[0]
    with np.load(run.path / "answers.npz") as answers, np.load(finished[0].path / "answers.npz") as others:
        assert answers["scores"] == pytest.approx(frame_scores(apply_head(run.head(), features)), abs=1e-5)
        assert not np.allclose(answers["scores"], others["scores"], atol=1e-3)


def test_a_refitted_head_has_seen_the_validation_images_and_its_answers_have_not(folder, finished):
    refit = CONFIG.model_copy(update={"head": CONFIG.head.model_copy(update={"refit": True})})
    again, _ = run_head(order(folder, "again"), refit)
    with np.load(finished[0].path / "answers.npz") as one, np.load(again.path / "answers.npz") as other:
        assert one["scores"] == pytest.approx(other["scores"], abs=1e-5)
    assert not np.allclose(finished[0].head()["dense_1/kernel"], again.head()["dense_1/kernel"], atol=1e-3)


def test_all_images_in_one_tag_are_refused_before_anything_is_written(folder):
    for number in range(8):
        paint(folder / "lone" / "lion" / f"{number}.png", COLOURS["lion"])
    with pytest.raises(DataError, match="_none"):
        run_head(order(folder, "never", data=(folder / "lone",)), CONFIG)
    assert not (folder / "never").exists()


def test_a_vocabulary_with_a_tag_without_images_is_refused_before_the_work(folder):
    backbone = FakeBackbone()
    (folder / "tags.yaml").write_text("tags: [{id: lion}, {id: sea}, {id: war}, {id: tiger}]")
    with pytest.raises(DataError, match="tiger"):
        run_head(order(folder, "never", backbone=backbone, vocabulary=folder / "tags.yaml"), CONFIG)
    assert backbone.fed == []


@pytest.mark.parametrize(("views", "told"), [({"film-1": 1.0}, "begin with 'whole'"), ({"whole": 1.0, "odd": 1.0}, "'odd'"), ({}, "begin")])
def test_views_that_cannot_be_served_are_refused(folder, views, told):
    config = CONFIG.model_copy(update={"head": CONFIG.head.model_copy(update={"views": views})})
    with pytest.raises(ConfigError, match=told):
        run_head(order(folder, "never"), config)
