"""The vocabulary."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.api.auth import ReaderKey
from service.api.deps import ServiceDep
from service.api.openapi import answer
from service.api.schemas import TagList

router = APIRouter(prefix="/v1/tags", tags=["model"])
EXAMPLE: dict[str, Any] = {
    "id": "war",
    "name": {"en": "war", "es": "guerra"},
    "description": {"en": "Armed conflict between armies.", "es": "Conflicto armado entre ejércitos."},
    "group": "conflict",
    "threshold": 0.54,
    "weak": False,
    "unverified": False,
    "blurred": False,
}


@router.get("", summary="The vocabulary", responses=answer(TagList, "All tags, in the order of every list of scores.", {"tags": [EXAMPLE]}))
def list_tags(service: ServiceDep, _caller: ReaderKey) -> Response:
    """Each with its names and description in English and Spanish, and what the model in use makes of it."""
    model = service.model
    bundle = model.bundle
    tags = [
        {
            "id": tag.id,
            "name": tag.name,
            "description": tag.description,
            "group": tag.group,
            "threshold": bundle.thresholds[tag.id],
            "weak": tag.id in bundle.weak,
            "unverified": tag.id in bundle.unverified,
            "blurred": tag.blurred,
        }
        for tag in model.vocabulary.tags
    ]
    return JSONResponse({"tags": tags})
