"""Answers as the OpenAPI document and docs/api.md show them."""

from typing import Any

from service.api.bodies import STAGES, links
from service.api.deps import MOVIE_ID

RETAG_ID = "ret_0191d1f0c3a27b5e9f04a1c2d3e4f506"
TAG = {"tag": "war", "score": 0.91, "coverage": 0.42, "first_ms": 12480}
SEGMENT = {"tag": "war", "start_ms": 12480, "end_ms": 47120, "score": 0.88}
PARAMETERS = {
    "precision": "keyframe",
    "decoder": "pyav",
    "thorough": False,
    "sensitive": True,
    "min_score": None,
    "top": None,
    "objects": False,
}
FILM = {
    "file_name": "harbour.mp4",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "duration_ms": 82500,
    "width": 1920,
    "height": 1080,
    "container": "mov",
    "codec": "h264",
    "frame_rate": 25.0,
    "rotation": 0,
    "start_timecode": None,
}
MODEL: dict[str, Any] = {"name": "movietags-tagger", "version": "1.1.0", "weak": [], "unverified": []}
QUEUED: dict[str, Any] = {
    "id": MOVIE_ID,
    "state": "queued",
    "title": "The harbour",
    "external_id": None,
    "file_name": "harbour.mp4",
    "source": "upload",
    "size_bytes": 48_211_904,
    "sha256": FILM["sha256"],
    "priority": 5,
    "precision": "keyframe",
    "parameters": PARAMETERS,
    "created_at": "2026-11-03T08:30:00.125Z",
    "updated_at": "2026-11-03T08:30:00.125Z",
    "progress": {"stage": None, "stages": dict.fromkeys(STAGES, 0), "percent": 0, "remaining_seconds": None},
    "error": None,
    "film": None,
    "model": None,
    "tags": None,
    "picture": None,
    "warnings": [],
    "links": links(MOVIE_ID),
}
SUCCEEDED: dict[str, Any] = {
    **QUEUED,
    "state": "succeeded",
    "updated_at": "2026-11-03T08:30:21.440Z",
    "progress": {"stage": None, "stages": dict.fromkeys(STAGES, 100), "percent": 100, "remaining_seconds": 0},
    "film": FILM,
    "model": MODEL,
    "tags": [TAG],
    "picture": {"frame": 4, "image": f"/v1/movies/{MOVIE_ID}/frames/4/image?v=5d41402abc4b", "blurred": False},
}
CANCELLED = {**QUEUED, "state": "cancelled"}
MOVIES = {"movies": [SUCCEEDED], "found": None, "next_cursor": None, "next": None}
FRAME = {
    "number": 4,
    "time_ms": 13240,
    "shot": 3,
    "tags": [{"tag": "war", "score": 0.93}],
    "scores": {"war": 0.93, "drama": 0.31},
    "thumbnail": f"/v1/movies/{MOVIE_ID}/frames/4/image?v=5d41402abc4b",
    "blurred": False,
}
FRAMES = {"frames": [FRAME], "thresholds": {"war": 0.54, "drama": 0.45}, "total": 1, "next": None}
