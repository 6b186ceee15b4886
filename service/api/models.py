"""The installed models, as their bundles tell of themselves; no network is loaded for it."""

import contextlib
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.api.auth import ReaderKey
from service.api.deps import ServiceDep
from service.api.openapi import answer
from service.api.schemas import ModelList
from service.context import Service
from service.errors import BundleError
from service.models import DETECTORS, DIGIT_READERS, AnyModel, Installed, Model, installed, open_in_use
from service.predictors.facts import read_facts

_TOLD = ("name", "version", "task", "labels", "input_size", "metrics", "licences", "backbone_sha256")
EXAMPLE: dict[str, Any] = {
    "id": "movietags-tagger@1.1.0",
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
    """Name, version, labels and measured figures; docs/model-card.md tells the rest of the shipped ones. One of each task is in use."""
    in_use = _titles_in_use(service)
    found = [model for model in installed(service.settings.models) if isinstance(model, Installed)]
    return JSONResponse({"models": [_body(model, in_use) for model in found]})


def _titles_in_use(service: Service) -> set[str]:
    """Of one model for each task."""
    models, titles = service.settings.models, {service.model.title}
    with contextlib.suppress(BundleError):  # there is none
        titles.add(open_in_use(models, DETECTORS).title)
    with contextlib.suppress(BundleError):
        titles.add(open_in_use(models, DIGIT_READERS).title)
    return titles


def _body(model: AnyModel, in_use: set[str]) -> dict[str, Any]:
    facts = read_facts(model.bundle.folder)
    tags = model.vocabulary.ids if isinstance(model, Model) else ()
    own = {"id": model.title, "in_use": model.title in in_use, "shipped": model.is_shipped, "tags": tags}
    return {name: facts.get(name) for name in _TOLD} | {name: facts.get(name) or [] for name in ("weak", "unverified")} | own
