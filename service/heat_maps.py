"""Where in a film's key frame a tag was seen: which films that can be told of, and the picture of it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.context import Service
from service.errors import ModelError, NoHeatMap, NotAPicture, NotFound
from service.images.drawing import encoded
from service.images.heat import HeatView, draw_heat, read_for_heat
from service.models import AT, Model, find_model
from service.outputs import thumbnail
from service.predictors.bundle import TaggerBundle
from service.predictors.heads import Head
from service.predictors.heat_map import heat_map
from service.store.tables import Movie


class MapGiver(Protocol):
    """What is needed of the tagger in use."""

    bundle: TaggerBundle

    def maps(self, pictures: NDArray[np.uint8]) -> NDArray[np.float16]:
        """Last activations (n, rows, columns, channels) of pictures (n, side, side, 3), RGB."""


@dataclass(frozen=True)
class HeatPicture:
    """A heat map to be laid over a key frame's stored picture."""

    png: bytes  # as large as that, transparent where nothing speaks for the tag
    peak: float  # most that one place adds to the tag's log-odds against the background


def check_heat(models: Path, movie: Movie, tag: str, model: Model) -> None:
    """Whether `model` can tell: it must have the head that tagged the film; others lie in `models`. Raises UnknownTag, NoHeatMap."""
    bundle, made_by = model.bundle, movie.model or {}
    if tag not in made_by.get("thresholds", ()):
        model.vocabulary.index(tag)
    before, now = f"{made_by['name']}{AT}{made_by['version']}", model.title
    if before != now and not _is_same_head(models, before, bundle):
        way = "retag" if movie.backbone_sha256 == bundle.backbone_sha256 else "retry"
        raise NoHeatMap(f"The film was tagged by {before}, and {now} is in use; POST /v1/movies/{movie.id}/{way} has that tag it.")
    if tag not in bundle.labels:
        raise NoHeatMap(f"The tag {tag!r} comes from another network, which does not tell where it saw it; ask for a trained tag.")


def heat_of(service: Service, movie: Movie, number: int, tag: str, tagger: MapGiver) -> HeatPicture:
    """The heat map of a tag in a key frame, of whose film `check_heat` says that the model can tell.

    It is computed of the frame's stored picture, which is smaller than what was tagged. Raises NotFound, NoHeatMap, InferenceUnavailable.
    """
    view = _view(service, movie, number)
    bundle = tagger.bundle
    [maps] = tagger.maps(view.network[None])
    if not maps.size:
        raise NoHeatMap(f"The backbone of {bundle.name} {bundle.version} has no output for it; export the bundle again.")
    heat = heat_map(_head(bundle.folder, bundle.head_sha256).weights, maps, bundle.labels.index(tag))
    return HeatPicture(encoded(draw_heat(heat, view), "PNG"), float(heat.max()))


def _view(service: Service, movie: Movie, number: int) -> HeatView:
    try:
        return read_for_heat(thumbnail(service.storage, str(movie.result_key), number))
    except NotAPicture as error:
        raise NotFound(f"The stored picture of frame {number} is damaged: {error}") from error


def _is_same_head(models: Path, title: str, bundle: TaggerBundle) -> bool:
    """Whether the installed model `title` differs from `bundle` in other things, such as thresholds, alone."""
    try:
        other = find_model(models, title)
    except ModelError:
        return False
    return isinstance(other, Model) and _networks(other.bundle) == _networks(bundle)


def _networks(bundle: TaggerBundle) -> tuple[str, str]:
    return bundle.backbone_sha256, bundle.head_sha256


@lru_cache(1)
def _head(folder: Path, _sha256: str) -> Head:
    """Kept, for one frame is looked at for several tags."""
    return Head(folder)
