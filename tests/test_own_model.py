"""A model with a vocabulary of its own, installed into a running service: taken up, used for new films and for those there."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.bundles import write_bundle
from tests.running_service import MOVIETAGS, distinct_copy, running_service

FILM = Path(__file__).parent.parent / "examples" / "big-buck-bunny.mp4"
QUIET = {"MOVIETAGS_LOG_LEVEL": "warning", "MOVIETAGS_DISK_RESERVE_BYTES": "0"}
SECONDS = 60.0


@pytest.fixture(scope="module")
def service():
    with running_service(environment=QUIET) as service:
        yield service


def models(service, *words):
    done = subprocess.run(
        [MOVIETAGS, "models", *map(str, words), "--data-dir", str(service.data_dir)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def await_model(service, name):
    """Until the API answers by the model; the others may be a moment behind and wait for each other."""
    end = time.monotonic() + SECONDS
    while [
        model["name"] for model in service.client.get("/v1/models").json()["models"] if model["task"] == "tagger" and model["in_use"]
    ] != [name]:
        assert time.monotonic() < end
        time.sleep(0.1)


def tags_of(movie):
    return [tag["tag"] for tag in movie["tags"]]


def test_a_library_changes_over_to_an_own_vocabulary_and_back(service, tmp_path):
    first = service.wait(service.upload(FILM)["id"])
    heads = write_bundle(tmp_path / "heads", ["crowd", "empty street"], name="heads", shipped=["backbone"])

    assert "heads@1.0.0 is in use" in models(service, "install", heads)
    await_model(service, "heads")
    new = service.wait(service.upload(distinct_copy(FILM, tmp_path / "new.mp4", "new"))["id"])
    assert (new["state"], tags_of(new), new["model"]["name"]) == ("succeeded", ["crowd"], "heads")
    retag = service.client.post("/v1/retag", json={"filter": {"tags": ["animal"]}}).json()
    end = time.monotonic() + SECONDS
    while (told := service.client.get(f"/v1/retags/{retag['id']}").json())["state"] != "succeeded":
        assert time.monotonic() < end, told
        time.sleep(0.1)
    assert (told["counts"]["total"], told["counts"]["succeeded"]) == (1, 1)
    again = service.movie(first["id"])
    assert (tags_of(again), again["model"]["name"]) == (["crowd"], "heads")
    assert service.client.get(f"/v1/movies/{first['id']}/segments").json()["segments"][0]["tag"] == "crowd"
    found = service.client.get("/v1/movies", params={"tag": "crowd", "sort": "score"}).json()["movies"]
    assert {movie["id"] for movie in found} == {first["id"], new["id"]}

    models(service, "use", "movietags-tagger")
    await_model(service, "movietags-tagger")
    assert service.client.post(f"/v1/movies/{first['id']}/retag").status_code == 202  # decoded with our network for sensitive tags
    assert tags_of(service.wait(first["id"])) == tags_of(first)
    refused = service.client.post(f"/v1/movies/{new['id']}/retag")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/needs-decoding")
    assert service.client.post(f"/v1/movies/{new['id']}/retag", json={"sensitive": False}).status_code == 202
    assert "animal" in tags_of(service.wait(new["id"]))


def test_a_film_at_work_while_the_model_changes_is_tagged_by_the_new_one(service, tmp_path):
    other = write_bundle(tmp_path / "other", ["crowd", "empty street"], name="other")
    models(service, "install", other, "--no-use")
    [inference] = service.children("inference")
    inference.suspend()  # so that the film is not done before
    movie = service.upload(distinct_copy(FILM, tmp_path / "long.mp4", "long"))
    end = time.monotonic() + SECONDS
    while service.movie(movie["id"])["progress"]["stage"] != "tagging":
        assert time.monotonic() < end
        time.sleep(0.05)
    models(service, "use", "other")
    inference.kill()
    ended = service.wait(movie["id"])
    assert (ended["state"], tags_of(ended), ended["model"]["name"]) == ("succeeded", ["crowd"], "other")
    assert "* other@1.0.0" in models(service, "list")
