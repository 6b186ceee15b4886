"""Kodi's movie.nfo: the film's title and its themes as tags."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from service.exports.cleaning import one_line
from service.exports.parts import ExportOptions


def write_nfo(result: Mapping[str, Any], options: ExportOptions) -> bytes:
    """The compact set, best first, and what the film's stream is."""
    film = result["film"]
    movie = ElementTree.Element("movie")
    _add(movie, "title", options.title_of(result))
    for tag in result["tags"]:
        _add(movie, "tag", options.name(tag["tag"]))
    video = ElementTree.SubElement(ElementTree.SubElement(ElementTree.SubElement(movie, "fileinfo"), "streamdetails"), "video")
    for name, value in (
        ("codec", film["codec"]),
        ("width", film["width"]),
        ("height", film["height"]),
        ("durationinseconds", film["duration_ms"] // 1000),
    ):
        _add(video, name, value)
    ElementTree.indent(movie)
    text: str = ElementTree.tostring(movie, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}\n'.encode()


def _add(parent: ElementTree.Element, name: str, value: object) -> None:
    ElementTree.SubElement(parent, name).text = one_line(str(value))
