"""POST /v1/objects: what is in a picture, as JSON or drawn."""

import io
import threading

import numpy as np
import pytest
from PIL import Image

from tests.api.conftest import problem_of
from tests.api.picture_models import picture_service
from tests.images.files import file_of, gif_of
from tests.images.pages import serving_pages

SIZE = (320, 240)


def scene(kind="PNG", **options) -> bytes:
    """A red thing at the upper left, a blue one at the lower right."""
    image = Image.new("RGB", SIZE, (255, 255, 255))
    image.paste((255, 0, 0), (20, 30, 120, 110))
    image.paste((0, 0, 255), (200, 150, 300, 230))
    return file_of(image, kind, **options)


@pytest.fixture(scope="module")
def client(tmp_path_factory, new_sqlite):
    with picture_service(new_sqlite(), tmp_path_factory.mktemp("o"), max_image_bytes=2_000_000, image_urls="any") as made:
        yield made[1]


def ask(client, data, kind="image/png", **parameters):
    return client.post("/v1/objects", content=data, headers={"Content-Type": kind}, params=parameters)


def test_objects_come_with_label_score_and_box_in_pixels(client):
    response = ask(client, scene())
    assert response.status_code == 200
    found = response.json()
    assert (found["format"], found["width"], found["height"], found["warnings"]) == ("PNG", *SIZE, [])
    boxes = {each["label"]: list(each["box"].values()) for each in found["objects"]}
    assert boxes == {
        "red thing": pytest.approx([20, 30, 100, 80], abs=6),
        "blue thing": pytest.approx([200, 150, 100, 80], abs=6),
    }
    assert all(0.9 <= each["score"] <= 1 for each in found["objects"])


def test_boxes_are_those_of_the_upright_picture(client):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90 degrees
    found = ask(client, scene("JPEG", exif=exif, quality=95), "image/jpeg").json()
    assert (found["width"], found["height"]) == SIZE[::-1]
    [red] = [each["box"] for each in found["objects"] if each["label"] == "red thing"]
    assert list(red.values()) == pytest.approx([130, 20, 80, 100], abs=8)


def test_fewer_are_told_where_that_is_asked_for(client):
    assert [each["label"] for each in ask(client, scene(), labels="blue thing, green thing").json()["objects"]] == ["blue thing"]
    assert len(ask(client, scene(), max=1).json()["objects"]) == 1
    assert ask(client, scene(), min_score=1).json()["objects"] == [
        each for each in ask(client, scene()).json()["objects"] if each["score"] == 1
    ]


def test_a_label_that_there_is_not_is_refused_and_close_ones_are_named(client):
    response = ask(client, scene(), labels="red thing,bleu thing")
    assert problem_of(response) == (422, "invalid-request")
    assert "'bleu thing'" in response.json()["detail"] and "blue thing" in response.json()["detail"]


@pytest.mark.parametrize("wrong", [{"min_score": 2}, {"min_score": "nan"}, {"max": 0}, {"draw": "perhaps"}])
def test_wrong_parameters_are_refused(client, wrong):
    assert problem_of(ask(client, scene(), **wrong)) == (422, "invalid-request")


@pytest.mark.parametrize(
    ("accept", "kind"), [("*/*", "JPEG"), ("image/png", "PNG"), ("image/png, image/jpeg", "JPEG"), ("application/json", "JPEG")]
)
def test_the_picture_is_drawn(client, accept, kind):
    response = client.post("/v1/objects?draw=true", files={"file": ("scene.png", scene())}, headers={"Accept": accept})
    assert response.headers["content-type"] == f"image/{kind.lower()}"
    with Image.open(io.BytesIO(response.content)) as image:
        assert (image.format, image.size) == (kind, SIZE)
        changed = np.abs(np.asarray(image.convert("RGB"), int) - np.asarray(Image.open(io.BytesIO(scene())), int)).max(axis=2) > 60
    assert changed[:, :15].sum() < 20 and changed[28:115, 15:125].sum() > 100


def test_of_an_animated_picture_the_first_is_looked_at_and_this_is_said(client):
    found = ask(client, gif_of(10_000), "image/gif").json()
    assert [each["label"] for each in found["objects"]] == ["red thing"]
    assert "the first was looked at" in found["warnings"][0]


def test_a_picture_may_come_by_its_url_where_the_operator_allows_it(client):
    with serving_pages({"/scene.png": (200, scene())}) as pages:
        by_json = client.post("/v1/objects", json={"url": f"{pages.base}/scene.png"})
        by_form = client.post("/v1/objects", files={"url": (None, f"{pages.base}/scene.png")})
        gone = client.post("/v1/objects", json={"url": f"{pages.base}/none.png"})
    assert by_json.json() == by_form.json() == ask(client, scene()).json()
    assert problem_of(gone) == (422, "image-url-refused")


def test_many_at_once_get_their_own_answers(client):
    answers = []

    def work(labels: str) -> None:
        answers.append((labels, [each["label"] for each in ask(client, scene(), labels=labels).json()["objects"]]))

    threads = [threading.Thread(target=work, args=(f"{colour} thing",)) for colour in ("red", "blue") * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 16
    assert all(found == [labels] for labels, found in answers)


def test_what_was_done_is_counted_by_task(client):
    ask(client, scene())
    text = client.get("/metrics").text
    for name in ("requests_total", "pictures_total"):
        assert any(line.startswith(f'movietags_image_{name}{{task="objects"}} ') for line in text.splitlines()), name
    for stage in ("receive", "read", "network"):
        assert f'movietags_image_seconds_count{{stage="{stage}",task="objects"}}' in text


def test_a_key_that_may_read_is_needed(tmp_path, sqlite_url):
    with picture_service(sqlite_url, tmp_path, require_keys=True) as (_service, client):
        assert problem_of(ask(client, scene())) == (401, "key-needed")
