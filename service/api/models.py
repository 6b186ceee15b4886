"""The installed models, as their bundles tell of themselves; no network is loaded for it."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.api.auth import ReaderKey
from service.api.deps import ServiceDep
from service.api.openapi import answer
from service.api.schemas import ModelList
from service.models import Model, installed
from service.predictors.bundle import read_facts

_TOLD = ("name", "version", "task", "labels", "input_size", "weak", "unverified", "metrics", "licences", "backbone_sha256")
EXAMPLE: dict[str, Any] = {
    "name": "movietags-tagger",
    "version": "1.1.0",
    "in_use": True,
    "shipped": True,
    "task": "tagger",
    "tags": ["war", "nudity"],
    "labels": ["war"],
    "input_size": 299,
    "weak": [],
    "unverified": [],
    "metrics": {"validation": {"images": 2033, "mean_ap": 0.466}},
    "licences": [],
    "backbone_sha256": "30eaf340ee30ce544721a912505b042722f7c31166b7dc527584861887c3b702",
}
router = APIRouter(prefix="/v1/models", tags=["model"])


@router.get("", summary="The installed models", responses=answer(ModelList, "All bundles.", {"models": [EXAMPLE]}))
def list_models(service: ServiceDep, _caller: ReaderKey) -> Response:
    """Name, version, tags and measured figures; docs/model-card.md tells the rest of the shipped one. One of them is in use."""
    in_use = service.model.title
    found = [model for model in installed(service.settings.models) if isinstance(model, Model)]
    return JSONResponse({"models": [_body(model, in_use) for model in found]})


def _body(model: Model, in_use: str) -> dict[str, Any]:
    facts = read_facts(model.bundle.folder)
    own = {"in_use": model.title == in_use, "shipped": model.is_shipped, "tags": model.vocabulary.ids}
    return {name: facts.get(name) for name in _TOLD} | own
