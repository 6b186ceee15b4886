"""What was measured of each tag, label or digit of a model, as bundle.json says; it may come from a stranger and say anything."""

from collections.abc import Mapping
from typing import Any

from service.models import AnyModel, Model
from service.predictors.detector_bundle import DetectorBundle


def figures_per_tag(model: AnyModel, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each tag, label or digit in the model's order; None for what was not measured.

    `images` that show it were judged, `fitted` were learned from; `ap` is the average precision with its 90 % interval, `films` the same
    on films; `accuracy` is the share of a digit's pictures that were read right.
    """
    measured, films = _measured(facts), _tags_of(mapping(facts.get("metrics")).get("films"))
    fitted = mapping(mapping(facts.get("training")).get("images_per_tag"))
    marks = {mark: set(texts(facts.get(mark))) for mark in ("weak", "unverified")}
    return [
        {
            "tag": tag,
            "threshold": _threshold(model, tag),
            **{mark: tag in tags for mark, tags in marks.items()},
            "fitted": _whole(fitted.get(tag)),
            "images": _whole(mapping(measured.get(tag)).get("images")),
            **_precision(measured.get(tag)),
            "accuracy": _share(mapping(measured.get(tag)).get("accuracy")),
            "films": {"films": _whole(film.get("films")), **_precision(film)} if (film := mapping(films.get(tag))) else None,
        }
        for tag in model.labels
    ]


def mapping(value: Any) -> Mapping[str, Any]:
    """Itself, or an empty one where it is something else."""
    return value if isinstance(value, dict) else {}


def texts(value: Any) -> list[str]:
    """The texts of a list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _threshold(model: AnyModel, tag: str) -> float | None:
    if isinstance(model, Model):
        return model.bundle.thresholds[tag]
    return model.bundle.min_score if isinstance(model.bundle, DetectorBundle) else None


def _measured(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Figures by tag of the validation images, otherwise of what was measured last."""
    parts = {name: tags for name, part in mapping(facts.get("metrics")).items() if name != "films" and (tags := _tags_of(part))}
    return parts.get("validation") or next(reversed(parts.values()), {})


def _tags_of(part: Any) -> Mapping[str, Any]:
    return mapping(mapping(part).get("tags"))


def _precision(figures: Any) -> dict[str, Any]:
    interval = mapping(figures).get("interval_90")
    bounds = [_share(bound) for bound in interval] if isinstance(interval, list) and len(interval) == 2 else [None]
    return {"ap": _share(mapping(figures).get("ap")), "interval_90": None if None in bounds else bounds}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _share(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1 else None
