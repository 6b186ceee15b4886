"""The stages of an attempt: bring the film to hand, tag it, write the result to the attempt's own folder."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from service.features import StoredFeatures, write_features
from service.outputs import FEATURES, THUMBNAIL_SIDE, ResultWriter
from service.pipeline import Stage, StageProgress, TaggedShot, tag_film
from service.predictors.predictions import Predictor
from service.results import FilmResult, Parameters
from service.settings import Settings
from service.store.runs import Attempt
from service.video.options import DecodeLimits
from service.worker.companion import Companion
from service.worker.film_file import film_at_hand
from service.worker.progress import FETCHING, PROBING, PUBLISHING, TAGGING, Progress
from service.worker.workplace import Workplace


def tag(workplace: Workplace, attempt: Attempt, progress: Progress, companion: Companion) -> str:
    """Tag the film and store what came of it; the hash of the backbone that saw it.

    Raises what may happen to a film, or TaggingCancelled.
    """
    service, timed = workplace.service, workplace.metrics.timed
    with scratch_folder(workplace) as scratch:
        writer = ResultWriter(service.storage, attempt.folder, scratch)
        with ExitStack() as stack:
            stack.callback(writer.close)
            with timed(FETCHING):
                path = stack.enter_context(film_at_hand(attempt, service.settings, service.storage, scratch))
            companion.check()
            progress.begin(PROBING)
            tagger = workplace.tagger_for(Parameters(**attempt.parameters))
            with timed(TAGGING):
                result = _Tagging(workplace, attempt, progress, companion, writer, scratch).tagged(path, tagger)
        progress.begin(PUBLISHING)
        with timed(PUBLISHING):
            writer.store(result)
        return tagger.bundle.backbone_sha256


@contextmanager
def scratch_folder(workplace: Workplace) -> Iterator[Path]:
    """An empty folder of this worker's, gone afterwards."""
    folder = workplace.scratch
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Tagging:
    """One film while it is tagged, and what is to be done on the way."""

    def __init__(
        self, workplace: Workplace, attempt: Attempt, progress: Progress, companion: Companion, writer: ResultWriter, scratch: Path
    ) -> None:
        self._workplace, self._attempt, self._progress, self._companion = workplace, attempt, progress, companion
        self._writer, self._scratch = writer, scratch

    def tagged(self, path: Path, tagger: Predictor) -> FilmResult:
        settings, began = self._workplace.service.settings, time.monotonic()
        parameters = Parameters(**self._attempt.parameters)
        result = tag_film(
            path,
            tagger,
            parameters,
            detector=self._workplace.detector() if parameters.objects else None,
            sha256=self._attempt.sha256,
            thumbnail_side=THUMBNAIL_SIDE,
            limits=limits_of(settings),
            max_duration_ms=settings.max_duration_ms,
            cancelled=self._companion.is_over,
            on_shot=self._on_shot,
            on_stage=self._on_stage,
            on_features=self._on_features,
        )
        self._workplace.metrics.speed.set(len(result.frames) / max(0.001, time.monotonic() - began))
        return replace(result, film=replace(result.film, file_name=self._attempt.file_name))

    def _on_shot(self, shot: TaggedShot) -> None:
        self._writer.add(shot.frames)
        self._workplace.metrics.frames.inc(len(shot.frames.key_frames))

    def _on_stage(self, told: StageProgress) -> None:
        if told.stage is Stage.TAGGING:
            self._progress.begin(TAGGING)
            self._progress.tell(told.fraction or 0.0)

    def _on_features(self, stored: StoredFeatures) -> None:
        film = replace(stored.film, file_name=self._attempt.file_name)  # not the name that the file has here
        write_features(self._scratch / FEATURES, replace(stored, film=film))


def limits_of(settings: Settings) -> DecodeLimits:
    """What a decoding may cost."""
    return DecodeLimits(memory_bytes=settings.decoder_memory_bytes, max_pixels=settings.max_pixels)
