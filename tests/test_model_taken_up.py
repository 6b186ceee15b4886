"""Each process takes another model up by itself: the inference process, the workers, the stills of the API."""

import contextlib
import threading
import time

import numpy as np
import pytest

from service.api.image_desk import ImageDesk
from service.errors import BundleError
from service.model_in_use import ModelInUse
from service.model_install import install
from service.models import TAGGERS, find_model, model_at, use
from service.predictors.remote import RemoteTagger, inference_health
from service.predictors.server import run_inference_server
from service.results import Parameters
from service.worker.main import _RemoteTaggers
from tests.api.serving import service_in
from tests.bundles import write_bundle
from tests.fakes import ColourNetworks

SECONDS = 30.0
PARAMETERS = Parameters("keyframe", "pyav", False, True, None, None)


@pytest.fixture
def models(tmp_path):
    """Two installed ones; the shipped one is in use."""
    folder = tmp_path / "data" / "models"
    for name in ("one", "two"):
        install(folder, write_bundle(tmp_path / name, name=name))
    return folder


def choose(models, name):
    use(models, find_model(models, name))


class NamedNetworks(ColourNetworks):
    def __init__(self, model):
        super().__init__()
        self.bundle = model.bundle


@contextlib.contextmanager
def inference(path, models, load=NamedNetworks):
    stop = threading.Event()
    arguments = {"stop": stop, "models": models, "load": load}
    thread = threading.Thread(target=run_inference_server, args=(path,), kwargs=arguments)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def await_model(path, name):
    end = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(Exception):
            if inference_health(path)["model"] == name:
                return
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_inference_process_changes_its_networks_and_keeps_its_socket(models, tmp_path):
    path = tmp_path / "inference.sock"
    choose(models, "one")
    with inference(path, models):
        await_model(path, "one")
        place = path.stat().st_ino
        choose(models, "two")
        await_model(path, "two")
        assert path.stat().st_ino == place
    assert not path.exists()


def test_the_former_networks_stay_where_the_next_cannot_be_opened(models, tmp_path):
    path, refused = tmp_path / "inference.sock", threading.Event()

    def load(model):
        if model.bundle.name == "two":
            refused.set()
            raise BundleError("backbone.bin is not the file that bundle.json names")
        return NamedNetworks(model)

    choose(models, "one")
    with inference(path, models, load):
        await_model(path, "one")
        choose(models, "two")
        assert refused.wait(SECONDS)
        await_model(path, "one")
        choose(models, "movietags-tagger")
        await_model(path, "movietags-tagger")


class UnloadableNetworks(NamedNetworks):
    def __init__(self, model, tried):
        super().__init__(model)
        self._tried = tried

    def wait_until_loaded(self):
        self._tried.set()
        raise BundleError("backbone.xml cannot be loaded by OpenVINO")


def test_the_former_networks_stay_in_use_where_the_next_are_whole_but_cannot_be_loaded(models, tmp_path):
    path, tried = tmp_path / "inference.sock", threading.Event()

    def load(model):
        return UnloadableNetworks(model, tried) if model.bundle.name == "two" else NamedNetworks(model)

    choose(models, "one")
    with inference(path, models, load):
        await_model(path, "one")
        choose(models, "two")
        assert tried.wait(SECONDS)
        end = time.monotonic() + SECONDS
        while not (told := inference_health(path))["failure"]:
            assert time.monotonic() < end
        assert (told["model"], told["loaded"]) == ("one", True)
        assert "cannot be loaded by OpenVINO" in told["failure"]
        one = model_at(models / "one@1.0.0")
        remote = RemoteTagger(one.bundle, one.vocabulary, path, patience_seconds=SECONDS)
        assert len(remote.predict(np.ones((1, 1, 299, 299, 3), np.uint8)).scores) == 1
        remote.close()
        choose(models, "movietags-tagger")
        await_model(path, "movietags-tagger")


def test_a_worker_asks_for_the_model_in_use_when_a_film_begins(models, tmp_path):
    service = service_in(tmp_path / "data")
    tagger_for = _RemoteTaggers(service)
    first = tagger_for(PARAMETERS)
    assert tagger_for(PARAMETERS) is first
    choose(models, "one")
    service.models._look()
    second = tagger_for(PARAMETERS)
    assert (first.bundle.name, second.bundle.name, second.vocabulary.ids) == ("movietags-tagger", "one", ("crowd", "empty street"))
    service.close()


def test_stills_are_tagged_with_the_model_in_use(models, tmp_path):
    service = service_in(tmp_path / "data")
    desk = ImageDesk(service.settings)
    assert desk.tagger(service) is desk.tagger(service)
    choose(models, "two")
    service.models._look()
    assert desk.tagger(service).bundle.name == "two"
    desk.close()
    service.close()


def test_changes_are_looked_for_once_a_second(models):
    in_use = ModelInUse(models, TAGGERS)
    choose(models, "one")
    end = time.monotonic() + SECONDS
    while in_use.now().bundle.name != "one":
        assert time.monotonic() < end
        time.sleep(0.05)
