"""The command line: movietags tag, segments, frames, vocabulary; search, images and the service's commands are in service/commands."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from service.commands.export import export
from service.commands.feedback import feedback
from service.commands.images import digits, objects
from service.commands.keys import keys
from service.commands.models import models
from service.commands.search import search
from service.commands.service import COMMANDS
from service.commands.several import answer_each
from service.errors import FilmError, MovieTaggerError
from service.exports.contact_sheet import THUMBNAIL_SIDE, ContactSheets, Thumbnails
from service.exports.csv_table import CsvTable
from service.exports.text import film_table, time_range
from service.library import ResultFolder, content_hash, find_films
from service.records import Decoder, Precision
from service.results import FilmResult, Parameters
from service.tags import LANGUAGES

if TYPE_CHECKING:
    from service.models import Model
    from service.pipeline import OnProgress, OnShot
    from service.predictors.detector import Detector
    from service.predictors.tagger import Tagger

Command = TypeVar("Command", bound=Callable[..., None])

FILMS = click.argument("films", nargs=-1, required=True, metavar="FILM...")
LANGUAGE = click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the tags' names.")
# Named as the fields of service.results.Parameters.
PARAMETERS = (
    click.option(
        "--precision",
        type=click.Choice([str(choice) for choice in Precision]),
        default=str(Precision.KEYFRAME),
        show_default=True,
        help="keyframe: fast, enough for tags. frame: decode everything, exact cuts.",
    ),
    click.option("--min-score", type=click.FloatRange(0, 1), help="One threshold for every tag, in place of each tag's own."),
    click.option("--top", type=click.IntRange(1), help="At most so many tags for a film."),
    click.option(
        "--thorough",
        is_flag=True,
        help="Look at each key frame three times, whole and in two crops, for three times the work.",
    ),
    click.option("--sensitive/--no-sensitive", default=True, help="With or without the tags of the network for nudity and sex."),
    click.option(
        "--decoder",
        type=click.Choice([str(choice) for choice in Decoder]),
        default=str(Decoder.PYAV),
        show_default=True,
        help="Which library decodes.",
    ),
)


def parameter_options(command: Command) -> Command:
    """Add the options that decide the answer."""
    for option in reversed(PARAMETERS):
        command = option(command)
    return command


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Turn our errors into one line on standard error and exit code 1."""
        try:
            return super().invoke(ctx)
        except MovieTaggerError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group)
@click.version_option(package_name="movietags")
def main() -> None:
    """Tells what a film is about: its themes, with scores and the times where they hold."""


for command in (digits, export, feedback, keys, models, objects, search, *COMMANDS):
    main.add_command(command)


@main.command()
@parameter_options
@click.option("--objects", is_flag=True, help="Find objects in the key frames too.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a film.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write one JSON file a film into this folder.")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Write one table of all films.")
@click.option("--skip-existing", is_flag=True, help="Do not tag again what --out holds with the same content, model and parameters.")
@LANGUAGE
@FILMS
def tag(
    films: tuple[str, ...], as_json: bool, out: Path | None, csv_file: Path | None, skip_existing: bool, language: str, **parameters: Any
) -> None:
    """Print the themes of films: files, folders (with all below) or globs."""
    if skip_existing and out is None:
        raise click.UsageError("--skip-existing needs --out, the folder with the results so far.")
    paths = _films(films)
    results = ResultFolder(out) if out else None
    given = Parameters(**parameters)
    tagger = _load_tagger(_model(check_files=True), given)
    detector = _load_detector() if given.objects else None
    vocabulary = tagger.vocabulary
    with CsvTable(csv_file, vocabulary) if csv_file else nullcontext() as table:

        def answer(path: Path) -> None:
            sha256 = content_hash(path) if skip_existing else None
            bundles = (tagger.bundle, detector.bundle) if detector else (tagger.bundle,)
            found = results.existing(path, sha256, bundles, given) if results and sha256 else None
            result = found or _tag(path, tagger, given, detector=detector, sha256=sha256).to_json()
            if results and not found:
                results.write(path, result)
            if table:
                table.write(path, result)
            click.echo(json.dumps(result, ensure_ascii=False) if as_json else film_table(result, vocabulary, language) + "\n")

        _each(paths, answer)


@main.command()
@parameter_options
@click.option("--tag", "tag_id", required=True, help="The tag, by its id: `movietags vocabulary` lists them.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a film.")
@FILMS
def segments(films: tuple[str, ...], tag_id: str, as_json: bool, **parameters: Any) -> None:
    """Print the ranges of time where a tag holds."""
    model = _model(check_files=True)
    tag_id = model.vocabulary[tag_id].id
    given = Parameters(**parameters)
    tagger = _load_tagger(model, given)

    def answer(path: Path) -> None:
        result = _tag(path, tagger, given).to_json()
        parts = [part for part in result["segments"] if part["tag"] == tag_id]
        if as_json:
            click.echo(json.dumps({"film": result["film"], "tag": tag_id, "segments": parts}, ensure_ascii=False))
            return
        click.echo(f"{path.name}: {tag_id} " + (f"holds in {len(parts)} segments" if parts else "holds nowhere"))
        for part in parts:
            click.echo(f"  {time_range(part)}  {part['score']:.2f}")

    _each(_films(films), answer)


@main.command()
@parameter_options
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the sheets.")
@LANGUAGE
@FILMS
def frames(films: tuple[str, ...], out: Path, language: str, **parameters: Any) -> None:
    """Write contact sheets: the key frames of each film with their times and tags."""
    given = Parameters(**parameters)
    tagger = _load_tagger(_model(check_files=True), given)
    sheets = ContactSheets(out, tagger.vocabulary, language)

    def answer(path: Path) -> None:
        thumbnails = Thumbnails()
        result = _tag(path, tagger, given, thumbnail_side=THUMBNAIL_SIDE, on_shot=lambda shot: thumbnails.add(shot.frames))
        for page in sheets.write(path.stem, result, thumbnails):
            click.echo(page)

    _each(_films(films), answer)


@main.command()
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def vocabulary(language: str, as_json: bool) -> None:
    """List the tags and what counts as each."""
    tags = _model().vocabulary.tags
    if as_json:
        click.echo(json.dumps([asdict(tag) for tag in tags], ensure_ascii=False))
        return
    for tag in tags:
        click.echo(f"{tag.id:<19} {tag.name[language]:<27} {tag.description[language]}")


def _films(given: Sequence[str]) -> list[Path]:
    paths, others = find_films(given)
    if others:
        click.echo(f"passed over {others} files in folders that are not named like films", err=True)
    if not paths:
        raise click.ClickException("No film was found there; name files, or folders that hold some.")
    return paths


def _each(paths: Sequence[Path], answer: Callable[[Path], None]) -> None:
    answer_each(paths, answer, FilmError, "films")


def _model(*, check_files: bool = False) -> "Model":
    from service.models import open_model
    from service.settings import load_settings

    return open_model(load_settings().models, check_files=check_files)


def _load_tagger(model: "Model", parameters: Parameters) -> "Tagger":
    # OpenVINO takes a good part of a second to import, and `search` and `vocabulary` do without it.
    from service.predictors.tagger import Tagger

    return Tagger(model.bundle, model.vocabulary, sensitive=parameters.sensitive)


def _load_detector() -> "Detector":
    from service.models import DETECTORS, open_in_use
    from service.predictors.detector import Detector
    from service.settings import load_settings

    return Detector(open_in_use(load_settings().models, DETECTORS, check_files=True).bundle)


def _tag(
    path: Path,
    tagger: "Tagger",
    parameters: Parameters,
    *,
    detector: "Detector | None" = None,
    sha256: str | None = None,
    thumbnail_side: int | None = None,
    on_shot: "OnShot | None" = None,
) -> FilmResult:
    from service.pipeline import tag_film

    with _progress(path.name) as on_progress:
        return tag_film(
            path,
            tagger,
            parameters,
            detector=detector,
            sha256=sha256,
            thumbnail_side=thumbnail_side,
            on_shot=on_shot,
            on_progress=on_progress,
        )


@contextmanager
def _progress(name: str) -> Iterator["OnProgress | None"]:
    """A bar on a terminal: how much of the film's time is scored."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1000, label=name, file=sys.stderr) as bar:

        def show(position_ms: int, duration_ms: int | None) -> None:
            if duration_ms:
                bar.update(min(1000, 1000 * position_ms // duration_ms) - bar.pos)

        yield show
