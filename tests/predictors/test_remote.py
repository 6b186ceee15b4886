"""The inference process and its clients, over real sockets."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.errors import BundleError, InferenceUnavailable
from service.predictors.bundle import load_tagger_bundle
from service.predictors.remote import RemoteTagger, inference_health
from service.predictors.server import MOST_CLIENTS, run_inference_server
from service.predictors.sockets import LENGTHS, MAGIC, MAX_BODY, connect
from service.predictors.tagger import Tagger
from service.tags import load_vocabulary
from tests.fakes import COLOURS, ColourNetworks, colour_bundle

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0  # seconds; a test that waits so long has failed


@contextlib.contextmanager
def serving(path: Path, networks=None, mode: int = 0o600) -> Iterator[ColourNetworks]:
    """A server in a thread of this process, with these networks."""
    networks = networks or ColourNetworks()
    with serving_models(path, None, lambda _model: networks, mode):
        yield networks


@contextlib.contextmanager
def serving_models(path: Path, models: Path | None, load: Callable[[Any], Any], mode: int = 0o600) -> Iterator[None]:
    """The same with installed models and what loads them."""
    stop, failed = threading.Event(), []

    def run() -> None:
        try:
            run_inference_server(path, stop=stop, models=models, load=load, mode=mode)
        except Exception as error:  # for the test to see
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_for(lambda: answers(path) or failed)
        yield
    finally:
        stop.set()
        thread.join()
    assert not failed, failed


def wait_for(condition) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def answers(path: Path) -> bool:
    try:
        return bool(inference_health(path)["loaded"])
    except InferenceUnavailable:
        return False


def pictures(frames: int, views: int = 1, seed: int = 0):
    small = np.random.default_rng(seed).integers(1, 255, (frames, views, 13, 13, 3), np.uint8)
    return np.ascontiguousarray(small.repeat(23, axis=2).repeat(23, axis=3))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "inference.sock"


@pytest.fixture
def client(path):
    """Makes clients, and closes them."""
    made: list[RemoteTagger] = []

    def make(patience_seconds=PATIENCE, *, at=path, sensitive=True, **bundle) -> RemoteTagger:
        made.append(RemoteTagger(colour_bundle(**bundle), COLOURS, at, sensitive=sensitive, patience_seconds=patience_seconds))
        return made[-1]

    yield make
    for tagger in made:
        tagger.close()


@pytest.mark.parametrize("sensitive", [True, False])
@pytest.mark.parametrize(("frames", "views"), [(1, 1), (3, 3), (70, 1)])
def test_a_remote_prediction_is_the_local_one(path, client, frames, views, sensitive):
    given = pictures(frames, views)
    with serving(path):
        found = client(sensitive=sensitive).predict(given)
    expected = ColourNetworks().predict(given, sensitive=sensitive)
    assert np.allclose(found.scores, expected.scores, atol=1e-6)
    assert (found.features == expected.features).all() and found.features.shape == (frames, views, 2048)
    assert [str(array.dtype) for array in (found.scores, found.features)] == ["float32", "float16"]


@pytest.mark.parametrize("count", [1, 11])
def test_remote_maps_are_the_local_ones(path, client, count):
    given = pictures(count)[:, 0]
    with serving(path) as networks:
        found = client().maps(given)
        assert sum(networks.batches) == count
    assert (found.shape, str(found.dtype)) == ((count, 2, 2, 2048), "float16")
    np.testing.assert_array_equal(found, ColourNetworks().maps(given))


def test_sixteen_clients_at_once_get_their_own_answers_and_share_batches(path, client):
    with serving(path, ColourNetworks(seconds=0.05)) as networks, ThreadPoolExecutor(16) as pool:
        given = [pictures(1, seed=seed) for seed in range(48)]
        clients = [client() for _ in range(16)]
        found = list(pool.map(lambda job: clients[job % 16].predict(given[job]), range(48)))
    for answer, views in zip(found, given, strict=True):
        assert np.allclose(answer.scores, ColourNetworks().predict(views).scores, atol=1e-6)
    assert len(networks.batches) < 48
    assert sum(networks.batches) == 48


def test_threads_share_a_client(path, client):
    with serving(path), ThreadPoolExecutor(4) as pool:
        shared = client()
        given = [pictures(2, seed=seed) for seed in range(12)]
        found = list(pool.map(shared.predict, given))
    for answer, views in zip(found, given, strict=True):
        assert np.allclose(answer.scores, ColourNetworks().predict(views).scores, atol=1e-6)


def test_requests_of_other_shapes_are_never_one_batch(path, client):
    with serving(path, ColourNetworks(seconds=0.1)) as networks, ThreadPoolExecutor(4) as pool:
        jobs = [pictures(1, 1), pictures(1, 3), pictures(2, 1), pictures(2, 3)]
        found = list(pool.map(client().predict, jobs))
    assert [answer.features.shape[:2] for answer in found] == [(1, 1), (1, 3), (2, 1), (2, 3)]
    assert sum(networks.batches) == 6


def test_health_tells_the_model_and_the_work_done(path, client):
    with serving(path):
        client().predict(pictures(3))
        told = inference_health(path)
    assert (told["model"], told["version"], told["loaded"], told["pid"]) == ("colours", "1", True, os.getpid())
    assert (told["requests"], told["frames"], told["waiting"]) == (1, 3, 0)
    assert told["seconds"] >= 0


def test_health_answers_while_the_networks_are_loaded(path):
    networks = ColourNetworks(seconds=0.5)
    stop = threading.Event()
    thread = threading.Thread(target=lambda: run_inference_server(path, stop=stop, load=lambda _model: networks))
    thread.start()
    wait_for(path.exists)
    assert inference_health(path)["loaded"] is False
    wait_for(lambda: answers(path))
    stop.set()
    thread.join()


@pytest.mark.parametrize("mode", [0o600, 0o660])
def test_the_socket_has_its_mode_and_goes_with_the_server(path, mode):
    with serving(path, mode=mode):
        assert path.stat().st_mode & 0o777 == mode
    assert list(path.parent.iterdir()) == []


def test_the_socket_of_a_killed_server_is_replaced_that_of_a_living_one_is_not(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as dead:
        dead.bind(str(path))
    with serving(path):
        with pytest.raises(FileExistsError, match="listens here already"):
            run_inference_server(path, load=lambda _model: ColourNetworks())
        assert answers(path)


def test_a_path_longer_than_the_system_takes_works(tmp_path, client):
    folder = tmp_path / ("deep" * 20) / ("deeper" * 20)
    folder.mkdir(parents=True)
    path = folder / "inference.sock"
    with serving(path):
        assert client(at=path).predict(pictures(1)).scores.shape == (1, 4)


def test_without_a_server_the_error_comes_after_the_patience(path, client):
    began = time.monotonic()
    with pytest.raises(InferenceUnavailable, match=r"has not answered for 0\.3 s"):
        client(patience_seconds=0.3).predict(pictures(1))
    assert time.monotonic() - began >= 0.3
    with pytest.raises(InferenceUnavailable, match="does not answer"):
        inference_health(path)


def test_a_server_that_starts_late_is_waited_for(path, client):
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client().predict, pictures(2))
        time.sleep(0.2)
        with serving(path):
            assert waiting.result(PATIENCE).scores.shape == (2, 4)


def test_a_client_goes_on_with_a_server_that_was_restarted(path, client):
    tagger = client()
    for _ in range(2):
        with serving(path):
            assert tagger.predict(pictures(1)).scores.shape == (1, 4)


def test_a_slow_answer_is_no_lost_one(path, client):
    """The server's signs of life keep a client waiting beyond its patience."""
    with serving(path, ColourNetworks(seconds=1.5)) as networks:
        assert client(patience_seconds=0.1).predict(pictures(1)).scores.shape == (1, 4)
        assert networks.batches == [1]


def test_another_model_is_refused_at_once(path, client):
    with serving(path), pytest.raises(InferenceUnavailable, match=r"colours 1 .* is loaded here, not 'colours 2"):
        client(version="2").predict(pictures(1))


def test_networks_that_fail_fail_the_request_alone(path, client):
    with serving(path):
        with pytest.raises(InferenceUnavailable, match="ValueError: black"):
            client().predict(pictures(1) * 0)
        assert client().predict(pictures(1)).scores.shape == (1, 4)


def test_pictures_of_another_size_are_refused(path, client):
    with serving(path), pytest.raises(InferenceUnavailable, match="this model takes 299x299"):
        client().predict(np.zeros((1, 1, 10, 10, 3), np.uint8))


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        LENGTHS.pack(MAGIC, 1 << 30, 0),
        LENGTHS.pack(MAGIC, 2, MAX_BODY + 1),
        LENGTHS.pack(MAGIC, 4, 0) + b"nope",
        LENGTHS.pack(MAGIC, 2, 0) + b"[]",
        LENGTHS.pack(MAGIC, 13, 0) + b'{"op":"train"',
        LENGTHS.pack(MAGIC, 14, 0) + b'{"op":"train"}',
        LENGTHS.pack(MAGIC, 16, 0) + b'{"op":"predict"}',
    ],
)
def test_what_is_no_request_is_refused_and_harms_nobody(path, client, sent):
    with serving(path):
        with connect(path, PATIENCE) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert b'"ok": false' in connection.recv(1000)
        assert client().predict(pictures(1)).scores.shape == (1, 4)


def test_half_a_request_harms_nobody(path, client):
    with serving(path):
        with connect(path, PATIENCE) as connection:
            connection.sendall(LENGTHS.pack(MAGIC, 10, 10) + b"{")
        assert client().predict(pictures(1)).scores.shape == (1, 4)


def test_too_many_clients_are_sent_away_until_others_leave(path, client):
    with serving(path):
        crowd = [connect(path, PATIENCE) for _ in range(MOST_CLIENTS)]
        wait_for(lambda: not answers(path))
        for connection in crowd:
            connection.close()
        assert client().predict(pictures(1)).scores.shape == (1, 4)


class Unloadable(ColourNetworks):
    def wait_until_loaded(self) -> None:
        raise BundleError("broken.xml cannot be loaded")


def test_networks_that_cannot_be_loaded_end_the_server(path):
    with pytest.raises(BundleError, match=r"broken\.xml"):
        run_inference_server(path, load=lambda _model: Unloadable())
    assert not path.exists()


def start(path: Path, *options: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "service.predictors.server", str(path), *options], cwd=ROOT)


def test_a_process_killed_in_the_middle_is_waited_for_and_the_answer_is_the_local_one(path):
    """The shipped model in a real process."""
    vocabulary = load_vocabulary()
    remote = RemoteTagger(load_tagger_bundle(vocabulary, check_files=False), vocabulary, path, patience_seconds=PATIENCE)
    views = pictures(24)
    expected = Tagger(load_tagger_bundle(vocabulary), vocabulary).predict(views)
    with start(path) as first:
        wait_for(lambda: answers(path))
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(remote.predict, views)
            time.sleep(0.1)
            first.send_signal(signal.SIGKILL)
            first.wait()
            assert not waiting.done()
            with start(path) as second:
                found = waiting.result(PATIENCE)
                second.terminate()
                assert second.wait(PATIENCE) == 0
    remote.close()
    assert not path.exists()
    assert np.allclose(found.scores, expected.scores, atol=1e-5)
    assert np.allclose(found.features, expected.features, atol=1e-2)


def test_a_second_process_on_the_same_socket_says_why_it_ends(path):
    with serving(path):
        command = [sys.executable, "-m", "service.predictors.server", str(path)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.strip() == f"{path}: another process listens here already"


def test_a_client_imports_no_network_library():
    code = "import sys, service.predictors.remote, service.pipeline; assert 'openvino' not in sys.modules, 'openvino'"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
