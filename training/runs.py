"""A run's folder: its configuration, seed, versions, split, history, figures, plots and bundle."""

import csv
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from training.config import RunConfig, config_from
from training.errors import RunError
from training.weights import Weights
from training.written import written_whole

_PACKAGES = ("movietags", "keras", "tensorflow", "jax", "torch", "openvino", "nncf", "numpy", "opencv-python-headless")


@dataclass(frozen=True)
class RunFacts:
    """What a run is; run.json."""

    command: str  # "head" or "finetune"
    labels: tuple[str, ...]  # in the head's output order; the background comes behind them
    data: tuple[str, ...]  # folders or files that were trained on
    backbone: str  # name and version of the bundle whose backbone the head stands on, or "own"
    backend: str = ""  # Keras' backend
    backbone_folder: str = ""  # of that bundle; empty for the shipped one
    extends: bool = False  # whether the first labels are that bundle's, with its weights
    backbone_sha256: str = ""  # of its backbone: a bundle of the same name and version may be made anew; empty in older runs


@dataclass(frozen=True)
class RunFolder:
    """Files of a run; every one is written whole or not at all."""

    path: Path

    @classmethod
    def begin(cls, path: Path, config: RunConfig, facts: RunFacts, vocabulary: Path | None, *, resume: bool = False) -> "RunFolder":
        """Make the folder and write what is known at the start. Raises RunError where another run lies there."""
        run = cls(path)
        if (path / "config.yaml").exists() and not (resume and run.config == config):
            raise RunError(f"{path} holds another run already; name a new folder with --out, or remove it.")
        path.mkdir(parents=True, exist_ok=True)
        run.write_text("config.yaml", yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))
        run.write_json("run.json", asdict(facts))
        run.write_json("versions.json", versions())
        if vocabulary is not None:
            run.write_text("tags.yaml", vocabulary.read_text(encoding="utf-8"))
        return run

    @property
    def config(self) -> RunConfig:
        """The whole configuration, defaults too."""
        return config_from(yaml.safe_load(self._needed("config.yaml").read_text(encoding="utf-8")), str(self.path))

    @property
    def facts(self) -> RunFacts:
        content = json.loads(self._needed("run.json").read_text(encoding="utf-8"))
        data = content["data"]
        data = data.split(os.pathsep) if isinstance(data, str) else data  # older runs joined them
        return RunFacts(**{**content, "labels": tuple(content["labels"]), "data": tuple(data)})

    @property
    def vocabulary(self) -> Path | None:
        """The vocabulary file of the run; None stands for the one that came with the package."""
        own = self.path / "tags.yaml"
        return own if own.exists() else None

    @property
    def has_own_backbone(self) -> bool:
        """Whether the backbone was fine-tuned, too."""
        return (self.path / "backbone.npz").exists()

    @property
    def bundle(self) -> Path:
        return self.path / "bundle"

    @property
    def plots(self) -> Path:
        folder = self.path / "plots"
        folder.mkdir(exist_ok=True)
        return folder

    def call(self, name: str | None, version: str | None) -> None:
        """Give the run's model another name or version. Raises ConfigError where it cannot have it."""
        changes = {key: value for key, value in (("name", name), ("version", version)) if value is not None}
        if changes:
            config = config_from({**self.config.model_dump(mode="json"), **changes}, str(self.path))
            self.write_text("config.yaml", yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))

    def head(self) -> Weights:
        """Weights of the head, as training.model.apply_head takes them."""
        with np.load(self._needed("head.npz"), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    def write_head(self, weights: Weights) -> None:
        with written_whole(self.path / "head.npz") as fresh:
            np.savez(fresh, **{name: values.astype(np.float32) for name, values in weights.items()})  # type: ignore[arg-type]

    def write_history(self, rows: Iterable[Mapping[str, Any]], name: str = "history.csv") -> None:
        """One row an epoch; all rows have the same columns."""
        rows = list(rows)
        with written_whole(self.path / name) as fresh, fresh.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.DictWriter(lines, list(rows[0]) if rows else [], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def history(self, name: str = "history.csv") -> list[dict[str, str]]:
        with self._needed(name).open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))

    def write_json(self, name: str, content: Any) -> None:
        self.write_text(name, json.dumps(content, indent=1, ensure_ascii=False) + "\n")

    def read_json(self, name: str) -> Any:
        return json.loads(self._needed(name).read_text(encoding="utf-8"))

    def write_text(self, name: str, content: str) -> None:
        with written_whole(self.path / name) as fresh:
            fresh.write_text(content, encoding="utf-8")

    def _needed(self, name: str) -> Path:
        path = self.path / name
        if not path.exists():
            raise RunError(f"{self.path} has no {name}; it is no finished run of `movietags-train head` or `movietags-train finetune`.")
        return path


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
