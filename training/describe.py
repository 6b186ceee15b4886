"""What bundle.json says of a tagger: labels, marks, figures of the validation images, provenance."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from service.tags import load_vocabulary
from service.timeline.aggregate import Aggregation
from service.video.geometry import INPUT_SIZE
from training.evaluate import Flags, Scores, bootstrap, image_precisions
from training.data.examples import Example

NAME, VERSION = "movietags-tagger", "1.0.0"
WEAK_IMAGES, WEAK_VALIDATION = 100, 15  # a tag with fewer images in all, or in validation, is marked weak
SENSITIVE: dict[str, Any] = {
    "outputs": ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"],
    "tags": {"nudity": ["Porn", "Sexy", "Hentai"], "sex": ["Porn", "Hentai"]},
    "key_frames": 2,
}
SENSITIVE_LIMIT = 0.995  # of the published network; the service turns it into a score of 0.5
SENSITIVE_SCORE = 0.5
UNTUNED = 0.5  # threshold before tuning on films
LICENCES = [
    {"part": "head", "licence": "Apache-2.0", "note": "trained by this project"},
    {
        "part": "backbone",
        "licence": "Apache-2.0",
        "note": "Inception-v3, ImageNet weights of Keras; two kernels partly estimated",
    },
    {"part": "sensitive", "licence": "MIT", "note": "NSFW MobileNetV2 of nsfwjs 4.3.0 (Infinite Red, Inc.; GantMan/nsfw_model)"},
]


def weak_tags(labels: Sequence[str], examples: Iterable[Example], validation: Iterable[Example]) -> list[str]:
    """Tags whose figures rest on few images: `examples` are all of the manifest."""
    everywhere, judged = _counts(examples), _counts(validation)
    return [tag for tag in labels if everywhere[tag] < WEAK_IMAGES or judged[tag] < WEAK_VALIDATION]


def _counts(examples: Iterable[Example]) -> Counter[str]:
    return Counter(tag for example in examples for tag in example.tags)


def bundle_facts(
    labels: Sequence[str],
    examples: Sequence[Example],
    parts: Mapping[str, Sequence[Example]],
    answers: Scores,
    seeds: Sequence[int],
    recipe: str,
) -> dict[str, Any]:
    """Everything of bundle.json but hashes; `answers` are the scores (validation images, labels) of a head fitted on "train" alone."""
    tags = load_vocabulary().ids
    return {
        "name": NAME,
        "version": VERSION,
        "labels": list(labels),
        "background": True,
        "input_size": INPUT_SIZE,
        "sensitive": {**SENSITIVE, "threshold": dict.fromkeys(SENSITIVE["tags"], SENSITIVE_LIMIT)},
        "thresholds": {tag: SENSITIVE_SCORE if tag in SENSITIVE["tags"] else UNTUNED for tag in tags},
        "weak": weak_tags(labels, examples, parts["validation"]),
        "unverified": list(SENSITIVE["tags"]),
        "aggregation": vars(Aggregation()),
        "metrics": {"validation": validation_figures(labels, parts["validation"], answers)},
        "training": {
            "recipe": recipe,
            "seeds": list(seeds),
            "fitted_on": list(parts),
            "images": {part: len(part_examples) for part, part_examples in parts.items()},
            "images_per_tag": dict(sorted(_counts(example for part in parts.values() for example in part).items())),
            "data": "images of public repositories, most without a stated licence; none is distributed (docs/model-card.md)",
        },
        "licences": LICENCES,
    }


def validation_figures(labels: Sequence[str], validation: Sequence[Example], answers: Scores) -> dict[str, Any]:
    """Average precision and its 90 % interval for each tag, on whole validation images."""
    truth = np.array([[label in example.tags for label in labels] for example in validation])
    precisions = image_precisions(truth, answers)
    per_tag = {
        label: _figures(truth[:, place], answers[:, place], float(precisions[place]))
        for place, label in enumerate(labels)
        if truth[:, place].any()
    }
    mean = round(float(np.nanmean(precisions)), 3)
    return {
        "split": "validation part of training/split.csv; the same recipe fitted on the training part alone",
        "images": len(validation),
        "mean_ap": mean,
        "tags": per_tag,
    }


def _figures(truth: Flags, scores: Scores, precision: float) -> dict[str, Any]:
    interval = [round(value, 3) for value in bootstrap(truth, scores)]
    return {"images": int(truth.sum()), "ap": round(precision, 3), "interval_90": interval}
