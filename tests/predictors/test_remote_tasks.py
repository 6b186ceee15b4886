"""Detectors and readers of digits in the inference process, beside the tagger, over real sockets."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from service.errors import BundleError, InferenceUnavailable
from service.models import DETECTORS, DIGIT_READERS, open_in_use
from service.predictors.predictions import DigitScores
from service.predictors.remote import RemoteDetector, RemoteDigits, RemoteTagger, inference_health
from tests.detectors import write_facts
from tests.fakes import COLOURS, ColourNetworks, PatchDetector, colour_bundle
from tests.predictors.test_remote import PATIENCE, pictures, serving_models

SIDE = {"width": 64, "height": 48}


class LoadedPatches(PatchDetector):
    def __init__(self, bundle):
        self.bundle = bundle
        self.batches = []

    def wait_until_loaded(self):
        pass

    def detect(self, pictures, floor=0.05):
        self.batches.append(len(pictures))
        return super().detect(pictures, floor)


class SumDigits:
    """Reads the digit that is the sum of a picture, modulo 10."""

    def __init__(self, bundle=None):
        self.bundle = bundle
        self.batches = []

    def wait_until_loaded(self):
        pass

    def read(self, pictures):
        self.batches.append(len(pictures))
        sums = pictures.sum(axis=(1, 2)).astype(np.float32)
        return DigitScores(np.eye(10, dtype=np.float32)[(sums % 10).astype(int)], -sums, sums / 7, sums / sums.max())

    def layers(self, picture):
        halves = picture.reshape(14, 2, 14, 2).mean(axis=(1, 3)).astype(np.float32)
        return {"first": np.stack([halves, -halves]), "dense": halves.reshape(-1, 1, 1)}


@pytest.fixture
def models(tmp_path):
    """A detector and a reader of digits in use, of which there is bundle.json alone."""
    folder = tmp_path / "models"
    for name in ("patches@1", "sums@1"):
        (folder / name).mkdir(parents=True)
    files = dict.fromkeys(
        (f"{name}.{part}" for name in ("objects", "digits", "autoencoder", "layers") for part in ("xml", "bin")), "0" * 64
    )
    rows = {"name": "boxes", "outputs": ["boxes", "scores"]}
    labels = ["red thing", "green thing", "blue thing"]
    own = {"name": "patches", "version": "1", "labels": labels, "input": SIDE, "convention": rows, "files": files}
    write_facts(folder / "patches@1", own)
    facts = {
        **{"schema_version": 1, "name": "sums", "version": "1", "task": "digits", "labels": list("0123456789"), "files": files},
        **{"calibration": {"bias": 0.0, "energy": 0.0, "error": 0.0}, "min_is_digit": 0.5, "layers": ["first", "dense"]},
    }
    (folder / "sums@1" / "bundle.json").write_text(json.dumps(facts))
    (folder / "in-use-objects").write_text("patches@1")
    (folder / "in-use-digits").write_text("sums@1")
    return folder


class Loader:
    """The fakes for each task, and which were asked for."""

    def __init__(self, broken=()):
        self.broken = broken
        self.made = {}

    def __call__(self, model):
        task = model.kind.task
        if task in self.broken:
            raise BundleError(f"{task} is broken")
        made = {"tagger": lambda _bundle: ColourNetworks(), "objects": LoadedPatches, "digits": SumDigits}[task](model.bundle)
        self.made[task] = made
        return made


@pytest.fixture
def path(tmp_path):
    return tmp_path / "inference.sock"


def detector(path: Path, models: Path) -> "closing[RemoteDetector]":
    return closing(RemoteDetector(open_in_use(models, DETECTORS).bundle, path, patience_seconds=PATIENCE))


def digits(path: Path, models: Path) -> "closing[RemoteDigits]":
    return closing(RemoteDigits(open_in_use(models, DIGIT_READERS).bundle, path, patience_seconds=PATIENCE))


def patched(count: int) -> np.ndarray:
    """As many patches as the place of the picture, modulo 4."""
    given = np.zeros((count, 48, 64, 3), np.uint8)
    for place in range(count):
        for colour in range(place % 4):
            given[place, 10 : 20 + place, 20 * colour : 20 * colour + 10, colour] = 200
    return given


def test_remote_objects_are_the_local_ones(path, models):
    given = patched(37)
    with serving_models(path, models, Loader()), detector(path, models) as remote:
        found = remote.detect(given, 0.3)
        assert remote.detect(given[:0]) == []
    expected = PatchDetector().detect(given, 0.3)
    assert [len(one) for one in found] == [len(one) for one in expected] == [place % 4 for place in range(37)]
    for one, other in zip(found, expected, strict=True):
        for name in ("boxes", "scores", "labels"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_remote_digits_are_the_local_ones(path, models):
    given = np.random.default_rng(0).integers(0, 255, (300, 28, 28), np.uint8)
    with serving_models(path, models, Loader()), digits(path, models) as remote:
        found, layers = remote.read(given[:200]), remote.layers(given[0])
    for name, values in vars(SumDigits().read(given[:200])).items():
        np.testing.assert_array_equal(getattr(found, name), values)
    assert {name: values.shape for name, values in layers.items()} == {"first": (2, 14, 14), "dense": (196, 1, 1)}
    np.testing.assert_array_equal(layers["first"], SumDigits().layers(given[0])["first"])


def test_many_clients_at_once_share_batches(path, models):
    given = np.random.default_rng(0).integers(0, 255, (64, 1, 28, 28), np.uint8)
    loader = Loader()
    with serving_models(path, models, loader), digits(path, models) as remote, ThreadPoolExecutor(16) as pool:
        found = list(pool.map(remote.read, given))
    for answer, picture in zip(found, given, strict=True):
        np.testing.assert_array_equal(answer.probabilities, SumDigits().read(picture).probabilities)
    assert sum(loader.made["digits"].batches) == 64
    assert len(loader.made["digits"].batches) < 64


def test_each_task_is_loaded_when_it_is_asked_for_and_told_by_health(path, models):
    loader = Loader()
    with serving_models(path, models, loader), detector(path, models) as remote:
        assert list(loader.made) == ["tagger"]
        remote.detect(patched(3))
        assert list(loader.made) == ["tagger", "objects"]
        told = inference_health(path)
    assert told["model"] == told["tasks"]["tagger"]["model"] == "colours"
    objects = told["tasks"]["objects"]
    assert (objects["model"], objects["version"], objects["loaded"], objects["requests"], objects["frames"]) == ("patches", "1", True, 1, 3)
    assert told["tasks"]["digits"] == {"loaded": False, "failure": None}


def test_a_task_that_cannot_be_loaded_stops_no_other(path, models):
    with serving_models(path, models, Loader(broken=["objects"])), detector(path, models) as remote:
        with pytest.raises(InferenceUnavailable, match="the model patches@1 cannot be loaded: objects is broken"):
            remote.detect(patched(1))
        assert inference_health(path)["tasks"]["objects"]["failure"] == "objects is broken"
        with closing(RemoteTagger(colour_bundle(), COLOURS, path, patience_seconds=PATIENCE)) as tagger:
            assert tagger.predict(pictures(1)).scores.shape == (1, 4)
        with digits(path, models) as reader:
            assert reader.read(np.ones((1, 28, 28), np.uint8)).probabilities.shape == (1, 10)


def test_what_the_networks_do_not_take_is_refused(path, models):
    with serving_models(path, models, Loader()), detector(path, models) as objects, digits(path, models) as reader:
        with pytest.raises(InferenceUnavailable, match="pictures of 48x48x3; this model takes 48x64x3"):
            objects.detect(np.zeros((1, 48, 48, 3), np.uint8))
        with pytest.raises(InferenceUnavailable, match="pictures of 28x27; this model takes 28x28"):
            reader.read(np.zeros((1, 28, 27), np.uint8))
        with pytest.raises(ValueError, match="a floor of 2"):
            objects.detect(patched(1), floor=2.0)
