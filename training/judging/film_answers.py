"""What a bundle says of films, through the service's own stages; what the backbone saw is kept, so that the next head is quick."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs

from service.errors import NeedsDecoding, ResultError
from service.features import StoredFeatures, read_features, write_features
from service.files import file_sha256
from service.pipeline import tag_film
from service.predictors.bundle import TaggerBundle
from service.predictors.predictions import Predictor
from service.predictors.tagger import Tagger
from service.records import Decoder, Precision
from service.results import FilmResult, Parameters
from service.retag import retag
from service.tags import Vocabulary
from training.errors import DataError
from training.judging.measures import Flags, Scores
from training.written import written_whole

log = logging.getLogger(__name__)

NAMED = 10  # missing films that a message names


@dataclass(frozen=True)
class FilmAnswers:
    """Of each film."""

    scores: Scores  # (films, tags)
    chosen: Flags  # (films, tags): the compact set


def film_folder() -> Path:
    """Where the features of films are kept between runs."""
    return Path(platformdirs.user_cache_dir("movietags")) / "film-features"


def find_films(files: Sequence[str], clips: Path) -> list[Path]:
    """The films as a table names them, below `clips` or right in it. Raises DataError, which names those that are missing."""
    found = [next((path for path in (clips / file, clips / Path(file).name) if path.is_file()), None) for file in files]
    missing = [file for file, path in zip(files, found, strict=True) if path is None]
    if missing:
        rest = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        raise DataError(f"{clips} lacks {len(missing)} of {len(files)} films: {', '.join(missing[:NAMED])}{rest}.")
    return [path for path in found if path]


class FilmTagger:
    """Tags films one after the other; the networks are loaded when the first film needs them."""

    def __init__(self, bundle: TaggerBundle, vocabulary: Vocabulary, store: Path, predictor: Predictor | None = None) -> None:
        self._bundle, self._vocabulary, self._store = bundle, vocabulary, store
        self._parameters = Parameters(Precision.KEYFRAME, Decoder.PYAV, False, bool(bundle.sensitive.tags), None, None)
        self._predictor = predictor

    def result(self, path: Path) -> FilmResult:
        """The service's answer for a film."""
        sha256 = file_sha256(path)
        kept = self._store / f"{self._bundle.backbone_sha256[:16]}-{sha256[:32]}.npz"
        try:
            return retag(read_features(kept), self._bundle, self._vocabulary, self._parameters)
        except (FileNotFoundError, NeedsDecoding, ResultError):
            return self._tag(path, sha256, kept)

    def _tag(self, path: Path, sha256: str, kept: Path) -> FilmResult:
        found: list[StoredFeatures] = []
        self._predictor = self._predictor or Tagger(self._bundle, self._vocabulary, sensitive=self._parameters.sensitive)
        result = tag_film(path, self._predictor, self._parameters, sha256=sha256, on_features=found.append)
        self._store.mkdir(parents=True, exist_ok=True)
        with written_whole(kept) as fresh:
            write_features(fresh, found[0])
        return result


def film_answers(tagger: FilmTagger, films: Sequence[Path], tags: Sequence[str]) -> FilmAnswers:
    """Scores and compact sets of films for `tags`, which the tagger's vocabulary has."""
    scores, chosen = np.zeros((len(films), len(tags)), np.float32), np.zeros((len(films), len(tags)), bool)
    for row, path in enumerate(films):
        result = tagger.result(path)
        said = {item.tag for item in result.tags}
        scores[row] = [result.scores[tag] for tag in tags]
        chosen[row] = [tag in said for tag in tags]
        log.info("film %d of %d: %s", row + 1, len(films), path.name)
    return FilmAnswers(scores, chosen)
