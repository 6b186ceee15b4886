"""The OpenAPI document: problems of each route, who may ask, examples; `problems` and `answer` go into a route's `responses`."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from service import errors
from service.api.deps import TAG, TAGS_WITH_COMMAS
from service.api.problems import ANSWERS, MEDIA_TYPE, Answer
from service.api.schemas import Problem

Responses = dict[int | str, dict[str, Any]]

DESCRIPTION = """Upload a film, get its tags: the themes it is about, with scores and the times where they hold.

Times are integer milliseconds from the film's first frame; moments are RFC 3339 in UTC. Every error is a problem document after
RFC 9457 (`application/problem+json`) with a type of its own."""
GROUPS = {
    "movies": "Films: bring them, watch them being tagged, find, change and delete them.",
    "results": "What was found in a film.",
    "objects": "Things that films show, and where in the library they are seen.",
    "feedback": "What people say of tags, for training.",
    "uploads": "Resumable uploads by tus 1.0.",
    "imports": "Libraries that are on disk already, tagged in place.",
    "exports": "Results for players, editing programs, media centres and tables.",
    "library": "The whole library at once.",
    "images": "Single pictures: tags, objects and digits, answered at once.",
    "model": "The vocabulary and the models.",
    "queue": "What waits, and who works.",
    "keys": "API keys and logins.",
    "webhooks": "What was told to whom.",
    "health": "For monitoring.",
}
# What may be answered wherever a caller is asked for.
_EVERYWHERE = (errors.KeyNeeded, errors.ScopeNeeded, errors.ForeignRequest, errors.TooManyRequests, errors.DatabaseUnavailable)


# Contents that are described in words or elsewhere.
_ELSEWHERE: dict[str, dict[str, Any]] = {"text/event-stream": {}, "application/json": {"schema": {"type": "object"}, "example": {}}}


def problems(*classes: type[errors.MovieTaggerError]) -> Responses:
    """Responses of a route for these errors; several of one status become one response with several examples."""
    found: Responses = {}
    for kind in classes:
        answer = _answer_of(kind)
        response = found.setdefault(answer.status, {"model": Problem, "description": "", "content": {MEDIA_TYPE: {"examples": {}}}})
        detail = (kind.__doc__ or "").partition("\n")[0]
        response["content"][MEDIA_TYPE]["examples"][answer.slug] = {
            "summary": answer.title,
            "value": {"type": f"/problems/{answer.slug}", "title": answer.title, "status": answer.status, "detail": detail},
        }
        response["description"] = "; ".join(example["summary"] for example in response["content"][MEDIA_TYPE]["examples"].values())
    return found


def _answer_of(kind: type[errors.MovieTaggerError]) -> Answer:
    return next(ANSWERS[base] for base in kind.__mro__ if base in ANSWERS)


def answer(model: type[BaseModel], description: str, example: Any, status: int = 200, **headers: str) -> Responses:
    """The response of a route that went well; `headers` are names (with _ for -) and descriptions."""
    response: dict[str, Any] = {"model": model, "description": description, "content": {"application/json": {"example": example}}}
    if headers:
        response["headers"] = header_docs(**headers)
    return {status: response}


def plain(description: str, *media_types: str, status: int = 200, **headers: str) -> Responses:
    """The response of a route that answers with something else than JSON, or with nothing."""
    response: dict[str, Any] = {"description": description}
    if media_types:
        binary = {"schema": {"type": "string", "format": "binary"}}
        response["content"] = {
            kind: _ELSEWHERE.get(kind, {"schema": {"type": "string"}} if kind.startswith("text/") else binary) for kind in media_types
        }
    if headers:
        response["headers"] = header_docs(**headers)
    return {status: response}


def header_docs(**headers: str) -> dict[str, Any]:
    """Headers of a response by name (with _ for -) and description."""
    return {name.replace("_", "-"): {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}


def operation_id(route: APIRoute) -> str:
    """What generated clients call an operation: its function's name."""
    return route.name


def install_openapi(app: FastAPI) -> None:
    """Answer /openapi.json with the finished document; it is made when first asked for."""

    made_for: tuple[str, ...] = ()  # the vocabulary that it names

    def document() -> dict[str, Any]:
        nonlocal made_for
        ids = app.state.service.vocabulary.ids
        if app.openapi_schema is None or ids != made_for:
            app.openapi_schema, made_for = _document(app, ids), ids
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to change the document


def _document(app: FastAPI, ids: Sequence[str]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="The themes of films",
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in GROUPS.items()],
        servers=[{"url": app.root_path or "/"}],
    )
    components = document.setdefault("components", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(unused, None)
    for operations in document["paths"].values():
        for operation in operations.values():
            _finish(operation)
    _name_tags(document, ids)
    return document


def _name_tags(part: Any, ids: Sequence[str]) -> None:
    """Tell which tags there are wherever one is asked for."""
    if isinstance(part, dict):
        if part.get("format") == TAG:
            part["enum"] = list(ids)
        elif part.get("format") == TAGS_WITH_COMMAS:
            one = "|".join(map(re.escape, ids))
            part["pattern"] = f"^({one})(,({one}))*$"
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _name_tags(inner, ids)


def _finish(operation: dict[str, Any]) -> None:
    """Add what is the same for all routes, and give errors their content type."""
    responses = operation["responses"]
    common: list[type[errors.MovieTaggerError]] = []
    if "security" in operation:
        operation["security"].append({})  # where no keys are needed, as on loopback
        common += _EVERYWHERE
    if "422" in responses:
        common.append(errors.InvalidRequest)
    for status, response in problems(*common).items():
        _merge(responses.setdefault(str(status), {}), response)
    for status, response in responses.items():
        if status.isdigit() and int(status) >= HTTPStatus.BAD_REQUEST and not _is_own(response):
            _as_problem(response)
        elif response.get("content", {}).get("application/json") == {"schema": {}}:
            del response["content"]  # FastAPI's guess where a route answers with nothing
    operation["responses"] = dict(sorted(responses.items()))


def _merge(response: dict[str, Any], more: dict[str, Any]) -> None:
    """More examples for a response; FastAPI's own description of what it refuses gives way."""
    examples = response.setdefault("content", {}).setdefault(MEDIA_TYPE, {}).setdefault("examples", {})
    examples |= {slug: example for slug, example in more["content"][MEDIA_TYPE]["examples"].items() if slug not in examples}
    response["description"] = "; ".join(example["summary"] for example in examples.values())


def _is_own(response: dict[str, Any]) -> bool:
    """Whether a route describes an answer of its own that is no problem document, such as what health tells."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return bool(schema) and MEDIA_TYPE not in response["content"] and not schema.get("$ref", "").endswith(("Problem", "ValidationError"))


def _as_problem(response: dict[str, Any]) -> None:
    content = response.setdefault("content", {})
    content.pop("application/json", None)
    content.setdefault(MEDIA_TYPE, {})["schema"] = {"$ref": "#/components/schemas/Problem"}
