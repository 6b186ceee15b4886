"""Stills, tagged at once by the inference process."""

import io
import threading

import httpx
import numpy as np
import pytest
from PIL import Image

from service.predictors.predictions import Predictions
from tests import seed
from tests.api.conftest import problem_of, service_on
from tests.api.serving import serving
from tests.predictors.test_remote import serving as inference_at


class RednessNetworks:
    """The shipped bundle by its facts; a picture shows war as far as it is red."""

    def __init__(self) -> None:
        self.bundle, self.vocabulary = seed.BUNDLE, seed.VOCABULARY

    def wait_until_loaded(self) -> None:
        pass

    def predict(self, views, *, sensitive: bool = True) -> Predictions:  # noqa: ARG002
        scores = np.zeros((len(views), len(self.vocabulary)), np.float32)
        scores[:, self.vocabulary.index("war")] = views[..., 0].mean(axis=(1, 2, 3)) / 255
        return Predictions(scores, np.zeros((*views.shape[:2], 2048), np.float16))

    def maps(self, pictures):
        """Nothing speaks for anything."""
        return np.zeros((len(pictures), 8, 8, 2048), np.float16)


def still(colour=(230, 10, 10), kind="png") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(stream, kind)
    return stream.getvalue()


@pytest.fixture(scope="module")
def client(tmp_path_factory, new_sqlite):
    folder = tmp_path_factory.mktemp("i")
    service = service_on(new_sqlite(), folder, max_image_bytes=100_000)
    with (
        inference_at(service.settings.socket, RednessNetworks()),
        serving(service) as url,
        httpx.Client(base_url=url, timeout=60, verify=False) as client,
    ):
        yield client


def test_a_picture_as_it_is(client):
    response = client.post("/v1/images/tags", content=still(), headers={"Content-Type": "image/png"})
    assert response.status_code == 200
    found = response.json()
    assert (found["format"], found["width"], found["height"]) == ("PNG", 64, 48)
    assert found["tags"] == [{"tag": "war", "score": pytest.approx(0.902, abs=0.01)}]
    assert len(found["scores"]) == len(seed.VOCABULARY)


def test_a_picture_in_a_form(client):
    response = client.post("/v1/images/tags", files={"file": ("poster.jpg", still(kind="jpeg"), "image/jpeg")}, params={"min_score": 0.95})
    assert (response.json()["format"], response.json()["tags"]) == ("JPEG", [])


@pytest.mark.parametrize(
    ("content", "kind", "answer"),
    [
        (b"", "image/png", (422, "empty")),
        (b"no picture", "image/png", (415, "not-a-picture")),
        (still()[:40], "image/png", (415, "not-a-picture")),
        (b"{}", "application/json", (415, "wrong-type")),
        (still(), "multipart/form-data", (422, "invalid-request")),
        (b"--a\r\nnothing", "multipart/form-data; boundary=a", (422, "empty")),
        (bytes(100_001), "image/png", (413, "too-large")),
    ],
)
def test_what_is_no_picture_is_refused(client, content, kind, answer):
    assert problem_of(client.post("/v1/images/tags", content=content, headers={"Content-Type": kind})) == answer


def test_a_picture_without_a_declared_length_is_cut_off_too(client):
    response = client.post("/v1/images/tags", content=iter([bytes(60_000)] * 3), headers={"Content-Type": "image/png"})
    assert problem_of(response) == (413, "too-large")


def test_many_pictures_at_once_are_answered_or_asked_to_wait(client):
    answers: list[int] = []

    def ask() -> None:
        answers.append(httpx.post(client.base_url.join("/v1/images/tags"), content=still(), timeout=60).status_code)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 429} and 200 in answers


def test_without_an_inference_process_it_says_so(tmp_path, sqlite_url):
    service = service_on(sqlite_url, tmp_path)
    with serving(service) as url:
        response = httpx.post(f"{url}/v1/images/tags", content=still(), timeout=60)
    assert problem_of(response) == (503, "inference-away")
    assert "retry-after" in response.headers
