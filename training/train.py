"""Train a tagger from images and write its bundle: python -m training.train --data DIR --weights FILE --sensitive FILE --out DIR."""

import logging
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from service.tags import load_vocabulary
from service.timeline.aggregate import frame_scores
from training.bundle import write_bundle
from training.describe import bundle_facts
from training.features import view_features
from training.head import HeadRecipe, train_heads
from training.manifest import Example, read_manifest, read_split
from training.model import build_backbone
from training.networks import backbone_network, quantize, sensitive_network, write_network
from training.targets import LabelRule, image_weights, targets
from training.views import WHOLE, load_picture, look
from training.weights import Weights, apply_head

HERE = Path(__file__).parent
FOUND = click.Path(exists=True, path_type=Path)


@dataclass(frozen=True)
class Config:
    """What differs between runs; a file of configs/."""

    calibration_images: int
    calibration_seed: int
    views: dict[str, float]  # how often each is drawn; the first one is the one served
    labels: LabelRule
    head: HeadRecipe


def read_config(path: Path) -> Config:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    head = HeadRecipe(**{**content["head"], "seeds": tuple(content["head"]["seeds"])})
    return Config(content["calibration_images"], content["calibration_seed"], content["views"], LabelRule(**content["labels"]), head)


def make_networks(folder: Path, weights: Path, published: Path, examples: list[Example], config: Config) -> None:
    """Convert and quantize the backbone and refit the published network; what lies in `folder` already is kept."""
    if not (folder / "backbone.xml").exists():
        folder.mkdir(parents=True, exist_ok=True)
        rows = np.random.default_rng(config.calibration_seed).permutation(len(examples))[: config.calibration_images]
        pictures = [look(load_picture(examples[row].path), WHOLE, examples[row].name) for row in rows]
        float_network = backbone_network(build_backbone(weights))
        write_network(float_network, folder / "backbone-float.xml")
        write_network(quantize(float_network, pictures), folder / "backbone.xml")
    if not (folder / "sensitive.xml").exists():
        write_network(sensitive_network(published), folder / "sensitive.xml")


def fit(backbone: Path, parts: dict[str, list[Example]], labels: list[str], config: Config, store: Path) -> Weights:
    """The merged heads, trained on the features of every view of the images of `parts`."""
    views = np.stack(
        [np.concatenate([view_features(backbone, part, view, store / name) for name, part in parts.items()]) for view in config.views]
    )
    examples = [example for part in parts.values() for example in part]
    wanted = targets(examples, labels, config.labels)
    return train_heads(views, list(config.views.values()), wanted, image_weights(examples, config.labels), config.head)


@click.command()
@click.option("--data", type=FOUND, required=True, help="Folder with manifest.csv and images.")
@click.option("--weights", type=FOUND, required=True, help="Inception-v3 weights (.npz).")
@click.option("--sensitive", type=FOUND, required=True, help="Published network for sensitive tags (.xml).")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The bundle to write.")
@click.option(
    "--work", type=click.Path(path_type=Path), default=Path("training-work"), help="Networks and features, kept for the next run."
)
@click.option("--config", "config_file", type=FOUND, default=HERE / "configs" / "tagger.toml")
@click.option("--split", "split_file", type=FOUND, default=HERE / "split.csv")
def main(data: Path, weights: Path, sensitive: Path, out: Path, work: Path, config_file: Path, split_file: Path) -> None:
    """Train a tagger and write its bundle; thresholds are set afterwards by training.tune.

    Fitted twice: on the training part alone, which gives the figures of validation images, then for the bundle on both.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config, split = read_config(config_file), read_split(split_file)
    examples = read_manifest(data)
    parts = {part: [example for example in examples if split[example.source] == part] for part in ("train", "validation")}
    labels = [tag for tag in load_vocabulary().ids if any(tag in example.tags for example in parts["train"])]
    make_networks(work / "networks", weights, sensitive, parts["train"], config)
    backbone = work / "networks" / "backbone.xml"
    judged = fit(backbone, {"train": parts["train"]}, labels, config, work)
    answers = frame_scores(apply_head(judged, view_features(backbone, parts["validation"], WHOLE, work / "validation")))
    facts: dict[str, Any] = bundle_facts(labels, examples, parts, answers, config.head.seeds, config_file.stem)
    write_bundle(out, work / "networks", fit(backbone, parts, labels, config, work), facts)
    click.echo(f"{out}: {len(labels)} tags, validation mAP {facts['metrics']['validation']['mean_ap']}")


if __name__ == "__main__":
    main()
