"""Results as text for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.tags import Vocabulary

FIRST_TIMES = 3  # of a tag's segments that the table shows


def clock(time_ms: int) -> str:
    """Milliseconds as h:mm:ss.t, hours only where there are some: 65430 -> 1:05.4."""
    tenths = time_ms // 100
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def time_range(part: Mapping[str, Any]) -> str:
    return f"{clock(part['start_ms'])}-{clock(part['end_ms'])}"


def film_table(result: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> str:
    """A film's facts in one line, then a line a tag."""
    film = result["film"]
    rate = f", {film['frame_rate']:g} frames/s" if film["frame_rate"] else ""
    facts = f"{clock(film['duration_ms'])}, {film['width']}x{film['height']}, {film['codec']}{rate}"
    head = f"{film['file_name']}  ({facts}; {len(result['shots'])} shots, {len(result['frames'])} key frames)"
    lines = [head]
    if result["tags"]:
        lines += _columns([("tag", "score", "coverage", "where"), *(_row(tag, result, vocabulary, language) for tag in result["tags"])])
    else:
        lines.append("  no theme found")
    lines += _objects(result)
    lines += [f"  warning: {text}" for text in result["warnings"]]
    return "\n".join(lines)


def _objects(result: Mapping[str, Any]) -> list[str]:
    """What the film shows, that of most shots first; nothing where objects were not looked for."""
    shots: dict[str, set[int]] = {}
    for track in result.get("objects", {}).get("tracks", ()):
        shots.setdefault(track["label"], set()).add(track["shot"])
    shown = sorted(shots, key=lambda label: -len(shots[label]))
    told = ", ".join(f"{label} ({len(shots[label])} shot{'s' * (len(shots[label]) > 1)})" for label in shown) or "none found"
    return [f"  objects: {told}"] if "objects" in result else []


def _row(tag: Mapping[str, Any], result: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> tuple[str, ...]:
    parts = [part for part in result["segments"] if part["tag"] == tag["tag"]]
    where = ", ".join(time_range(part) for part in parts[:FIRST_TIMES])
    more = f" and {len(parts) - FIRST_TIMES} more" if len(parts) > FIRST_TIMES else ""
    return _name(tag["tag"], result, vocabulary, language), f"{tag['score']:.2f}", f"{tag['coverage']:.0%}", where + more


def _name(tag: str, result: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> str:
    """The tag's name with its standing, so that no score looks better founded than it is."""
    name = vocabulary.name(tag, language)
    for standing in ("unverified", "weak"):
        if tag in result["model"][standing]:
            return f"{name} ({standing})"
    return name


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip() for row in rows]
