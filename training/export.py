"""From a run to a bundle that the service serves: convert and quantize what was fine-tuned, measure what that costs, write it whole."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from service.errors import NotAPicture
from service.models import Model, model_at
from service.predictors.bundle import SHIPPED_TAGGER
from service.predictors.facts import read_facts
from service.predictors.runtime import Network
from service.tags import load_vocabulary
from service.timeline.aggregate import Scores, frame_scores
from service.video.geometry import Picture
from training.bundle import write_bundle
from training.bundle_folder import rewrite_facts
from training.config import ExportConfig
from training.convert import convert_backbone
from training.data.examples import Example, Parts
from training.describe import bundle_facts, without_folders
from training.errors import ExportRefused, RunError
from training.judging.measures import image_precisions
from training.networks import quantize, write_network
from training.runs import RunFolder
from training.targets import known, presence
from training.views import WHOLE, load_picture, look
from training.weights import Weights, apply_head

MOST_COMPARED = 2000  # validation images that float and INT8 are compared on
CHUNK = 32  # pictures in memory at once
Convert = Callable[[Path, Path, int], None]  # weights, the network to write, pixels a side
log = logging.getLogger(__name__)


def export_run(run: RunFolder, parts: Parts, out: Path | None = None, convert: Convert = convert_backbone) -> Path:
    """Write the run's bundle to RUN/bundle, or to `out`; its folder. All of it or nothing: a bundle that lay there stays until then.

    A head alone keeps the networks that it stands on; a fine-tuned backbone is converted, quantized on training pictures and compared
    with its float form on validation pictures. Raises ExportRefused where it loses more than the configuration allows, RunError.
    """
    target = out or run.bundle
    if target.exists() and not (target / "bundle.json").exists() and any(target.iterdir()):
        raise RunError(f"{target} holds something that is no bundle; name another folder with --out.")
    base, vocabulary = _base(run), load_vocabulary(run.vocabulary)
    facts = bundle_facts(run, vocabulary, base, parts)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as name:
            networks = Path(name) / "networks"
            networks.mkdir()
            facts["metrics"] = _put_backbone(run, base, parts, networks, convert)
            if facts["sensitive"]:
                _copy_network(base, "sensitive", networks)
            write_bundle(target, networks, run.head(), facts, vocabulary)
    except OSError as error:
        raise ExportRefused(
            f"{target} cannot be written: {error.strerror}. Nothing is left half written; make room and try again."
        ) from error
    log.info("%s: %s %s, %d tags", target, facts["name"], facts["version"], len(vocabulary))
    return target


def add_figures(run: RunFolder, bundle: Path | None = None) -> None:
    """Put the figures of metrics.json into the run's bundle, once it was judged."""
    folder = bundle or run.bundle
    metrics = read_facts(folder).get("metrics") or {}
    rewrite_facts(folder, {"metrics": metrics | {"validation": without_folders(run.read_json("metrics.json"))}})


def _base(run: RunFolder) -> Model:
    """The model whose networks the run stands on. Raises RunError where it is another one by now."""
    facts = run.facts
    base = model_at(Path(facts.backbone_folder) if facts.backbone_folder else SHIPPED_TAGGER)
    found = f"{base.bundle.name} {base.bundle.version}"
    if not run.has_own_backbone and facts.backbone != found:
        raise RunError(f"{run.path} stands on the backbone of {facts.backbone}, and {base.bundle.folder} is {found}; train the head again.")
    if not run.has_own_backbone and facts.backbone_sha256 not in ("", base.bundle.backbone_sha256):
        raise RunError(
            f"{base.bundle.folder} was made anew since {run.path} was trained: its backbone is another one; train the head again."
        )
    return base


def _put_backbone(run: RunFolder, base: Model, parts: Parts, networks: Path, convert: Convert) -> dict[str, Any]:
    """The backbone in `networks`; figures of what quantizing it cost, where it was fine-tuned."""
    if not run.has_own_backbone:
        _copy_network(base, "backbone", networks)
        return {}
    config, floats = run.config, networks / "float.xml"
    log.info("converting the backbone")
    convert(run.path / "backbone.npz", floats, config.finetune.size)
    pictures = _calibration(parts.get("train", ()), config.export, config.seed)
    log.info("quantizing it on %d pictures", len(pictures))
    write_network(quantize(_read(floats), pictures), networks / "backbone.xml")
    judged = _by_chance(parts.get("validation", ()), config.seed)[:MOST_COMPARED]
    figures = _compared(floats, networks / "backbone.xml", run.head(), run.facts.labels, judged)
    _refuse_drop(figures, config.export)
    for path in (floats, floats.with_suffix(".bin")):
        path.unlink()
    return {"quantized": figures | {"calibration_images": len(pictures)}}


def _copy_network(base: Model, name: str, networks: Path) -> None:
    for kind in ("xml", "bin"):
        shutil.copyfile(base.bundle.folder / f"{name}.{kind}", networks / f"{name}.{kind}")


def _read(network: Path) -> Any:
    import openvino as ov

    return ov.Core().read_model(network)


def _by_chance(examples: Sequence[Example], seed: int) -> list[Example]:
    """In an order that the seed decides: data lies by its tags, and its first part shows few of them."""
    return [examples[row] for row in np.random.default_rng(seed).permutation(len(examples))]


def _calibration(examples: Sequence[Example], config: ExportConfig, seed: int) -> list[Picture]:
    """Training pictures by chance, those that decode. Raises RunError where there are none."""
    pictures: list[Picture] = []
    for example in _by_chance(examples, seed):
        if len(pictures) == config.calibration_images:
            break
        if (picture := _picture(example)) is not None:
            pictures.append(picture)
    if not pictures:
        raise RunError("Quantizing the backbone needs training pictures, and none was found; name the data with --data.")
    return pictures


def _picture(example: Example) -> Picture | None:
    try:
        return look(load_picture(example.path), WHOLE, example.name)
    except (NotAPicture, OSError):
        return None


def _compared(floats: Path, quantized: Path, head: Weights, labels: Sequence[str], examples: Sequence[Example]) -> dict[str, Any]:
    """Mean average precision of both on the same validation pictures; empty figures without any."""
    networks = [Network(path, "features") for path in (floats, quantized)]
    scores: tuple[list[Scores], list[Scores]] = ([], [])
    seen: list[Example] = []
    for start in range(0, len(examples), CHUNK):
        found = [(example, picture) for example in examples[start : start + CHUNK] if (picture := _picture(example)) is not None]
        seen += [example for example, _ in found]
        if found:
            pictures = np.stack([picture for _, picture in found])
            for network, kept in zip(networks, scores, strict=True):
                kept.append(frame_scores(apply_head(head, network(pictures))))
        log.info("comparing float and INT8: %d of %d pictures", len(seen), len(examples))
    if not seen or not presence(seen, labels).any():
        return {"images": len(seen), "tags": 0, "float_map": None, "int8_map": None, "drop": None}
    truth, sure = presence(seen, labels), known(seen, labels)
    before, after = (float(np.nanmean(image_precisions(truth, np.concatenate(kept), sure))) for kept in scores)
    tags = int((truth & sure).any(axis=0).sum())
    return {"images": len(seen), "tags": tags, "float_map": round(before, 4), "int8_map": round(after, 4), "drop": round(before - after, 4)}


def _refuse_drop(figures: dict[str, Any], config: ExportConfig) -> None:
    if figures["drop"] is None:
        log.warning("there are no validation pictures to compare float and INT8 on")
        return
    log.info("mean average precision: %.4f float, %.4f INT8 on %d pictures", figures["float_map"], figures["int8_map"], figures["images"])
    if figures["drop"] > config.largest_drop:
        raise ExportRefused(
            f"In INT8 the mean average precision falls from {figures['float_map']:.3f} to {figures['int8_map']:.3f} on {figures['images']} "
            f"validation pictures, by more than export.largest_drop = {config.largest_drop:g}; nothing was written. "
            "Calibrate on more pictures (export.calibration_images), or allow the drop."
        )
