"""movietags digits and objects: what is in single pictures, in this process; what they need is imported when they run."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.commands.several import answer_each
from service.errors import MovieTaggerError, NotAPicture

if TYPE_CHECKING:
    from service.images.digits import DigitsResult
    from service.images.objects import ObjectsResult
    from service.images.reading import ImageFacts

MOST = 100  # objects of a picture, unless --max says otherwise
IMAGES = click.argument("images", nargs=-1, required=True, metavar="IMAGE...", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a picture.")


@click.command()
@click.option("--min-score", type=click.FloatRange(0, 1), help="In place of the detector's own.")
@click.option("--labels", default="", help="Only these labels, with commas between them.")
@click.option("--max", "most", type=click.IntRange(1), default=MOST, show_default=True, help="At most so many objects a picture.")
@click.option("--draw", type=click.Path(file_okay=False, path_type=Path), help="Write the pictures with boxes into this folder, as JPEG.")
@JSON
@IMAGES
def objects(images: tuple[Path, ...], min_score: float | None, labels: str, most: int, draw: Path | None, as_json: bool) -> None:
    """Print the objects in pictures: label, score and box in pixels."""
    from service.images.objects import find_objects, read_for_objects, wanted_objects
    from service.models import DETECTORS, open_in_use
    from service.predictors.detector import Detector
    from service.settings import load_settings

    bundle = open_in_use(load_settings().models, DETECTORS, check_files=True).bundle
    named = [label.strip() for label in labels.split(",") if label.strip()]
    wanted = wanted_objects(bundle, min_score=min_score, labels=named, most=most)
    detector = Detector(bundle)
    drawings = _Drawings(draw) if draw else None

    def answer(path: Path) -> None:
        result = find_objects(read_for_objects(path, bundle), detector, wanted)
        _tell(path, result, _object_lines(result), as_json=as_json)
        if drawings:
            drawings.write(path, result)

    answer_each(images, answer, NotAPicture, "pictures")


@click.command()
@click.option("--single", is_flag=True, help="One digit fills each picture.")
@JSON
@IMAGES
def digits(images: tuple[Path, ...], single: bool, as_json: bool) -> None:
    """Print the digits on pictures of paper, from left to right and from top to bottom."""
    from service.images.digits import Mode, read_digits, read_for_digits
    from service.models import DIGIT_READERS, open_in_use
    from service.predictors.digits import Digits
    from service.settings import load_settings

    reader = Digits(open_in_use(load_settings().models, DIGIT_READERS, check_files=True).bundle)
    mode = Mode.SINGLE if single else Mode.PAGE

    def answer(path: Path) -> None:
        result = read_digits(read_for_digits(path, mode), reader)
        _tell(path, result, _digit_lines(result), as_json=as_json)

    answer_each(images, answer, NotAPicture, "pictures")


def _tell(path: Path, result: "ObjectsResult | DigitsResult", lines: Sequence[str], *, as_json: bool) -> None:
    answer = result.to_json()
    if as_json:
        click.echo(json.dumps({"file": str(path), **answer}, ensure_ascii=False))
        return
    click.echo("\n".join([f"{path.name}  ({_facts(result.facts)})", *lines, *(f"  {warning}" for warning in answer["warnings"])]))


def _facts(facts: "ImageFacts") -> str:
    return f"{facts.width}x{facts.height}, {facts.format}"


def _object_lines(result: "ObjectsResult") -> list[str]:
    if not result.objects:
        return ["  no objects"]
    widest = max(len(each.label) for each in result.objects)
    rows = [(each.label, each.score, each.box) for each in result.objects]
    return [f"  {label:<{widest}}  {score:.2f}  {box.width:.0f}x{box.height:.0f} at {box.x:.0f},{box.y:.0f}" for label, score, box in rows]


def _digit_lines(result: "DigitsResult") -> list[str]:
    if not result.digits:
        return ["  no digits"]
    rows = [(each.digit, each.score, each.box) for each in result.digits]
    places = [f"  {digit}  {score:.2f}  {box.width:.0f}x{box.height:.0f} at {box.x:.0f},{box.y:.0f}" for digit, score, box in rows]
    return [f"  {''.join(str(each.digit) for each in result.digits)}", *places]


class _Drawings:
    """The folder with the drawn pictures: NAME.jpg after the picture's own name, or NAME-2.jpg for another one that is called so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: Counter[str] = Counter()

    def write(self, path: Path, result: "ObjectsResult") -> None:
        from service.images.drawing import draw_boxes, encoded
        from service.images.reading import read_image

        self._written[path.name] += 1
        number = self._written[path.name]
        target = self._folder / (f"{path.name}.jpg" if number == 1 else f"{path.name}-{number}.jpg")
        drawn = encoded(draw_boxes(read_image(path, enough=None).picture, result.drawn()), "JPEG")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            target.write_bytes(drawn)
        except OSError as error:
            raise MovieTaggerError(f"{target} cannot be written: {error.strerror}") from error
