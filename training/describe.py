"""What bundle.json says of a run's tagger: labels, marks, thresholds, provenance; the figures come when it is judged."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from service.models import Model
from service.predictors.facts import read_facts
from service.tags import Vocabulary
from service.video.geometry import INPUT_SIZE
from training.data.examples import Example, Part, Parts
from training.errors import RunError
from training.runs import RunFolder

WEAK_IMAGES, WEAK_VALIDATION = 100, 15  # a tag with fewer images in all, or in validation, is marked weak
UNTUNED = 0.5  # threshold of a tag that none was chosen for
MOST_LICENCES = 20  # of the images that are named, the most frequent first


def without_folders(content: Any) -> Any:
    """JSON whose texts name no folder of this machine: absolute paths become names of files."""
    if isinstance(content, dict):
        return {name: without_folders(value) for name, value in content.items()}
    if isinstance(content, list):
        return [without_folders(value) for value in content]
    if isinstance(content, str) and (
        content.startswith("~") or PurePosixPath(content).is_absolute() or PureWindowsPath(content).is_absolute()
    ):
        return PureWindowsPath(content).name  # which takes both kinds of slashes
    return content


def bundle_facts(run: RunFolder, vocabulary: Vocabulary, base: Model, parts: Parts) -> dict[str, Any]:
    """Everything of bundle.json but hashes and figures; `base` is the model whose networks the run stands on.

    Raises RunError where the vocabulary has tags that neither the head nor the base's network for sensitive tags scores.
    """
    config, facts = run.config, run.facts
    rule = sensitive_rule(base, vocabulary, facts.labels)
    _check_tags(run, vocabulary, {*facts.labels, *(rule["tags"] if rule else ())})
    chosen = run.read_json("thresholds.json") if (run.path / "thresholds.json").exists() else {}
    fixed = {tag: base.bundle.thresholds[tag] for tag in (rule["tags"] if rule else ())}
    return {
        "name": config.name,
        "version": config.version,
        "labels": list(facts.labels),
        "background": True,
        "input_size": INPUT_SIZE,
        "sensitive": rule,
        "thresholds": {tag: chosen.get(tag, fixed.get(tag, UNTUNED)) for tag in vocabulary.ids},
        "weak": weak_tags(facts.labels, base, parts, extends=facts.extends),
        "unverified": sorted(rule["tags"]) if rule else [],
        "aggregation": base.bundle.aggregation,
        "metrics": {},
        "training": _training(run, base, parts),
        "licences": _licences(run, base, with_sensitive=rule is not None),
    }


def sensitive_rule(base: Model, vocabulary: Vocabulary, labels: Sequence[str]) -> dict[str, Any] | None:
    """The base's rule for those of its sensitive tags that the vocabulary has and the head does not score; None for none."""
    rule = base.bundle.sensitive
    tags = {tag: list(classes) for tag, classes in rule.tags.items() if tag in vocabulary.ids and tag not in labels}
    if not tags:
        return None
    threshold = {tag: rule.threshold[tag] for tag in tags}
    return {"outputs": list(rule.outputs), "tags": tags, "threshold": threshold, "key_frames": rule.key_frames}


def weak_tags(labels: Sequence[str], base: Model, parts: Parts, *, extends: bool = False) -> list[str]:
    """Tags whose figures rest on few images; of tags that were not learned here, those that are weak in the base, which they come from.

    A head that `extends` the base keeps its tags as they are, whatever images show them.
    """
    kept = set(base.bundle.labels) if extends else set[str]()
    everywhere, judged = images_per_tag(example for part in parts.values() for example in part), images_per_tag(parts.get("validation", ()))
    few = {tag for tag in labels if everywhere[tag] < WEAK_IMAGES or judged[tag] < WEAK_VALIDATION}
    return [tag for tag in labels if tag in (base.bundle.weak if tag in kept or not everywhere[tag] else few)]


def images_per_tag(examples: Iterable[Example]) -> Counter[str]:
    """How many images show each tag."""
    return Counter(tag for example in examples for tag in example.tags)


def _check_tags(run: RunFolder, vocabulary: Vocabulary, scored: set[str]) -> None:
    odd = scored ^ set(vocabulary.ids)
    if odd:
        raise RunError(
            f"The head of {run.path} and its vocabulary do not have the same tags; only one of them has {', '.join(sorted(odd))}. "
            "Train again with the vocabulary that is meant."
        )


def _images_fitted(run: RunFolder, base: Model, examples: Iterable[Example]) -> dict[str, int]:
    """How many images each tag was learned from; those of a base that the head extends were learned from the base's."""
    found = dict(images_per_tag(examples))
    if run.facts.extends:
        before = read_facts(base.bundle.folder).get("training", {}).get("images_per_tag", {})
        found |= {tag: before.get(tag, 0) for tag in base.bundle.labels}
    return dict(sorted(found.items()))


def _training(run: RunFolder, base: Model, parts: Parts) -> dict[str, Any]:
    config, facts = run.config, run.facts
    fitted: list[Part] = ["train", "validation"] if facts.command == "head" and config.head.refit else ["train"]
    examples = [example for part in fitted for example in parts.get(part, ())]
    licences = Counter(example.licence or "not stated" for example in examples)
    return {
        "command": facts.command,
        "data": [Path(path).name for path in facts.data],
        "backbone": facts.backbone,
        "backend": facts.backend,
        "seed": config.seed,
        "seeds": list(config.head.seeds),
        "fitted_on": fitted,
        "images": {part: len(found) for part, found in parts.items()},
        "images_per_tag": _images_fitted(run, base, examples),
        "licences_of_images": dict(licences.most_common(MOST_LICENCES)),
        "config": without_folders(config.model_dump(mode="json", exclude_defaults=True)),
        "versions": run.read_json("versions.json"),
    }


def _licences(run: RunFolder, base: Model, *, with_sensitive: bool) -> list[dict[str, str]]:
    """The head's own; of the networks that were taken over what their bundle says."""
    own = [{"part": "head", "licence": run.config.export.licence, "note": f"trained by movietags-train {run.facts.command}"}]
    kept = {"backbone", "sensitive"} if with_sensitive else {"backbone"}
    taken = [dict(entry) for entry in read_facts(base.bundle.folder).get("licences") or () if entry.get("part") in kept]
    for entry in taken:
        if entry["part"] == "backbone" and run.has_own_backbone:
            entry["note"] = f"{entry.get('note', '')}; fine-tuned by movietags-train".lstrip("; ")
    return own + taken
