"""Install a model: copy what its bundle.json names, check the copy, and only then let it be seen.

Bundles come from strangers: nothing but ordinary files beside bundle.json is read, none beyond a size, none that holds code.
"""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from service.errors import BundleError, ModelError, MovieTaggerError, VocabularyError
from service.models import AT, KINDS, UNFINISHED, AnyModel, alone, kind_at
from service.predictors.bundle import TAGS
from service.predictors.facts import CARD, FACTS, LARGEST_CARD, read_facts

LARGEST = {FACTS: 10 << 20, TAGS: 5 << 20, CARD: LARGEST_CARD}  # bytes
LARGEST_FILE = 1 << 30
LARGEST_BUNDLE = 3 << 30
MOST_FILES = 32
PIECE = 1 << 20


def install(models: Path, given: Path) -> AnyModel:
    """Install the bundle in a folder (or in its folder `bundle`: a training run's); the installed model.

    The same content again changes nothing, but mends what was damaged. Raises BundleError for a bundle that cannot be served,
    ModelError where its name and version stand for another one or the disk takes no more; nothing is left behind then.
    """
    folder = given if (given / FACTS).exists() or not (given / "bundle" / FACTS).exists() else given / "bundle"
    with alone(models):
        copy = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=models))
        try:
            _copy(folder, copy)
            model = _checked(copy)
            there = _same(models, model)
            if there is not None and (there in (kind.shipped for kind in KINDS) or _is_whole(there, model)):
                return _opened(there)
            return _put(copy, models / model.title)
        except (BundleError, VocabularyError) as error:
            raise BundleError(str(error).replace(str(copy), str(folder))) from error
        except OSError as error:
            raise ModelError(f"{given} cannot be installed in {models}: {error.strerror}.") from error
        finally:
            shutil.rmtree(copy, ignore_errors=True)


def _copy(folder: Path, target: Path) -> None:
    _copy_file(folder / FACTS, target / FACTS)
    names = read_facts(target)["files"]
    if len(names) > MOST_FILES:
        raise BundleError(f"{folder / FACTS} names {len(names)} files; a bundle has at most {MOST_FILES}.")
    left = LARGEST_BUNDLE
    for name in names:
        left -= _copy_file(folder / name, target / name)
        if left < 0:
            raise BundleError(f"The bundle {folder} is larger than {LARGEST_BUNDLE:,} bytes.")


def _copy_file(source: Path, target: Path) -> int:
    """Copy an ordinary file, no link and no pipe; its size in bytes."""
    most = LARGEST.get(source.name, LARGEST_FILE)
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        link = " (a symbolic link; copy the file itself there)" if source.is_symlink() else ""
        raise BundleError(f"{source} cannot be read: {error.strerror}{link}.") from error
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BundleError(f"{source} is no ordinary file.")
        with target.open("xb") as copy:
            while piece := stream.read(PIECE):
                copy.write(piece)
                if copy.tell() > most:
                    raise BundleError(f"{source} is larger than {most:,} bytes, the most that is taken.")
            copy.flush()
            os.fsync(copy.fileno())
            return copy.tell()


def _opened(folder: Path, *, check_files: bool = True) -> AnyModel:
    """The model of a bundle's folder, of the kind that it says it is."""
    model: AnyModel = kind_at(folder).read(folder, check_files=check_files)
    return model


def _checked(copy: Path) -> AnyModel:
    """Every check there is, the networks' answers at last."""
    from service.predictors.trial import try_model  # OpenVINO takes its time to import

    model = _opened(copy)
    try_model(model)
    return model


def _same(models: Path, model: AnyModel) -> Path | None:
    """The folder of the model of this name and version. Raises ModelError where it is another one."""
    for folder in (*(kind.shipped for kind in KINDS), models / model.title):
        if not (folder / FACTS).exists():
            continue
        facts = read_facts(folder)
        if f"{facts['name']}{AT}{facts['version']}" != model.title:
            continue
        if facts != read_facts(model.bundle.folder):
            raise ModelError(
                f"Another model is installed as {model.title} already. Give yours another version "
                f"(`movietags-train export RUN --version ...`), or remove that one first (`movietags models remove {model.title}`)."
            )
        return folder
    return None


def _is_whole(folder: Path, model: AnyModel) -> bool:
    try:
        model.kind.read(folder)
    except MovieTaggerError:
        return False
    return True


def _put(copy: Path, target: Path) -> AnyModel:
    """Let the copy be seen, in the place of one that was damaged."""
    os.chmod(copy, 0o755)  # mkdtemp keeps it to its owner; a service may run as another user
    former = copy.with_name(f"{UNFINISHED}{target.name}")
    if target.exists():
        os.rename(target, former)
    os.rename(copy, target)
    shutil.rmtree(former, ignore_errors=True)
    return _opened(target, check_files=False)
