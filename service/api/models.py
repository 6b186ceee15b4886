"""The installed models, as their bundles tell of themselves; no network is loaded for it."""

import json
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.api.auth import ReaderKey
from service.api.openapi import answer
from service.api.schemas import ModelList
from service.predictors.bundle import SHIPPED_TAGGER

_TOLD = ("name", "version", "task", "labels", "input_size", "weak", "unverified", "metrics", "licences", "backbone_sha256")
EXAMPLE: dict[str, Any] = {
    "name": "movietags-tagger",
    "version": "1.0.0",
    "task": "tagger",
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
def list_models(_caller: ReaderKey) -> Response:
    """Name, version, tags and measured figures; docs/model-card.md tells the rest."""
    bundles = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED_TAGGER.parent.glob("*/bundle.json"))]
    return JSONResponse({"models": [{name: bundle.get(name) for name in _TOLD} for bundle in bundles]})
