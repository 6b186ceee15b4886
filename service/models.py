"""The installed models and which of them is in use: a folder for each, NAME@VERSION, and the file `in-use` that names one.

Without that file the model that came with the package is in use. Everybody asks here for bundle and vocabulary together.
"""

import fcntl
import logging
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.errors import BundleError, ModelError, MovieTaggerError
from service.files import write_whole
from service.predictors.bundle import FACTS, SHIPPED_TAGGER, TAGS, TaggerBundle, check_labels, read_tagger_bundle
from service.tags import Vocabulary, load_vocabulary

IN_USE = "in-use"
AT = "@"  # between name and version
UNFINISHED, REMOVED = ".unfinished-", ".removed-"  # folders of which nothing is listed
LOOK_SECONDS = 1.0  # between looks at whether another model is in use
AGAIN_SECONDS = 10.0  # before one that could not be opened is tried again
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Model:
    """A bundle and the vocabulary that its scores are ordered by."""

    bundle: TaggerBundle
    vocabulary: Vocabulary

    @property
    def title(self) -> str:
        """NAME@VERSION."""
        return f"{self.bundle.name}{AT}{self.bundle.version}"

    @property
    def is_shipped(self) -> bool:
        """Whether it is the one that came with the package."""
        return self.bundle.folder == SHIPPED_TAGGER


def model_at(folder: Path, *, check_files: bool = True) -> Model:
    """The model of a bundle's folder. Raises BundleError, or VocabularyError for its tags.yaml."""
    bundle = read_tagger_bundle(folder, check_files=check_files)
    vocabulary = load_vocabulary(folder / TAGS if bundle.own_vocabulary else None)
    check_labels(bundle, vocabulary)
    return Model(bundle, vocabulary)


def open_model(models: Path | None = None, *, check_files: bool = False) -> Model:
    """The model in use; `models` is the folder of the installed ones. Raises BundleError, which says how to use another one."""
    chosen = _chosen(models)
    if models is None or not chosen:
        return model_at(SHIPPED_TAGGER, check_files=check_files)
    try:
        return _named(models / chosen, check_files=check_files)
    except MovieTaggerError as error:
        raise BundleError(f"The model in use, {chosen}, cannot be opened: {error} `movietags models use` takes another one.") from error


def _named(folder: Path, *, check_files: bool = False) -> Model:
    """The model of an installed folder, which must be called by it. Raises BundleError, VocabularyError."""
    model = model_at(folder, check_files=check_files)
    if not model.is_shipped and folder.name != model.title:
        raise BundleError(f"The folder {folder} holds {model.title}; install that bundle again, and remove the folder.")
    return model


class ModelInUse:
    """The model in use, for a process that lives on while another is chosen."""

    def __init__(self, models: Path | None) -> None:
        """Raises BundleError where the model in use cannot be opened."""
        self._models = models
        self._seen = _marked(models)
        self._model = open_model(models)
        self._refused: str | None = None  # what could not be opened
        self._again_at = 0.0
        self._look_at = time.monotonic() + LOOK_SECONDS
        self._looking = threading.Lock()

    def now(self) -> Model:
        """The same object as long as nothing changes; looked up at most once a second."""
        if time.monotonic() >= self._look_at and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._model

    def _look(self) -> None:
        now = time.monotonic()
        self._look_at = now + LOOK_SECONDS
        chosen = _marked(self._models)
        if chosen == self._seen or (chosen == self._refused and now < self._again_at):
            return
        try:
            self._model = open_model(self._models)
        except BundleError as error:
            if chosen != self._refused:
                log.error("%s stays in use: %s", self._model.title, error)
            self._refused, self._again_at = chosen, now + AGAIN_SECONDS
        else:
            self._seen, self._refused = chosen, None
            log.info("the model %s is in use from now on", self._model.title)


def installed(models: Path) -> list[Model | BundleError]:
    """The shipped model, then the others by name and version; an error for each folder that cannot be opened."""
    found: list[Model | BundleError] = []
    folders = sorted(path.parent for path in models.glob(f"*{AT}*/{FACTS}") if not path.parent.name.startswith("."))
    for folder in (SHIPPED_TAGGER, *folders):
        try:
            found.append(_named(folder))
        except MovieTaggerError as error:
            found.append(BundleError(f"{folder.name}: {error}"))
    return found


def find_model(models: Path, wanted: str) -> Model:
    """The model NAME@VERSION, or NAME where one version is installed. Raises ModelError, which lists what there is."""
    there = [model for model in installed(models) if isinstance(model, Model)]
    titles = ", ".join(model.title for model in there)
    found = [model for model in there if wanted in (model.title, model.bundle.name)]
    if not found:
        raise ModelError(f"There is no model {wanted!r}; installed are {titles}.")
    if len(found) > 1:
        raise ModelError(f"Several versions of {wanted!r} are installed: say which of {', '.join(model.title for model in found)}.")
    return found[0]


def use(models: Path, model: Model) -> None:
    """Put a model in use; a running service takes it up by itself. Raises ModelError, BundleError."""
    with alone(models):
        checked = _named(model.bundle.folder, check_files=True)  # what was damaged since it was installed is not put in use
        if checked.is_shipped:
            (models / IN_USE).unlink(missing_ok=True)
        else:  # the second line tells another content of the same name, removed and installed between two looks
            write_whole(models / IN_USE, f"{checked.title}\n{checked.bundle.facts_sha256}\n")


def remove(models: Path, wanted: str) -> str:
    """Remove an installed model, also one that cannot be opened; its NAME@VERSION. Raises ModelError."""
    with alone(models):
        folder = models / wanted
        if AT not in wanted or "/" in wanted or wanted.startswith(".") or not folder.is_dir():
            model = find_model(models, wanted)
            if model.is_shipped:
                raise ModelError(f"{model.title} came with the package and stays.")
            folder = model.bundle.folder
        if folder.name == _chosen(models):
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


def _chosen(models: Path | None) -> str:
    """Name of the folder that `in-use` names; empty for the shipped model."""
    text = (_marked(models) or "").partition("\n")[0].strip()
    if text and (AT not in text or "/" in text or text.startswith(".")):
        raise BundleError(f"{IN_USE} in {models} must hold NAME{AT}VERSION, not {text!r}. `movietags models use NAME` writes it anew.")
    return text


def _marked(models: Path | None) -> str | None:
    """What the file says, in any case; None where there is none."""
    if models is None:
        return None
    try:
        return (models / IN_USE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        return str(error)
