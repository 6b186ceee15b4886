"""Pictures of the report: small JPEGs inside the page, each with the places that speak for a tag."""

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from service.errors import NotAPicture
from service.predictors.bundle import TaggerBundle
from service.predictors.heat_map import heat_map
from service.predictors.runtime import Network
from service.video.geometry import Picture, cut_black_bars, network_input
from training.judging.judged import Judged
from training.report.choice import Choice, Kind
from training.views import load_picture
from training.weights import Weights

log = logging.getLogger(__name__)

SIDE = 256  # pixels of the longer side
QUALITY = 72  # of JPEG
TOLD = 3  # tags of an image that are told
DIM = 0.35  # of the light that cold places keep


@dataclass(frozen=True)
class Card:
    """An image with what is said of it."""

    name: str
    kind: Kind
    tag: str
    score: float
    there: tuple[str, ...]  # tags of its labels
    said: tuple[tuple[str, float], ...]  # its best tags
    width: int  # pixels of the pictures
    height: int
    picture: str  # data URI
    heat: str  # the same with the heat map; empty for a tag that the head does not know


def cards(judged: Judged, choices: Sequence[Choice], bundle: TaggerBundle, head: Weights) -> list[Card]:
    """One card a choice; pictures that are not there any more are left out."""
    pictures = [_load(judged.paths[choice.row]) for choice in choices]
    there = [(choice, picture) for choice, picture in zip(choices, pictures, strict=True) if picture is not None]
    if not there:
        return []
    maps = Network(bundle.folder / "backbone.xml", "map")(np.stack([network_input(picture) for _, picture in there]))
    return [
        _card(judged, choice, picture, _heat(judged, choice, maps[place], bundle, head)) for place, (choice, picture) in enumerate(there)
    ]


def _load(path: Path) -> Picture | None:
    try:
        return load_picture(path)
    except (OSError, NotAPicture) as error:
        reason = error if path.exists() else "it is not there any more"
        log.warning("The report leaves %s out: %s", path, reason)
        return None


def _heat(judged: Judged, choice: Choice, maps: NDArray[np.float32], bundle: TaggerBundle, head: Weights) -> NDArray[np.float32] | None:
    tag = judged.tags[choice.column]
    return heat_map(head, maps, bundle.labels.index(tag)) if tag in bundle.labels else None


def _card(judged: Judged, choice: Choice, picture: Picture, heat: NDArray[np.float32] | None) -> Card:
    small = _small(cut_black_bars(picture))
    best = np.argsort(-judged.scores[choice.row], kind="stable")[:TOLD].tolist()
    return Card(
        name=judged.names[choice.row],
        kind=choice.kind,
        tag=judged.tags[choice.column],
        score=float(judged.scores[choice.row, choice.column]),
        there=tuple(tag for tag, shown in zip(judged.tags, judged.truth[choice.row], strict=True) if shown),
        said=tuple((judged.tags[column], float(judged.scores[choice.row, column])) for column in best),
        width=small.shape[1],
        height=small.shape[0],
        picture=data_uri(small),
        heat="" if heat is None else data_uri(heated(small, heat)),
    )


def _small(picture: Picture) -> Picture:
    scale = min(1.0, SIDE / max(picture.shape[:2]))
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def heated(picture: Picture, heat: NDArray[np.float32]) -> Picture:
    """The picture, grey and dim where nothing speaks for the tag, in colour and warm where most does."""
    height, width = picture.shape[:2]
    shares = np.clip(cv2.resize(heat / max(float(heat.max()), 1e-9), (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)[..., None]
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB).astype(np.float32)
    glow = cv2.cvtColor(cv2.applyColorMap((shares[..., 0] * 255).astype(np.uint8), cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    lit = grey * (DIM + (1 - DIM) * shares) * (1 - 0.55 * shares) + glow * (0.55 * shares)
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def data_uri(picture: Picture) -> str:
    """A JPEG that stands in the page itself."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
