"""Another model is taken up while the service runs: what is answered then, also for films that the former one tagged."""

import json

import jsonschema
import numpy as np
import pytest

from service.model_install import install
from service.models import find_model, use
from tests import seed
from tests.api.conftest import problem_of
from tests.bundles import write_bundle
from tests.detectors import write_detector

TAGS = ["crowd", "empty street"]


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    """A head for own tags on our backbone."""
    return write_bundle(tmp_path_factory.mktemp("made") / "heads", TAGS, name="heads", shipped=["backbone"])


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A model on a backbone of its own."""
    return write_bundle(tmp_path_factory.mktemp("made") / "other", TAGS, name="other")


def taggers(client):
    return [model for model in client.get("/v1/models").json()["models"] if model["task"] == "tagger"]


def take_up(service, bundle):
    use(service.settings.models, install(service.settings.models, bundle))
    service.models._look()


def test_the_installed_models_are_listed_and_one_is_in_use(service, client, other):
    [shipped] = taggers(client)
    assert (shipped["id"], shipped["task"]) == ("movietags-tagger@1.1.0", "tagger")
    assert (shipped["name"], shipped["in_use"], shipped["shipped"], len(shipped["tags"])) == ("movietags-tagger", True, True, 50)
    take_up(service, other)
    shipped, own = taggers(client)
    assert (shipped["in_use"], own["in_use"], own["shipped"]) == (False, True, False)
    assert (own["name"], own["version"], own["tags"], own["metrics"]["validation"]["mean_ap"]) == ("other", "1.0.0", TAGS, 0.71)
    use(service.settings.models, find_model(service.settings.models, "movietags-tagger"))
    service.models._look()
    assert taggers(client)[0]["in_use"]


def test_detectors_are_listed_beside_the_taggers(service, client, tmp_path):
    models = service.settings.models
    outputs = {"boxes": np.array([[[0, 0, 1, 1]]]), "scores": np.array([[[0, 0.6, 0]]])}
    convention = {"name": "boxes", "outputs": ["boxes", "scores"], "relative": True}
    use(models, install(models, write_detector(tmp_path / "own", outputs, convention)))
    rows = [model for model in client.get("/v1/models").json()["models"] if model["task"] == "objects" and model["in_use"]]
    assert [(row["id"], row["shipped"], row["labels"], row["tags"]) for row in rows] == [
        ("own-detector@1.0.0", False, ["cat", "dog", "horse"], [])
    ]
    assert rows[0]["input_size"] is rows[0]["backbone_sha256"] is None
    assert taggers(client)[0]["in_use"]
    assert service.detector_bundle.name == "own-detector"


def test_one_model_is_told_with_its_card_and_its_figures_by_tag(client):
    found = client.get("/v1/models/movietags-tagger@1.1.0").json()
    assert found.items() >= taggers(client)[0].items()
    assert found["card"].startswith("# movietags-tagger 1.1.0\n")
    [war] = [row for row in found["per_tag"] if row["tag"] == "war"]
    assert (len(found["per_tag"]), war["images"], war["threshold"], len(war["interval_90"])) == (50, 66, 0.6033, 2)
    assert client.get("/v1/models/movietags-tagger").json() == found
    document = client.get("/openapi.json").json()
    jsonschema.validate(found, {**document, "$ref": "#/components/schemas/ModelDetail"})


def test_a_model_that_is_not_installed_is_not_found(client):
    missing = client.get("/v1/models/none@1.0.0")
    assert problem_of(missing) == (404, "not-found")
    assert "installed are movietags-tagger@1.1.0" in missing.json()["detail"]


def test_its_vocabulary_is_the_services(service, client, other):
    assert "war" in [tag["id"] for tag in client.get("/v1/tags").json()["tags"]]
    take_up(service, other)
    tags = client.get("/v1/tags").json()["tags"]
    assert [(tag["id"], tag["name"]["es"], tag["threshold"]) for tag in tags] == [(tag, f"{tag} (es)", 0.5) for tag in TAGS]
    document = client.get("/openapi.json").json()
    [tag] = [part for part in document["paths"]["/v1/movies"]["get"]["parameters"] if part["name"] == "tag"]
    assert tag["schema"]["items"]["enum"] == TAGS


def test_films_of_the_former_model_are_found_and_shown_by_their_own_tags(service, client, other):
    movie_id = seed.add_tagged(service)
    take_up(service, other)
    movie = f"/v1/movies/{movie_id}"
    assert [tag["tag"] for tag in client.get(movie).json()["tags"]] == ["war", "drama"]
    assert [found["id"] for found in client.get("/v1/movies", params={"tag": "war", "sort": "score"}).json()["movies"]] == [movie_id]
    assert [tag["tag"] for tag in client.get(movie, params={"tags": "war,romance", "min_score": 0.5}).json()["tags"]] == ["war"]
    assert client.get(movie, params={"exclude": "war"}).json()["tags"][0]["tag"] == "drama"
    assert client.get(f"{movie}/segments", params={"tag": "war"}).json()["segments"]
    assert client.get(f"{movie}/frames", params={"tag": "war"}).json()["total"] == 2
    assert "war" in client.get(f"{movie}/export", params={"format": "vtt", "tag": "war"}).text
    assert client.post("/v1/retag", json={"filter": {"tags": ["war"]}}).status_code == 202


def test_tags_of_the_new_model_are_none_of_such_a_film(service, client, other):
    movie = f"/v1/movies/{seed.add_tagged(service)}"
    take_up(service, other)
    assert client.get("/v1/movies", params={"tag": "crowd"}).json()["movies"] == []
    for aggregate in ("movie", "segments", "frames"):
        answer = client.get(movie, params={"tags": "crowd", "min_score": 0.5, "aggregate": aggregate})
        assert (answer.status_code, answer.json()["tags"], answer.json()["scores"]) == (200, [], {})
    assert client.get(f"{movie}/segments", params={"tag": "crowd"}).json()["segments"] == []
    assert client.get(f"{movie}/frames", params={"tag": "crowd"}).json()["total"] == 0
    assert client.get(f"{movie}/export", params={"format": "csv", "tag": "crowd"}).status_code == 200


def test_a_tag_of_nobody_is_refused(service, client, other):
    movie = f"/v1/movies/{seed.add_tagged(service)}"
    take_up(service, other)
    refused = [
        client.get("/v1/movies", params={"tag": "crwd"}),
        client.get(movie, params={"tags": "crwd"}),
        client.get(f"{movie}/segments", params={"tag": "crwd"}),
        client.get(f"{movie}/export", params={"format": "vtt", "tag": "crwd"}),
        client.post("/v1/retag", json={"filter": {"tags": ["crwd"]}}),
    ]
    assert [problem_of(answer) for answer in refused] == [(422, "unknown-tag")] * 5
    assert "Did you mean crowd?" in refused[0].json()["detail"]


def test_the_table_of_the_library_has_the_new_columns_and_the_old_tags(service, client, other):
    seed.add_tagged(service)
    take_up(service, other)
    header, row = client.get("/v1/export").text.splitlines()
    assert header.endswith(",tags,crowd,empty street")
    assert "war=0.9|drama=0.9" in row and row.endswith(",,")
    scores = json.loads(client.get("/v1/export", params={"format": "jsonl"}).text)["scores"]
    assert (scores["war"], len(scores)) == (0.9, 50)


def test_a_new_head_on_the_same_backbone_needs_no_decoding(service, client, heads):
    movie_id = seed.add_tagged(service)
    take_up(service, heads)
    assert client.post(f"/v1/movies/{movie_id}/retag").status_code == 202


def test_another_backbone_needs_decoding(service, client, other):
    movie_id = seed.add_tagged(service)
    take_up(service, other)
    assert problem_of(client.post(f"/v1/movies/{movie_id}/retag")) == (409, "needs-decoding")
