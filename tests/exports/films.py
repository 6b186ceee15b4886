"""Results of films that never were, for the writers."""

from collections.abc import Sequence
from typing import Any

from service.tags import Tag, Vocabulary

ODD_NAME = "Tom & \"Jerry\" <b>'5' --> {x}\nsecond line \N{GRINNING FACE}.mov"
ODD_TAG = 'A=B;C#D\\E & "F" <i>--></i> {y}\nG \N{FIRE}'

VOCABULARY = Vocabulary(
    tuple(
        Tag(tag_id, {"en": english, "es": spanish}, {"en": "", "es": ""}, "other")
        for tag_id, english, spanish in (
            ("war", "War", "Guerra"),
            ("food", "Food", "Comida"),
            ("odd", ODD_TAG, ODD_TAG),
            ("sea", "Sea", "Mar"),
        )
    )
)


def film(
    *segments: tuple[str, int, int, float],
    frame_rate: float | None = 25.0,
    start_timecode: str | None = None,
    duration_ms: int = 60_000,
    file_name: str = "film.mp4",
    tags: Sequence[str] = ("war",),
) -> dict[str, Any]:
    """A result with the segments (tag, start_ms, end_ms, score)."""
    return {
        "schema_version": 1,
        "film": {
            "file_name": file_name,
            "sha256": "0" * 64,
            "duration_ms": duration_ms,
            "width": 1280,
            "height": 720,
            "container": "mov",
            "codec": "h264",
            "frame_rate": frame_rate,
            "rotation": 0,
            "start_timecode": start_timecode,
        },
        "model": {"name": "tagger", "version": "1", "weak": [], "unverified": []},
        "parameters": {"precision": "frame", "decoder": "pyav", "thorough": False, "sensitive": True, "min_score": None, "top": None},
        "scores": dict.fromkeys(VOCABULARY.ids, 0.5),
        "tags": [{"tag": tag, "score": 0.9, "coverage": 0.5, "first_ms": 0} for tag in tags],
        "segments": [{"tag": tag, "start_ms": start, "end_ms": end, "score": score} for tag, start, end, score in segments],
        "shots": [{"start_ms": 0, "end_ms": duration_ms}],
        "frames": [{"time_ms": 0, "shot": 0, "tags": [], "scores": dict.fromkeys(VOCABULARY.ids, 0.5)}],
        "warnings": [],
    }
