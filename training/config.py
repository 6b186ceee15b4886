"""What a run does: a small YAML file names what differs from the defaults here, and wrong names or values are refused."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.errors import ConfigError

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """Frozen; a name that is not known is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Section):
    """How the data is read and split."""

    complete_from: int | None = (
        None  # images whose number (the file's stem) is this or higher carry every tag that fits; the rest are partial
    )
    class_folders_labelling: Literal["complete", "partial"] = "complete"
    split: Path | None = None  # a written split (source,part); without it sources are dealt 70/15/15
    frames_per_film: Count = 12  # taken from a tagged film


class LabelConfig(Section):
    """How far labels are trusted."""

    softening: Share = 0.5  # for partial labels; 0: an absent tag is taken as wrong; 1: as wrong with the estimated probability only
    film_weight: Positive = 1.0  # of a film still, beside 1 of a photograph
    presence_weight: Positive = 2.0  # of a tag that is there, beside 1 of one that is not
    balance: Share = 0.0  # 1: each tag's presence weighs by the inverse of its rarity; 0: not at all
    smoothing: Share = 0.0


class HeadConfig(Section):
    """The head: Dropout, Dense with ReLU, Dropout, softmax over tags and background (or sigmoids)."""

    loss: Literal["odds", "softmax", "sigmoid"] = "odds"
    components: int = Field(default=512, ge=0)  # principal components of the features that are learned from; 0: all features
    hidden: Count = 256
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.4
    epochs: Count = 12
    patience: int = Field(default=0, ge=0)  # epochs without a better validation mAP before it stops; 0: all epochs
    batch: Count = 256
    learning_rate: Positive = 3e-3  # at the start; falls to zero along a cosine
    weight_decay: float = Field(default=1e-2, ge=0)
    seeds: tuple[int, ...] = Field(default=(0, 1, 2), min_length=1)  # one head each, merged into one
    views: dict[str, Positive] = {"whole": 1.0, "film-1": 1.0}  # how often each look at an image is drawn; the first is the one served
    refit: bool = False  # the bundle's head is fitted once more, on training and validation images; the figures stay those of the first one


class Stage(Section):
    """One stage of fine-tuning: how much of the backbone learns, for how long."""

    train: Literal["head", "top", "all"]
    top_blocks: Count = 2  # for "top": how many of the last inception blocks (mixed10 is the first counted)
    epochs: Count
    learning_rate: Positive


class FinetuneConfig(Section):
    """Fine-tuning the backbone. Defaults suit a GPU; a CPU wants a smaller batch and fewer epochs."""

    start: str = "shipped"  # `shipped` (the installed bundle's own weights), `imagenet` (Keras downloads them) or a file (.npz)
    stages: tuple[Stage, ...] = (
        Stage(train="head", epochs=2, learning_rate=1e-3),
        Stage(train="top", top_blocks=2, epochs=4, learning_rate=1e-4),
    )
    size: int = Field(default=299, ge=75)
    batch: Count = 32
    accumulate: Count = 1  # batches whose gradients are added up before one step
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    warm_up: Share = 0.05  # of the steps of a stage
    weight_decay: float = Field(default=1e-4, ge=0)
    ema: float = Field(default=0.999, ge=0, lt=1)  # momentum of the weights' moving average; 0: none
    mirror: Share = 0.5
    smallest_crop: Annotated[float, Field(gt=0, le=1)] = 0.6  # of the picture's area
    colour: float = Field(default=0.2, ge=0, le=1)  # largest change of brightness, contrast and saturation
    erasing: Share = 0.25  # of the pictures that lose a random rectangle
    film_look: Share = 0.3  # of the pictures that are made to look like a film's frame
    checkpoint_minutes: Positive = 2.0
    loaders: Count = 2  # threads that read and change pictures
    devices: int = Field(default=0, ge=0)  # JAX devices to share the batch among; 0: one


class ExportConfig(Section):
    """From the run to a bundle."""

    calibration_images: Count = 300
    largest_drop: Share = 0.02  # of the mean average precision, INT8 against float, on validation images; beyond it nothing is written
    licence: str = "not stated"  # of the head (and of what was fine-tuned), as the bundle tells it


class RunConfig(Section):
    """Everything about a run."""

    name: str = Field(default="own-tagger", pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")  # the bundle's name
    version: str = Field(default="1.0.0", pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]{0,31}$")
    seed: int = Field(default=0, ge=0)  # of the split, the calibration images and the fine-tuning
    data: DataConfig = DataConfig()
    labels: LabelConfig = LabelConfig()
    head: HeadConfig = HeadConfig()
    finetune: FinetuneConfig = FinetuneConfig()
    export: ExportConfig = ExportConfig()


def read_config(path: Path | None) -> RunConfig:
    """The defaults with what the YAML file changes. Raises ConfigError, which names every wrong entry."""
    if path is None:
        return RunConfig()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read as YAML: {error}") from error
    return config_from(content, str(path))


def config_from(content: Any, name: str) -> RunConfig:
    """Check what was read. Raises ConfigError."""
    try:
        return RunConfig.model_validate(content)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'the file'}: {item['msg']}" for item in error.errors())
        raise ConfigError(f"{name}: {wrong}. docs/training.md lists every entry.") from error
