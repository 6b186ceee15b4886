"""The installed models of three kinds, and which of each kind is in use: a folder for each model, NAME@VERSION, and a file for
each kind that names one.

Without that file the model of the kind that came with the package is in use. Everybody asks here for bundle and vocabulary together.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from service.errors import BundleError, ModelError, MovieTaggerError
from service.files import write_whole
from service.predictors.bundle import SHIPPED_TAGGER, TAGS, TaggerBundle, check_labels, read_tagger_bundle
from service.predictors.detector_bundle import SHIPPED_OBJECTS, DetectorBundle, read_detector_bundle
from service.predictors.digits_bundle import SHIPPED_DIGITS, DigitsBundle, read_digits_bundle
from service.predictors.facts import DIGITS, FACTS, OBJECTS, TAGGER, Bundle, read_facts
from service.tags import Vocabulary, load_vocabulary

AT = "@"  # between name and version
UNFINISHED, REMOVED = ".unfinished-", ".removed-"  # folders of which nothing is listed
B = TypeVar("B", bound=Bundle)


@dataclass(frozen=True)
class Installed(Generic[B]):
    """A bundle of any kind."""

    bundle: B

    @property
    def kind(self) -> "Kind[Any]":
        """What it is for, and where its like are."""
        return next(kind for kind in KINDS if isinstance(self.bundle, kind.bundle))

    @property
    def title(self) -> str:
        """NAME@VERSION."""
        return f"{self.bundle.name}{AT}{self.bundle.version}"

    @property
    def is_shipped(self) -> bool:
        """Whether it is one that came with the package."""
        return self.bundle.folder == self.kind.shipped

    @property
    def labels(self) -> tuple[str, ...]:
        """What it can tell, in order."""
        return self.bundle.labels

    @property
    def noun(self) -> str:
        """What its labels are called."""
        return "labels"


@dataclass(frozen=True)
class Model(Installed[TaggerBundle]):
    """A tagger, and the vocabulary that its scores are ordered by."""

    vocabulary: Vocabulary

    @property
    def labels(self) -> tuple[str, ...]:
        """The vocabulary's tags."""
        return self.vocabulary.ids

    @property
    def noun(self) -> str:
        """They are called tags."""
        return "tags"


AnyModel: TypeAlias = Model | Installed[DetectorBundle] | Installed[DigitsBundle]
M = TypeVar("M", bound=Installed[Any])


@dataclass(frozen=True)
class Kind(Generic[M]):
    """The models for one task."""

    task: str
    bundle: type  # of its bundles
    shipped: Path  # the folder that came with the package
    mark: str  # name of the file that says which one is in use
    read: Callable[..., M]  # of (folder, check_files=...); raises BundleError, VocabularyError


def model_at(folder: Path, *, check_files: bool = True) -> Model:
    """The tagger of a bundle's folder. Raises BundleError, or VocabularyError for its tags.yaml."""
    bundle = read_tagger_bundle(folder, check_files=check_files)
    vocabulary = load_vocabulary(folder / TAGS if bundle.own_vocabulary else None)
    check_labels(bundle, vocabulary)
    return Model(bundle, vocabulary)


def _detector_at(folder: Path, *, check_files: bool = True) -> Installed[DetectorBundle]:
    return Installed(read_detector_bundle(folder, check_files=check_files))


def _digits_at(folder: Path, *, check_files: bool = True) -> Installed[DigitsBundle]:
    return Installed(read_digits_bundle(folder, check_files=check_files))


TAGGERS = Kind(TAGGER, TaggerBundle, SHIPPED_TAGGER, "in-use", model_at)
DETECTORS = Kind(OBJECTS, DetectorBundle, SHIPPED_OBJECTS, "in-use-objects", _detector_at)
DIGIT_READERS = Kind(DIGITS, DigitsBundle, SHIPPED_DIGITS, "in-use-digits", _digits_at)
KINDS: tuple[Kind[Any], ...] = (TAGGERS, DETECTORS, DIGIT_READERS)


def kind_at(folder: Path) -> Kind[Any]:
    """What a bundle's folder holds a model for. Raises BundleError."""
    task = read_facts(folder)["task"]
    return next(kind for kind in KINDS if kind.task == task)


def open_model(models: Path | None = None, *, check_files: bool = False) -> Model:
    """The tagger in use; `models` is the folder of the installed models. Raises BundleError, which says how to use another one."""
    return open_in_use(models, TAGGERS, check_files=check_files)


def open_in_use(models: Path | None, kind: Kind[M], *, check_files: bool = False) -> M:
    """The same for any kind."""
    chosen = _chosen(models, kind)
    if models is None or not chosen:
        if not kind.shipped.exists():
            raise BundleError(f"There is no model for {kind.task}; `movietags models install` takes one.")
        return kind.read(kind.shipped, check_files=check_files)
    try:
        return _named(models / chosen, kind, check_files=check_files)
    except MovieTaggerError as error:
        raise BundleError(f"The model in use, {chosen}, cannot be opened: {error} `movietags models use` takes another one.") from error


def _named(folder: Path, kind: Kind[M], *, check_files: bool = False) -> M:
    """The model of an installed folder, which must be called by it. Raises BundleError, VocabularyError."""
    model = kind.read(folder, check_files=check_files)
    if not model.is_shipped and folder.name != model.title:
        raise BundleError(f"The folder {folder} holds {model.title}; install that bundle again, and remove the folder.")
    return model


def installed(models: Path) -> list[AnyModel | BundleError]:
    """The shipped models, then the others by name and version; an error for each folder that cannot be opened."""
    found: list[AnyModel | BundleError] = []
    folders = sorted(path.parent for path in models.glob(f"*{AT}*/{FACTS}") if not path.parent.name.startswith("."))
    for folder in (*(kind.shipped for kind in KINDS if kind.shipped.exists()), *folders):
        try:
            found.append(_named(folder, kind_at(folder)))
        except MovieTaggerError as error:
            found.append(BundleError(f"{folder.name}: {error}"))
    return found


def find_model(models: Path, wanted: str) -> AnyModel:
    """The model NAME@VERSION, or NAME where one version is installed. Raises ModelError, which lists what there is."""
    there = [model for model in installed(models) if isinstance(model, Installed)]
    titles = ", ".join(model.title for model in there)
    found = [model for model in there if wanted in (model.title, model.bundle.name)]
    if not found:
        raise ModelError(f"There is no model {wanted!r}; installed are {titles}.")
    if len(found) > 1:
        raise ModelError(f"Several versions of {wanted!r} are installed: say which of {', '.join(model.title for model in found)}.")
    return found[0]


def use(models: Path, model: AnyModel) -> None:
    """Put a model in use for its task; a running service takes it up by itself. Raises ModelError, BundleError."""
    kind = model.kind
    with alone(models):
        checked = _named(model.bundle.folder, kind, check_files=True)  # what was damaged since it was installed is not put in use
        if checked.is_shipped:
            (models / kind.mark).unlink(missing_ok=True)
        else:  # the second line tells another content of the same name, removed and installed between two looks
            write_whole(models / kind.mark, f"{checked.title}\n{checked.bundle.facts_sha256}\n")


def remove(models: Path, wanted: str) -> str:
    """Remove an installed model, also one that cannot be opened; its NAME@VERSION. Raises ModelError."""
    with alone(models):
        folder = models / wanted
        if AT not in wanted or "/" in wanted or wanted.startswith(".") or not folder.is_dir():
            model = find_model(models, wanted)
            if model.is_shipped:
                raise ModelError(f"{model.title} came with the package and stays.")
            folder = model.bundle.folder
        if folder.name in (_chosen(models, kind) for kind in KINDS):
            raise ModelError(f"{folder.name} is in use; put another one in use first (`movietags models use NAME`).")
        going = folder.with_name(f"{REMOVED}{folder.name}")
        folder.rename(going)  # at once, so that nobody meets half of it
        shutil.rmtree(going)
        return folder.name


@contextmanager
def alone(models: Path) -> Iterator[None]:
    """One change at a time; what a killed one left is removed. Raises ModelError where the folder takes no change."""
    try:
        models.mkdir(parents=True, exist_ok=True)
        with (models / ".lock").open("a") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            for left in (*models.glob(f"{UNFINISHED}*"), *models.glob(f"{REMOVED}*")):
                shutil.rmtree(left, ignore_errors=True)
            yield
    except OSError as error:
        raise ModelError(
            f"The models' folder {models} cannot be written: {error.strerror}. Make room, or name another by MOVIETAGS_MODELS_DIR."
        ) from error


def _chosen(models: Path | None, kind: Kind[Any]) -> str:
    """Name of the folder that the kind's file names; empty for the shipped model."""
    text = (marked(models, kind) or "").partition("\n")[0].strip()
    if text and (AT not in text or "/" in text or text.startswith(".")):
        raise BundleError(f"{kind.mark} in {models} must hold NAME{AT}VERSION, not {text!r}. `movietags models use NAME` writes it anew.")
    return text


def marked(models: Path | None, kind: Kind[Any]) -> str | None:
    """What the kind's file says, in any case; None where there is none."""
    if models is None:
        return None
    try:
        return (models / kind.mark).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        return str(error)
