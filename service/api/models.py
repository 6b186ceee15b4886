"""The installed models, as their bundles tell of themselves; no network is loaded for it."""

import contextlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from service.api.auth import ReaderKey
from service.api.deps import PlainText, ServiceDep
from service.api.openapi import answer, problems
from service.api.schemas import Answer, ModelList, ModelOut, Score
from service.context import Service
from service.errors import BundleError, ModelError, NotFound
from service.model_card import card_of
from service.model_figures import figures_per_tag
from service.models import DETECTORS, DIGIT_READERS, AnyModel, Installed, Model, find_model, installed, open_in_use
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
PER_TAG: dict[str, Any] = {
    "tag": "war",
    "threshold": 0.6033,
    "weak": False,
    "unverified": False,
    "fitted": 389,
    "images": 66,
    "ap": 0.488,
    "interval_90": [0.404, 0.587],
    "accuracy": None,
    "films": {"films": 4, "ap": 0.67, "interval_90": [0.51, 1.0]},
}
CARD = "# movietags-tagger 1.1.0\n\nA model for the task `tagger`: it scores pictures, of films and stills alike, by 50 tags.\n"
router = APIRouter(prefix="/v1/models", tags=["model"])
Interval = Annotated[list[Score] | None, Field(description="Of `ap`, 90 %.")]


class FilmFigures(Answer):
    """What films tell of a tag."""

    films: int | None = Field(description="That show it.")
    ap: Score | None
    interval_90: Interval


class TagFigures(Answer):
    """What was measured of a tag, label or digit; null where it was not."""

    tag: str
    threshold: Score | None = Field(description="The score from which it holds.")
    weak: bool
    unverified: bool
    fitted: int | None = Field(description="Images that show it and were learned from.")
    images: int | None = Field(description="Images that show it and were judged.")
    ap: Score | None = Field(description="Average precision on those.")
    interval_90: Interval
    accuracy: Score | None = Field(description="Of a digit: the share of its pictures that were read right.")
    films: FilmFigures | None = Field(description="The same on films.")


class ModelDetail(ModelOut):
    """A model bundle with its card."""

    card: str = Field(description="The bundle's `card.md`, or one made of what its `bundle.json` says; Markdown.")
    per_tag: list[TagFigures] = Field(description="In the order of the tags, or of the labels.")


@router.get("", summary="The installed models", responses=answer(ModelList, "All bundles.", {"models": [EXAMPLE]}))
def list_models(service: ServiceDep, _caller: ReaderKey) -> Response:
    """Name, version, labels and measured figures; docs/model-card.md tells the rest of the shipped ones. One of each task is in use."""
    in_use = _titles_in_use(service)
    found = [model for model in installed(service.settings.models) if isinstance(model, Installed)]
    return JSONResponse({"models": [_body(model, in_use) for model in found]})


@router.get(
    "/{model_id}",
    summary="An installed model",
    responses=answer(ModelDetail, "The model.", {**EXAMPLE, "card": CARD, "per_tag": [PER_TAG]}) | problems(NotFound),
)
def get_model(
    service: ServiceDep,
    _caller: ReaderKey,
    model_id: Annotated[
        PlainText,
        Path(max_length=120, description="NAME@VERSION, or NAME where one version is installed.", examples=["movietags-tagger@1.1.0"]),
    ],
) -> Response:
    """With its card and what was measured of each tag. Cards of bundles are their makers' words: treat them as text."""
    try:
        model = find_model(service.settings.models, model_id)
        facts = read_facts(model.bundle.folder)
    except (ModelError, BundleError) as error:  # the second one where it is removed at this moment
        raise NotFound(str(error)) from error
    told = {"card": card_of(model, facts), "per_tag": figures_per_tag(model, facts)}
    return JSONResponse(_body(model, _titles_in_use(service)) | told)


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
