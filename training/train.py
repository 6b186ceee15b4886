"""Train a tagger from images and write its bundle: python -m training.train --data DIR --weights FILE --sensitive FILE --out DIR."""

import logging
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import openvino as ov

from service.tags import load_vocabulary
from service.timeline.aggregate import frame_scores
from training.bundle import write_bundle
from training.describe import bundle_facts
from training.evaluate import image_precisions
from training.features import view_features
from training.head import HeadRecipe, train_heads
from training.manifest import Example, read_manifest, read_split
from training.model import Weights, apply_head, build_backbone
from training.networks import backbone_network, quantize, sensitive_network, write_network
from training.targets import LabelRule, image_weights, targets
from training.views import WHOLE, load_picture, look

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


def fit(backbone: Path, examples: list[Example], labels: list[str], config: Config, store: Path) -> Weights:
    """The merged heads, trained on the features of every view."""
    views = np.stack([view_features(backbone, examples, view, store) for view in config.views])
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
    """Train a tagger and write its bundle; thresholds are set afterwards by training.tune."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config, parts = read_config(config_file), read_split(split_file)
    examples = [example for example in read_manifest(data) if parts[example.source] != "test"]
    train = [example for example in examples if parts[example.source] == "train"]
    validation = [example for example in examples if parts[example.source] == "validation"]
    labels = [tag for tag in load_vocabulary().ids if any(tag in example.tags for example in train)]
    make_networks(work / "networks", weights, sensitive, train, config)
    backbone = work / "networks" / "backbone.xml"
    head = fit(backbone, train, labels, config, work / "train")
    answers = frame_scores(apply_head(head, view_features(backbone, validation, WHOLE, work / "validation")))
    facts: dict[str, Any] = bundle_facts(labels, train, validation, answers, config.head.seeds, config_file.stem)
    write_bundle(out, work / "networks", head, facts)
    truth = np.array([[label in example.tags for label in labels] for example in validation])
    click.echo(f"{out}: {len(labels)} tags, validation mAP {np.nanmean(image_precisions(truth, answers)):.3f} (OpenVINO {ov.__version__})")


if __name__ == "__main__":
    main()
