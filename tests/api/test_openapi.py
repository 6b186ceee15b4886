"""The OpenAPI document is complete, and docs/api.md tells what it does not."""

import re
from pathlib import Path

import jsonschema
import pytest

from service import errors
from service.api import examples, problems
from service.api.openapi import GROUPS
from service.app import create_app
from service.failures import FAILURES
from tests import seed
from tests.api.conftest import service_on

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
QUIET = ("/health/live", "/health/ready")  # asked by monitors; no caller is asked for


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    service = service_on(f"sqlite:///{folder}/none.db", folder)
    yield create_app(service).openapi()
    service.close()


def operations(document):
    return [(f"{method.upper()} {path}", operation) for path, item in document["paths"].items() for method, operation in item.items()]


def lacking(document, is_right) -> list[str]:
    return [name for name, operation in operations(document) if not is_right(operation)]


def test_every_operation_is_named_and_described(document):
    for part in ("operationId", "summary", "description", "tags"):
        assert lacking(document, lambda operation, part=part: operation.get(part)) == []
    ids = [operation["operationId"] for _name, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert {tag for _name, operation in operations(document) for tag in operation["tags"]} <= GROUPS.keys()


def test_every_parameter_is_described(document):
    odd = [
        f"{name} {parameter['name']}"
        for name, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    assert odd == []


def test_every_body_has_an_example(document):
    def has_example(content) -> bool:
        return bool({"example", "examples"} & content.keys()) or content.get("schema", {}).get("format") == "binary"

    for name, operation in operations(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            assert has_example(content) or kind.startswith(("multipart/", "application/offset")), name
        for status, response in operation["responses"].items():
            for kind, content in response.get("content", {}).items():
                assert kind != "application/json" or has_example(content), (name, status)


def test_problems_are_problem_documents(document):
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400 and name.partition(" ")[2] not in QUIET and response.get("content"):
                assert response["content"].keys() == {"application/problem+json"}, (name, status)
                assert response["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert response["description"], (name, status)


def test_everything_but_the_probes_says_who_may_ask(document):
    open_to_all = {name.partition(" ")[2] for name, operation in operations(document) if not operation.get("security")}
    assert open_to_all <= {*QUIET, "/v1/uploads", "/v1/login", "/v1/logout"}
    for name, operation in operations(document):
        if operation.get("security"):
            assert {"401", "403", "429", "503"} <= operation["responses"].keys(), name


def test_bounds_are_in_the_words_of_json_schema(document):
    """Validators of our own in the wrong order leave bounds in Python's words, which no client understands."""
    assert re.findall(r"'(?:ge|gt|le|lt|min_length|max_length)':", str(document["components"]["schemas"])) == []


def test_references_lead_somewhere(document):
    text = str(document)
    for name in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert name in document["components"]["schemas"]
    assert "HTTPValidationError" not in text


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ("MovieOut", examples.QUEUED),
        ("MovieOut", examples.SUCCEEDED),
        ("MovieList", examples.MOVIES),
        ("Frames", examples.FRAMES),
    ],
)
def test_the_examples_are_of_their_schemas(document, schema, body):
    jsonschema.validate(body, {**document, "$ref": f"#/components/schemas/{schema}"})


def test_answers_are_of_their_schemas(document, service, client):
    movie_id = seed.add_tagged(service)
    for path, item in document["paths"].items():
        for status, response in item.get("get", {"responses": {}})["responses"].items():
            schema = response.get("content", {}).get("application/json", {}).get("schema")
            if status != "200" or not schema or path.endswith("/export") or "{" in path.replace("{movie_id}", ""):
                continue
            answer = client.get(path.format(movie_id=movie_id))
            assert answer.status_code in (200, 503), path
            jsonschema.validate(answer.json(), {**document, **schema})


def test_every_problem_is_in_the_manual():
    text = DOCS.read_text(encoding="utf-8")
    for kind, answer in problems.ANSWERS.items():
        assert re.search(rf"^\| `{answer.slug}` \|.*\b{answer.status}\b", text, re.M), (kind, answer)


def test_every_failure_of_a_film_is_in_the_manual():
    text = DOCS.read_text(encoding="utf-8")
    for slug, _title in FAILURES.values():
        assert f"`{slug}`" in text, slug


def test_every_request_error_has_an_answer_of_its_own():
    def below(kind):
        return [kind, *(one for child in kind.__subclasses__() for one in below(child))]

    generic = {errors.RequestError, errors.ServiceError, errors.ExportError, errors.SettingsError}
    assert [kind for base in generic for kind in below(base) if kind not in problems.ANSWERS and kind not in generic] == []


def test_every_operation_is_in_the_manual(document):
    text = DOCS.read_text(encoding="utf-8")
    for name, _operation in operations(document):
        method, path = name.split()
        assert re.search(rf"^\|[^|]*`{method}`[^|]*\| `{re.escape(path)}` \|", text, re.M), name
