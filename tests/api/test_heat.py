"""Heat maps over HTTP: of whose films and tags they are, and that they are not sent twice."""

import io
import json

import httpx
import numpy as np
import pytest
from PIL import Image

from service.models import find_model, use
from service.outputs import PICTURES, PLACES
from service.predictors.heads import Head
from service.store.tables import Movie
from tests import seed
from tests.api.conftest import problem_of, service_on
from tests.api.serving import serving
from tests.api.test_images import RednessNetworks
from tests.bundles import write_bundle
from tests.predictors.test_remote import serving as inference_at

SHOTS = (("war",), ("war", "drama"), ())


class RedMaps(RednessNetworks):
    """What is red speaks for war."""

    def __init__(self) -> None:
        super().__init__()
        weights = Head(self.bundle.folder).weights
        column = self.bundle.labels.index("war")
        against_background = weights["dense_2/kernel"][:, column] - weights["dense_2/kernel"][:, -1]
        self.channels = np.maximum(weights["dense_1/kernel"] @ np.maximum(against_background, 0), 0)

    def maps(self, pictures):
        red = pictures[:, :296, :296, 0].reshape(-1, 8, 37, 8, 37).mean(axis=(2, 4)) / 255
        return (red[..., None] * self.channels).astype(np.float16)


class NoMaps(RednessNetworks):
    def maps(self, pictures):
        return np.empty((len(pictures), 0, 0, 2048), np.float16)


@pytest.fixture(scope="module")
def service(tmp_path_factory, new_sqlite):
    return service_on(new_sqlite(), tmp_path_factory.mktemp("h"))


@pytest.fixture(scope="module")
def client(service):
    with (
        inference_at(service.settings.socket, RedMaps()),
        serving(service) as url,
        httpx.Client(base_url=url, timeout=60, verify=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def movie_id(service):
    """Its frame 1 is red on the right and blue on the left, frame 2 cannot be read."""
    movie_id = seed.add_tagged(service, shots=SHOTS)
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[:, :160], picture[:, 160:] = (0, 0, 200), (250, 0, 0)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "jpeg")
    parts = [seed.picture(0), stream.getvalue(), b"nothing"]
    with service.database.read() as session:
        folder = session.get_one(Movie, movie_id).result_key
    service.storage.put(f"{folder}/{PICTURES}", b"".join(parts))
    service.storage.put(f"{folder}/{PLACES}", json.dumps({"offsets": [0, *np.cumsum([*map(len, parts)]).tolist()], "width": 320}).encode())
    return movie_id


def heat(client, movie_id, number=1, tag="war", **more):
    return client.get(f"/v1/movies/{movie_id}/frames/{number}/heat", params={"tag": tag, **more.pop("params", {})}, **more)


def in_use(service, name):
    use(service.settings.models, find_model(service.settings.models, name))
    service.models._look()


def test_a_tag_is_shown_where_it_is(client, movie_id):
    answer = heat(client, movie_id)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert float(answer.headers["movietags-peak"]) > 0
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.size, image.mode) == ((320, 180), "RGBA")
        alpha = np.asarray(image)[..., 3].astype(float)
    assert alpha[:, 180:].sum() > 20 * alpha[:, :140].sum()


def test_it_is_not_sent_twice(client, movie_id):
    answer = heat(client, movie_id)
    assert answer.headers["cache-control"] == "private, no-cache"
    etag = answer.headers["etag"]
    again = heat(client, movie_id, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert heat(client, movie_id, tag="drama").headers["etag"] != etag
    assert heat(client, movie_id, number=0, headers={"If-None-Match": etag}).status_code == 200
    version = client.get(f"/v1/movies/{movie_id}/frames").json()["frames"][1]["thumbnail"].partition("v=")[2]
    assert "immutable" in heat(client, movie_id, params={"v": version}).headers["cache-control"]


@pytest.mark.parametrize(
    ("number", "tag", "answer"),
    [
        (1, "nudity", (409, "no-heat-map")),
        (1, "waar", (422, "unknown-tag")),
        (1, "", (422, "unknown-tag")),
        (3, "war", (404, "not-found")),
        (2, "war", (404, "not-found")),
        (-1, "war", (422, "invalid-request")),
    ],
)
def test_what_cannot_be_told_is_refused(client, movie_id, number, tag, answer):
    assert problem_of(heat(client, movie_id, number, tag)) == answer


def test_a_film_without_a_result_has_none(service, client, movie_id):
    assert problem_of(heat(client, seed.add_film(service))) == (409, "no-result-yet")
    assert problem_of(heat(client, "mov_0")) == (404, "not-found")
    assert problem_of(client.get(f"/v1/movies/{movie_id}/frames/1/heat")) == (422, "invalid-request")


@pytest.mark.parametrize(("shipped", "way"), [(["backbone"], "retag"), ([], "retry")])
def test_a_film_of_another_head_has_to_be_tagged_anew(service, client, movie_id, shipped, way):
    write_bundle(service.settings.models / f"own-{way}@1.0.0", name=f"own-{way}", shipped=shipped)
    in_use(service, f"own-{way}")
    try:
        refused = heat(client, movie_id)
        assert problem_of(refused) == (409, "no-heat-map")
        assert refused.json()["detail"].endswith(f"POST /v1/movies/{movie_id}/{way} has that tag it.")
        assert problem_of(heat(client, movie_id, tag="waar")) == (422, "unknown-tag")
        assert problem_of(heat(client, movie_id, tag="crowd")) == (409, "no-heat-map")
    finally:
        in_use(service, "movietags-tagger")


def test_a_backbone_without_maps_has_none(tmp_path, sqlite_url):
    service = service_on(sqlite_url, tmp_path)
    movie_id = seed.add_tagged(service)
    with (
        inference_at(service.settings.socket, NoMaps()),
        serving(service) as url,
        httpx.Client(base_url=url, timeout=60, verify=False) as client,
    ):
        refused = heat(client, movie_id)
    assert problem_of(refused) == (409, "no-heat-map")
    assert "export the bundle again" in refused.json()["detail"]


def test_without_an_inference_process_it_says_so(tmp_path, sqlite_url):
    service = service_on(sqlite_url, tmp_path)
    movie_id = seed.add_tagged(service)
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        refused = heat(client, movie_id)
    assert problem_of(refused) == (503, "inference-away")
    assert "retry-after" in refused.headers
