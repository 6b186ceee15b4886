from xml.etree import ElementTree

from service.exports.cleaning import one_line
from service.exports.formats import ExportOptions, export
from tests.exports.films import ODD_NAME, ODD_TAG, VOCABULARY, film


def movie(result, **others):
    return ElementTree.fromstring(export(result, "nfo", ExportOptions(vocabulary=VOCABULARY, **others)))


def test_themes_are_tags_best_first():
    found = movie(film(tags=["food", "odd", "war"]), language="es", title=ODD_NAME)
    assert found.tag == "movie"
    assert [tag.text for tag in found.iter("tag")] == ["Comida", one_line(ODD_TAG), "Guerra"]
    assert found.findtext("title") == one_line(ODD_NAME)
    assert found.findtext("fileinfo/streamdetails/video/durationinseconds") == "60"


def test_a_film_without_themes_or_a_name_that_xml_can_hold():
    found = movie(film(tags=[], file_name="\0\x0b\ufffe.mp4"))
    assert found.findtext("title") == "untitled"
    assert list(found.iter("tag")) == []


def test_a_tag_that_the_vocabulary_no_longer_has_keeps_its_id():
    assert movie(film(tags=["gone"])).findtext("tag") == "gone"
