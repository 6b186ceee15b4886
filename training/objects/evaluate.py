"""Judge a detector as COCO does: average precision over overlaps from 0.50 to 0.95, mean over classes."""

import contextlib
import io
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from service.predictors.detections import Detections
from service.predictors.detector import Detector
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.detector_input import in_picture, network_picture
from training.objects.labels import LabelledPicture, read_labels
from training.views import load_picture

FLOOR = 0.001  # recall is judged too: far below what users are shown
CHUNK = 16  # pictures in memory at once
FIGURES = ("mean_ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")  # in the order of COCO's summary
log = logging.getLogger(__name__)


def evaluate_detector(bundle: DetectorBundle, folder: Path) -> dict[str, Any]:
    """COCO's figures, 0 to 1, on the pictures of FOLDER/images with FOLDER/labels; None where there is no object of such a size.

    `tags` has those of each label that is there: pictures (`images`) and `objects` that show it, and its average precision.

    "Microsoft COCO", Lin et al. 2014 (arXiv:1405.0312), with its own pycocotools. An object's area is that of its box, for the labels
    have no outlines. Raises DataError, NotAPicture and BundleError.
    """
    pictures = read_labels(folder, len(bundle.labels))
    found: list[Detections] = []
    sizes: list[tuple[int, int]] = []
    for detections, width, height in _detected(Detector(bundle), pictures):
        found.append(detections)
        sizes.append((width, height))
    return {"images": len(pictures), "objects": sum(len(one.classes) for one in pictures), **judged(pictures, sizes, found, bundle.labels)}


def judged(
    pictures: Sequence[LabelledPicture], sizes: Sequence[tuple[int, int]], found: Sequence[Detections], labels: Sequence[str]
) -> dict[str, Any]:
    """COCO's figures of what was `found` in pictures of these sizes (width, height) in pixels, also by label."""
    scales = [np.array([width, height, width, height], np.float64) for width, height in sizes]
    told = [row for place, (one, scale) in enumerate(zip(found, scales, strict=True)) for row in _results(one, scale, place)]
    if not told:
        return {**dict.fromkeys(FIGURES, 0.0), "tags": _by_label(pictures, labels, np.zeros((1, 1, len(labels), 1, 1)))}
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints as it goes
        truth = COCO()
        truth.dataset = _dataset(pictures, sizes, scales, labels)
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(told), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    whole = {name: None if value < 0 else round(float(value), 4) for name, value in zip(FIGURES, judge.stats, strict=False)}
    return {**whole, "tags": _by_label(pictures, labels, judge.eval["precision"])}


def _by_label(pictures: Sequence[LabelledPicture], labels: Sequence[str], precision: NDArray[np.float64]) -> dict[str, dict[str, Any]]:
    """Of each label that is there; `precision` (overlaps, recalls, labels, sizes, most) as pycocotools keeps it: all sizes come first."""
    images = Counter(label for one in pictures for label in set(one.classes.tolist()))
    objects = Counter(label for one in pictures for label in one.classes.tolist())
    return {
        labels[place]: {"images": images[place], "objects": objects[place], "ap": round(float(precision[:, :, place, 0, -1].mean()), 4)}
        for place in sorted(objects)
    }


def _detected(detector: Detector, pictures: Sequence[LabelledPicture]) -> Iterator[tuple[Detections, int, int]]:
    wanted = detector.bundle.input
    for start in range(0, len(pictures), CHUNK):
        loaded = [load_picture(one.path) for one in pictures[start : start + CHUNK]]
        answers = detector.detect(np.stack([network_picture(picture, wanted) for picture in loaded]), FLOOR)
        for picture, answer in zip(loaded, answers, strict=True):
            height, width = picture.shape[:2]
            yield in_picture(answer, width, height, wanted), width, height
        log.info("looked at %d of %d pictures", min(start + CHUNK, len(pictures)), len(pictures))


def _results(found: Detections, scale: Any, place: int) -> Iterator[dict[str, Any]]:
    for box, score, label in zip(found.boxes * scale, found.scores, found.labels, strict=True):
        yield {"image_id": place, "category_id": int(label), "bbox": box.tolist(), "score": float(score)}


def _dataset(
    pictures: Sequence[LabelledPicture], sizes: Sequence[tuple[int, int]], scales: Sequence[Any], labels: Sequence[str]
) -> dict[str, Any]:
    objects = [
        {"image_id": place, "category_id": int(label), "bbox": box.tolist(), "area": float(box[2] * box[3]), "iscrowd": 0}
        for place, (one, scale) in enumerate(zip(pictures, scales, strict=True))
        for label, box in zip(one.classes, one.boxes * scale, strict=True)
    ]
    return {
        "info": {},
        "images": [{"id": place, "width": width, "height": height} for place, (width, height) in enumerate(sizes)],
        "categories": [{"id": place, "name": label} for place, label in enumerate(labels)],
        "annotations": [{"id": number, **entry} for number, entry in enumerate(objects, 1)],
    }
