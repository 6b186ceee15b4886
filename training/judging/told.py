"""Figures as lines of text, for the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from training.judging.films import MEASURES

_NAMES = {
    "mean_ap": "mean AP",
    "micro_ap": "micro AP",
    "f1": "F1 at the thresholds",
    "top_1": "first tag is right",
    "top_3": "one of three is right",
    "hit_at_3": "one of three is right",
    "tags_without_theme": "tags on films without a theme",
}


def image_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What was measured on images."""
    drawn = "whole sources" if found["drawn"] == "source" else "images"
    yield f"\n{found['images']} images; 90 % intervals of {drawn} drawn anew"
    if found["rough"]:
        yield "  these are of fewer than 20 sources (an image without one is its own): the intervals are rough, the truth may lie outside"
    for name in ("mean_ap", "micro_ap", "f1", "top_1", "top_3"):
        yield _line(_NAMES[name], found[name], found[f"{name}_interval_90"])
    yield f"  {'precision, recall':<30} {_number(found['precision'])}, {_number(found['recall'])}"
    yield f"  {'calibration error (ECE)':<30} {_number(found['calibration_error'])}"
    if found["said_without_tag"] is not None:
        yield f"  {'tags on images without one':<30} {found['said_without_tag']:.2f}"
    yield from _tag_lines(found["tags"])
    if found["unmeasured"]:
        yield f"  not measured, no image shows them: {', '.join(found['unmeasured'])}"
    yield from _source_lines(found["sources"])
    if "against" in found:
        yield from comparison_lines(found["against"])


def _tag_lines(tags: Mapping[str, Any]) -> Iterator[str]:
    width = max(map(len, [*tags, "tag"]))
    yield f"\n  {'tag':<{width}} {'images':>6}    AP {'90 %':>14}  precision recall    F1 threshold"
    for tag, item in sorted(tags.items(), key=lambda pair: -pair[1]["ap"]):
        low, high = item["interval_90"]
        rates = f"{_number(item['precision']):>9} {_number(item['recall']):>6} {_number(item['f1']):>5} {item['threshold']:>9.2f}"
        yield f"  {tag:<{width}} {item['images']:>6} {item['ap']:>5.2f} {_number(low):>6} to {_number(high):>4}  {rates}"


def _source_lines(sources: list[Mapping[str, Any]]) -> Iterator[str]:
    if sources:
        yield "\n  source: images, first tag is right, F1"
    for item in sources:
        yield f"  {item['source'] or 'not named'}: {item['images']}, {item['top_1']:.2f}, {_number(item['f1'])}"


def comparison_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What stays better or worse than another bundle when images are drawn anew."""
    words = {"better": "better than", "worse": "worse than", "unclear": "not to be told apart from"}
    tags = found["tags"]
    yield f"\n{words[found['verdict']]} {found['other']} on the {len(tags)} tags that both have and the images show"
    for name in ("mean_ap", "top_1"):
        yield _difference(_NAMES[name], found[name])
    for wanted in ("better", "worse"):
        there = [f"{tag} {item['value']:+.2f}" for tag, item in tags.items() if item["verdict"] == wanted]
        yield f"  {wanted}: {', '.join(there) or 'no tag'}"
    yield f"  by chance alone about {len(tags) / 20:.1f} tags would look better, and as many worse"


def film_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What was measured on films."""
    yield f"\n{found['films']} films"
    for name in MEASURES:
        yield _line(
            _NAMES[name] if name != "f1" else "F1 of the compact sets", found[name]["value"], [found[name]["low"], found[name]["high"]]
        )
    if "against" in found:
        yield f"\nagainst {found['against']['other']} on the tags that both have"
        for name in MEASURES:
            yield _difference(_NAMES[name] if name != "f1" else "F1 of the compact sets", found["against"][name])


def _line(name: str, value: float | None, interval: list[float | None]) -> str:
    return f"  {name:<30} {_number(value)}" + (f"  ({_number(interval[0])} to {_number(interval[1])})" if value is not None else "")


def _difference(name: str, figure: Mapping[str, float | None]) -> str:
    if figure["value"] is None or figure["low"] is None or figure["high"] is None:
        return f"  {name:<30} not measured"
    return f"  {name:<30} {figure['value']:+.3f}  ({figure['low']:+.3f} to {figure['high']:+.3f})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
