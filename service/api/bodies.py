"""A film as the body of an answer: plain dictionaries, since many clients ask for it every second."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from service.store.tables import Movie, Run, State

# Share of the whole run that each stage stands for, in per cent.
STAGES = {"fetching": 4, "probing": 1, "tagging": 94, "publishing": 1}
MODEL_FACTS = ("name", "version", "weak", "unverified")  # thresholds and the like are in the exported result
A_YEAR = 31_536_000


def moment(milliseconds: int) -> str:
    """RFC 3339 in UTC, such as 2026-11-03T08:30:00.125Z."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def movie_body(movie: Movie, run: Run, prefix: str = "") -> dict[str, Any]:
    """The film with its run; `prefix` (settings.root_path) leads the links."""
    return {
        "id": movie.id,
        "state": movie.state,
        "title": movie.title,
        "external_id": movie.external_id,
        "file_name": movie.file_name,
        "source": movie.source,
        "size_bytes": movie.size_bytes,
        "sha256": movie.sha256,
        "priority": movie.priority,
        "precision": movie.parameters["precision"],
        "parameters": movie.parameters,
        "created_at": moment(movie.created_at),
        "updated_at": moment(max(movie.updated_at, run.updated_at)),
        "progress": progress(movie.state, run),
        "error": movie.error,
        "film": movie.film,
        "model": movie.model and {name: movie.model[name] for name in MODEL_FACTS},
        "tags": movie.tags,
        "picture": _picture(movie, prefix),
        "warnings": movie.warnings or [],
        "links": links(movie.id, prefix),
    }


def _picture(movie: Movie, prefix: str) -> dict[str, Any] | None:
    """What shows the film in lists. Of a result of an earlier version nobody knows what its first frame shows."""
    if movie.result_key is None:
        return None
    picture = movie.picture or {"frame": 0, "blurred": True}
    return {**picture, "image": frame_image(movie, picture["frame"], prefix)}


def result_version(movie: Movie) -> str:
    """Tells what belongs to one result of a film from what belongs to another."""
    return hashlib.sha256(str(movie.result_key).encode()).hexdigest()[:12]


def kept(movie: Movie, version: str | None) -> str:
    """Cache-Control of what belongs to one result: an address that names its version may be kept for a year."""
    return f"private, max-age={A_YEAR}, immutable" if version == result_version(movie) else "private, no-cache"


def frame_image(movie: Movie, number: int | str, prefix: str = "") -> str:
    """Address of a key frame's picture; it may be kept, for another result's has another one."""
    return f"{prefix}/v1/movies/{movie.id}/frames/{number}/image?v={result_version(movie)}"


def progress(state: str, run: Run) -> dict[str, Any]:
    """How far the run is: a stage that another one follows is at its end."""
    if state == State.SUCCEEDED:
        return {"stage": None, "stages": dict.fromkeys(STAGES, 100), "percent": 100, "remaining_seconds": 0}
    reached = run.progress.get("stages", {})
    at_work = run.stage if state == State.RUNNING else None
    stages: dict[str, float] = {}
    before = at_work in STAGES
    for stage in STAGES:
        before = before and stage != at_work
        stages[stage] = 100 if before else round(min(max(reached.get(stage, 0), 0), 100), 1)
    percent = round(sum(STAGES[stage] * done for stage, done in stages.items()) / 100, 1)
    remaining = run.progress.get("remaining_seconds") if state == State.RUNNING else None
    return {"stage": at_work, "stages": stages, "percent": percent, "remaining_seconds": remaining}


def links(movie_id: str, prefix: str = "") -> dict[str, str]:
    """Addresses of the film and its parts."""
    movie = f"{prefix}/v1/movies/{movie_id}"
    parts = ("segments", "shots", "frames", "objects", "file", "events", "export")
    return {"self": movie, **{part: f"{movie}/{part}" for part in parts}}
