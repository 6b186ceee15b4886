"""Films and results put into a service without tagging anything."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from service.context import Service
from service.features import FeatureRows, FeatureSource, stored_features, write_features
from service.film_objects import DetectorFacts, FilmObjects, ShotObjects
from service.images.boxes import Box
from service.outputs import FEATURES, PICTURES, PLACES, RESULT
from service.predictors.bundle import load_tagger_bundle
from service.predictors.predictions import Predictions
from service.records import DecodeReport, FilmFacts, Shot
from service.results import FilmResult, FilmTag, FrameResult, ModelFacts, Parameters
from service.store import movies, runs
from service.store.engine import Session, new_id, now_ms
from service.store.movies import FilmFile, MovieFields
from service.store.runs import Attempt, Published
from service.store.tables import Movie, Run, RunKind, Source, State
from service.tags import load_vocabulary
from service.timeline.segments import coverage, segments
from service.timeline.telling import telling_frame
from service.timeline.themes import FrameScores
from service.timeline.tracks import FoundObject

VOCABULARY = load_vocabulary()
BUNDLE = load_tagger_bundle(VOCABULARY, check_files=False)
PARAMETERS = Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None)
SHOT_MS = 4000
Shots = Sequence[Sequence[str]]  # for each shot the tags that it shows
FACTS = FilmFacts("harbour.mp4", "mov", "h264", 320, 240, None, Fraction(25), 0, None, 0, False)
HIGH = 0.9  # a tag's score in a shot where it shows


def result_of(shots: Shots, sha256: str, parameters: Parameters = PARAMETERS, file_name: str = "harbour.mp4") -> FilmResult:
    """A film whose shots (four seconds and one key frame each) show these tags."""
    spans = tuple(Shot(number * SHOT_MS, (number + 1) * SHOT_MS) for number in range(len(shots)))
    rows = np.array([[HIGH if tag in shown else 0.1 for tag in VOCABULARY.ids] for shown in shots], np.float32)
    thresholds = np.array([BUNDLE.thresholds[tag] for tag in VOCABULARY.ids], np.float32)
    parts = tuple(segments(VOCABULARY.ids, spans, rows, thresholds))
    duration_ms = len(shots) * SHOT_MS
    held = dict.fromkeys(part.tag for part in parts)
    tags = [
        FilmTag(
            tag, HIGH, coverage([part for part in parts if part.tag == tag], duration_ms), next(p.start_ms for p in parts if p.tag == tag)
        )
        for tag in held
    ]
    frames = [
        FrameResult(span.start_ms + 2000, number, rows[number], tuple((tag, HIGH) for tag in VOCABULARY.ids if tag in shots[number]))
        for number, span in enumerate(spans)
    ]
    return FilmResult(
        film=replace(FACTS, file_name=file_name),
        sha256=sha256,
        duration_ms=duration_ms,
        model=_model(),
        parameters=parameters,
        scores={tag: HIGH if tag in held else 0.1 for tag in VOCABULARY.ids},
        tags=tuple(tags),
        segments=parts,
        shots=spans,
        frames=tuple(frames),
        warnings=(),
    )


def _model() -> ModelFacts:
    return ModelFacts(
        name=BUNDLE.name,
        version=BUNDLE.version,
        weak=tuple(sorted(BUNDLE.weak)),
        unverified=tuple(sorted(BUNDLE.unverified)),
        thresholds=BUNDLE.thresholds,
        most_tags=8,
        sensitive=tuple(BUNDLE.sensitive.tags),
        agreeing_key_frames=BUNDLE.sensitive.key_frames,
    )


def objects_of(*shots: Mapping[str, float]) -> FilmObjects:
    """For each shot of `result_of` the labels that its key frame shows, with their scores."""
    box = Box(0.25, 0.5, 0.5, 0.25)
    found = [
        ShotObjects(
            Shot(number * SHOT_MS, (number + 1) * SHOT_MS),
            (number * SHOT_MS + 2000,),
            (tuple(FoundObject(label, score, box) for label, score in shown.items()),),
        )
        for number, shown in enumerate(shots)
    ]
    return FilmObjects(DetectorFacts("patches", "1", 0.4), tuple(found))


def add_film(service: Service, title: str = "harbour.mp4", content: bytes = b"", **fields: Any) -> str:
    """A queued film; its id. `content` is kept as its file."""
    movie_id = new_id("mov")
    path = f"films/{movie_id}/film.mp4"
    service.storage.put(path, content or movie_id.encode())
    file = FilmFile(Source.UPLOAD, path, "harbour.mp4", len(content or movie_id), (movie_id[4:] * 2)[:64])
    with service.database.write() as session:
        given = MovieFields(**{"parameters": PARAMETERS, "title": title, **fields})
        movie = movies.insert(session, movie_id, file, given, None, now_ms(session))
        assert movie is not None
        service.jobs.enqueue_run(session, session.get_one(Run, movie.run_id))
    return movie_id


def add_library_film(service: Service, path: Path, **fields: Any) -> str:
    """An imported film, queued."""
    facts, movie_id = path.stat(), new_id("mov")
    file = FilmFile(Source.IMPORT, str(path), path.name, facts.st_size, None, facts.st_mtime_ns)
    with service.database.write() as session:
        movies.insert(session, movie_id, file, MovieFields(**{"parameters": PARAMETERS, **fields}), None, now_ms(session))
    return movie_id


def begin(service: Service, movie_id: str, **progress: Any) -> Attempt:
    """The film's run is at work from now on."""
    with service.database.write() as session:
        return begin_in(session, movie_id, **progress)


def begin_in(session: Session, movie_id: str, **progress: Any) -> Attempt:
    """The same within a transaction."""
    movie, now = session.get_one(Movie, movie_id), now_ms(session)
    run = session.get_one(Run, movie.run_id)
    movie.state = run.state = State.RUNNING
    run.attempt, run.stage = run.attempt + 1, progress.get("stage", "tagging")
    run.progress = {"stages": progress.get("stages", {}), "remaining_seconds": progress.get("remaining_seconds")}
    movie.updated_at = run.updated_at = max(now, run.updated_at + 1)
    facts = movie.source, movie.path, movie.file_name, movie.size_bytes, movie.modified_ns, movie.sha256, movie.result_key
    return Attempt(run.id, run.attempt, RunKind(run.kind), movie.parameters, movie.id, Source(facts[0]), *facts[1:])


def succeed(service: Service, movie_id: str, shots: Shots = (("war",), ("war", "drama"), ()), **made: Any) -> Mapping[str, Any]:
    """The film is tagged; its result. `made`: `backbone_sha256`, `parameters`, `objects`."""
    attempt = begin(service, movie_id)
    parameters = made.get("parameters", Parameters(**attempt.parameters))
    result = replace(result_of(shots, attempt.sha256 or "0" * 64, parameters, attempt.file_name), objects=made.get("objects"))
    content = result.to_json()
    store(service.storage.put, attempt.folder, result, content)
    with service.database.write() as session:
        publish_in(session, attempt, content, made.get("backbone_sha256", BUNDLE.backbone_sha256))
    return content


def publish_in(session: Session, attempt: Attempt, content: dict[str, Any], backbone_sha256: str = BUNDLE.backbone_sha256) -> None:
    """Make a result that is stored the film's."""
    published = Published(attempt.folder, content, backbone_sha256, asdict(telling_frame(content, VOCABULARY.blurred)))
    assert isinstance(runs.publish(session, attempt, published, now_ms(session)), Movie)


def fail(service: Service, movie_id: str) -> None:
    """The film's run has failed."""
    attempt = begin(service, movie_id)
    error = {"type": "no-video", "title": "There is no video in it", "detail": "harbour.mp4 has sound alone."}
    with service.database.write() as session:
        runs.end(session, attempt.run_id, State.FAILED, error, now_ms(session))


def add_tagged(service: Service, title: str = "harbour.mp4", shots: Shots = (("war",), ("war", "drama"), ()), **fields: Any) -> str:
    """A film that was tagged; its id."""
    movie_id = add_film(service, title, **fields)
    succeed(service, movie_id, shots)
    return movie_id


@lru_cache(64)
def picture(number: int) -> bytes:
    """The picture of a key frame."""
    stream = io.BytesIO()
    Image.new("RGB", (32, 24), (number * 20 % 256, 80, 120)).save(stream, "jpeg")
    return stream.getvalue()


def store(put: Callable[[str, bytes], None], folder: str, result: FilmResult, content: Mapping[str, Any]) -> None:
    """The files of a result, by `put(key, data)`."""
    pictures = [picture(number % 64) for number in range(len(result.frames))]
    places = [0, *np.cumsum([len(data) for data in pictures]).tolist()]
    stream = io.BytesIO()
    write_features(stream, _features(result))
    put(f"{folder}/{PICTURES}", b"".join(pictures))
    put(f"{folder}/{PLACES}", json.dumps({"offsets": places, "width": 32}).encode())
    put(f"{folder}/{FEATURES}", stream.getvalue())
    put(f"{folder}/{RESULT}", json.dumps(content).encode())


def _features(result: FilmResult) -> Any:
    rows = FeatureRows()
    scores = np.array([frame.scores for frame in result.frames], np.float32)
    rows.add(Predictions(scores, np.zeros((len(scores), 1, 2048), np.float16)))
    shots = [
        FrameScores(shot, (frame.time_ms,), scores[number : number + 1])
        for number, (shot, frame) in enumerate(zip(result.shots, result.frames, strict=True))
    ]
    hashes = BUNDLE.backbone_sha256, BUNDLE.head_sha256, BUNDLE.sensitive_sha256
    source = FeatureSource(BUNDLE.name, BUNDLE.version, *hashes, dict(BUNDLE.sensitive.threshold), VOCABULARY.ids)
    report = DecodeReport(len(scores), 0, result.duration_ms)
    return stored_features(result.film, result.sha256, report, source, result.parameters, shots, rows)
