"""One task in the inference process: loaded when it is asked for, and never without the networks that it had."""

import threading
import time

import numpy as np
import pytest

from service.errors import BundleError
from service.models import Installed
from service.predictors.desk import Desk
from service.predictors.operations import Detect
from service.predictors.requests import Refused, model_of, request_message
from tests.fakes import PatchDetector, patch_bundle

SECONDS = 30.0
PICTURES = np.full((1, 48, 64, 3), (200, 0, 0), np.uint8)


class Chosen:
    """Which model is in use."""

    def __init__(self, version="1"):
        self.model = Installed(patch_bundle(version=version))

    def now(self):
        return self.model

    def choose(self, version):
        self.model = Installed(patch_bundle(version=version))


class Networks(PatchDetector):
    """They can be loaded once `ready` is set, unless there is a `failure`."""

    def __init__(self, bundle, failure=None):
        super().__init__()
        self.bundle = bundle
        self.ready = threading.Event()
        self.failure = failure

    def wait_until_loaded(self):
        assert self.ready.wait(SECONDS)
        if self.failure:
            raise self.failure


class Shelf:
    """What is loaded, in order; versions of `broken` cannot be."""

    def __init__(self, *, waits=False):
        self.loaded = []
        self.broken = {}
        self.waits = waits

    def load(self, model):
        networks = Networks(model.bundle, self.broken.get(model.bundle.version))
        if not self.waits:
            networks.ready.set()
        self.loaded.append(networks)
        return networks


@pytest.fixture
def chosen():
    return Chosen()


def desk_of(chosen, shelf):
    return Desk("objects", lambda: chosen, shelf.load)


def ask(desk, version="1"):
    return desk.submit(Detect(), request_message(Detect(), patch_bundle(version=version), PICTURES))


def count_of(answer):
    return answer.result(SECONDS)["counts"].tolist()


def await_that(desk, condition):
    end = time.monotonic() + SECONDS
    while not condition():
        desk.look()
        assert time.monotonic() < end
        time.sleep(0.005)


def test_networks_are_loaded_for_the_first_request_and_kept(chosen):
    shelf = Shelf()
    desk = desk_of(chosen, shelf)
    desk.look()
    assert (shelf.loaded, desk.health()["loaded"]) == ([], False)
    assert count_of(ask(desk)) == [1]
    assert count_of(ask(desk)) == [1]
    assert len(shelf.loaded) == 1
    assert (desk.health()["loaded"], desk.health()["requests"], desk.health()["version"]) == (True, 2, "1")
    desk.close(SECONDS)


def test_a_task_without_a_model_says_so():
    def none():
        raise BundleError("There is no model for objects")

    with pytest.raises(Refused, match="there is no model for objects: There is no model"):
        ask(Desk("objects", none, Shelf().load))


@pytest.mark.parametrize("error", [BundleError("objects.xml is not the file"), MemoryError("no room")])
def test_what_cannot_be_loaded_is_refused_and_tried_again_later(chosen, error):
    broken = True

    def load(model):
        if broken:
            raise error
        return shelf.load(model)

    shelf = Shelf()
    desk = Desk("objects", lambda: chosen, load)
    for _ in range(2):
        with pytest.raises(Refused, match=f"the model patches@1 cannot be loaded: {error}"):
            ask(desk)
    broken = False
    with pytest.raises(Refused, match="cannot be loaded"):
        ask(desk)  # not again at once
    desk._again_at = 0.0
    assert count_of(ask(desk)) == [1]
    assert desk.health()["failure"] is None
    desk.close(SECONDS)


def test_who_waits_for_networks_that_cannot_be_loaded_is_told(chosen):
    shelf = Shelf(waits=True)
    shelf.broken["1"] = BundleError("objects.xml cannot be loaded by OpenVINO")
    desk = desk_of(chosen, shelf)
    answer = ask(desk)
    assert not answer.done()
    shelf.loaded[0].ready.set()
    assert "cannot be loaded by OpenVINO" in str(answer.exception(SECONDS))
    await_that(desk, lambda: desk.failure)
    assert desk.is_lost
    with pytest.raises(Refused, match="cannot be loaded by OpenVINO"):
        ask(desk)
    shelf.broken.clear()
    desk._again_at = 0.0
    ask(desk)
    shelf.loaded[1].ready.set()
    assert count_of(ask(desk)) == [1]
    desk.close(SECONDS)


def test_the_former_networks_answer_until_the_next_are_loaded(chosen):
    shelf = Shelf()
    desk = desk_of(chosen, shelf)
    assert count_of(ask(desk)) == [1]
    shelf.waits = True
    chosen.choose("2")
    waiting = ask(desk, "2")
    assert count_of(ask(desk)) == [1]
    assert not waiting.done()
    shelf.loaded[1].ready.set()
    assert count_of(waiting) == [1]
    await_that(desk, lambda: desk.health()["version"] == "2")
    with pytest.raises(Refused, match=r"patches 2 .* is loaded here, not 'patches 1"):
        ask(desk)
    desk.close(SECONDS)


def test_the_former_networks_stay_where_the_next_cannot_be_loaded(chosen):
    shelf = Shelf()
    shelf.broken["2"] = BundleError("objects.xml cannot be loaded by OpenVINO")
    desk = desk_of(chosen, shelf)
    assert count_of(ask(desk)) == [1]
    chosen.choose("2")
    await_that(desk, lambda: desk.failure)
    assert not desk.is_lost
    assert count_of(ask(desk)) == [1]
    with pytest.raises(Refused, match=r"patches@2 cannot be loaded: .* by OpenVINO; 'patches 1 .* stays"):
        ask(desk, "2")
    chosen.choose("1")
    await_that(desk, lambda: not desk.failure)
    assert (count_of(ask(desk)), len(shelf.loaded)) == ([1], 2)
    chosen.choose("3")
    await_that(desk, lambda: desk.health()["version"] == "3")
    assert count_of(ask(desk, "3")) == [1]
    desk.close(SECONDS)


def test_another_model_is_told_by_its_hash(chosen):
    desk = desk_of(chosen, Shelf())
    other = patch_bundle(facts_sha256="4" * 64)
    with pytest.raises(Refused, match=f"not {model_of(other)!r}"):
        desk.submit(Detect(), request_message(Detect(), other, PICTURES))
    desk.close(SECONDS)
