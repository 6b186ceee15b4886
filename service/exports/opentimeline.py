"""OpenTimelineIO: the film with a marker a segment, or the segments of one tag, one after the other."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from service.exports.cleaning import one_line
from service.exports.edl import RECORD_START
from service.exports.parts import ExportOptions, Part, film_time_of, parts_of
from service.timecode import FilmTime

if TYPE_CHECKING:
    from opentimelineio.opentime import TimeRange
    from opentimelineio.schema import Clip

_SPACE = "movietags"  # of our metadata


def write_otio(result: Mapping[str, Any], options: ExportOptions) -> bytes:
    """With a tag: a clip a segment. Without: one clip, the whole film, with every tag's segments as markers."""
    import opentimelineio as otio  # a fifth of a second that no other format needs

    time = film_time_of(result)
    title = options.title_of(result)
    name = f"{title} - {options.name(options.tag)}" if options.tag else title
    parts = parts_of(result, options)
    timeline = otio.schema.Timeline(name=name, metadata={_SPACE: _facts(result, time)})
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    if options.tag:
        timeline.global_start_time = _range(time, time.counting.frame(RECORD_START), 0).start_time
        track.extend([_segment(result, time, part) for part in parts])
    else:
        timeline.global_start_time = _range(time, time.start, 0).start_time
        track.append(_film(result, time, parts))
    text: str = timeline.to_json_string(indent=2)
    return f"{text}\n".encode()


def _segment(result: Mapping[str, Any], time: FilmTime, part: Part) -> "Clip":
    start, end = time.frames(part.start_ms, part.end_ms)
    clip = _clip(result, time, start, end)
    clip.metadata[_SPACE] = {"tag": part.tag, "name": part.name, "score": part.score}
    return clip


def _film(result: Mapping[str, Any], time: FilmTime, parts: Iterable[Part]) -> "Clip":
    import opentimelineio as otio

    clip = _clip(result, time, *time.frames(0, result["film"]["duration_ms"]))
    for part in parts:
        start, end = time.frames(part.start_ms, part.end_ms)
        facts = {_SPACE: {"tag": part.tag, "score": part.score}}
        clip.markers.append(otio.schema.Marker(name=part.name, marked_range=_range(time, start, end), metadata=facts))
    return clip


def _clip(result: Mapping[str, Any], time: FilmTime, start: int, end: int) -> "Clip":
    import opentimelineio as otio

    name = one_line(result["film"]["file_name"])
    whole = _range(time, *time.frames(0, result["film"]["duration_ms"]))
    media = otio.schema.ExternalReference(target_url=quote(name), available_range=whole)
    media.name = name
    return otio.schema.Clip(name=name, source_range=_range(time, start, end), media_reference=media)


def _range(time: FilmTime, start: int, end: int) -> "TimeRange":
    """From the first frame to the one after the last, as frame numbers of the film's timecode."""
    from opentimelineio.opentime import RationalTime, TimeRange

    rate = float(time.counting.rate)  # the library's own type; the numbers of frames in it are whole
    return TimeRange(RationalTime(start, rate), RationalTime(max(0, end - start), rate))


def _facts(result: Mapping[str, Any], time: FilmTime) -> dict[str, Any]:
    film, model = result["film"], result["model"]
    return {
        "sha256": film["sha256"],
        "model": f"{model['name']} {model['version']}",
        "nominal_rate": str(time.counting.rate),
        "drop_frame": time.counting.drop,
        "start_timecode": time.counting.label(time.start),
        "remarks": [one_line(remark) for remark in time.remarks],
    }
