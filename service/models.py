"""The installed models and which of them is in use: a folder for each, NAME@VERSION, and the file `in-use` that names one.

Without that file the model that came with the package is in use. Everybody asks here for bundle and vocabulary together.
"""

import logging
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from service.errors import BundleError, ModelError, MovieTaggerError
from service.files import write_whole
from service.predictors.bundle import FACTS, SHIPPED_TAGGER, TAGS, TaggerBundle, check_labels, read_tagger_bundle
from service.tags import Vocabulary, load_vocabulary

IN_USE = "in-use"
AT = "@"  # between name and version
LOOK_SECONDS = 1.0  # between looks at whether another model is in use
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
        return model_at(models / chosen, check_files=check_files)
    except MovieTaggerError as error:
        raise BundleError(f"The model in use, {chosen}, cannot be opened: {error} `movietags models use` takes another one.") from error


class ModelInUse:
    """The model in use, for a process that lives on while another is chosen."""

    def __init__(self, models: Path | None) -> None:
        """Raises BundleError where the model in use cannot be opened."""
        self._models = models
        self._seen = _marked(models)
        self._model = open_model(models)
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
        self._look_at = time.monotonic() + LOOK_SECONDS
        chosen = _marked(self._models)
        if chosen == self._seen:
            return
        self._seen = chosen
        try:
            self._model = open_model(self._models)
            log.info("the model %s is in use from now on", self._model.title)
        except BundleError as error:
            log.error("%s stays in use: %s", self._model.title, error)


def installed(models: Path) -> list[Model | BundleError]:
    """The shipped model, then the others by name and version; an error for each folder that cannot be opened."""
    found: list[Model | BundleError] = []
    for folder in [SHIPPED_TAGGER, *sorted(path.parent for path in models.glob(f"*{AT}*/{FACTS}"))]:
        try:
            found.append(model_at(folder, check_files=False))
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
    """Put a model in use; a running service takes it up by itself."""
    model_at(model.bundle.folder)  # what was damaged since it was installed is not put in use
    models.mkdir(parents=True, exist_ok=True)
    if model.is_shipped:
        (models / IN_USE).unlink(missing_ok=True)
    else:
        write_whole(models / IN_USE, f"{model.bundle.folder.name}\n")


def remove(models: Path, wanted: str) -> str:
    """Remove an installed model, also one that cannot be opened; its NAME@VERSION. Raises ModelError."""
    folder = models / wanted
    if AT not in wanted or "/" in wanted or not folder.is_dir():
        model = find_model(models, wanted)
        if model.is_shipped:
            raise ModelError(f"{model.title} came with the package and stays.")
        folder = model.bundle.folder
    if folder.name == _chosen(models):
        raise ModelError(f"{folder.name} is in use; put another one in use first (`movietags models use NAME`).")
    going = folder.with_name(f".removed-{folder.name}")
    shutil.rmtree(going, ignore_errors=True)
    folder.rename(going)  # at once, so that nobody meets half of it
    shutil.rmtree(going)
    return folder.name


def _chosen(models: Path | None) -> str:
    """Name of the folder that `in-use` names; empty for the shipped model."""
    text = (_marked(models) or "").strip()
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
