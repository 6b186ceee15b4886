import itertools
import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from tests.training.fake_runs import fake_run, judge_by_chance, still_examples, still_tags
from training.cli import main
from training.config import config_from
from training.data.examples import Example
from training.errors import RunError
from training.report.page import write_report

NASTY = "<script>alert('tag')</script>"
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Checks that elements close in order and gathers what the tests look at."""

    def __init__(self, text):
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.seen if name == tag]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A judged run with a tag and a file name that would like to be markup, and a picture that is gone."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    run = fake_run(folder, config=config_from({"name": "night-tags", "seed": 7, "head": {"epochs": 3}}, "here"))
    tags = (*still_tags(), NASTY)
    examples = still_examples(each=1)
    foreign = Example("<b onload=x>.jpg", examples[0].path, frozenset({NASTY}))
    gone = Example("gone.jpg", folder / "gone.jpg", frozenset({"war"}))
    judge_by_chance(run, [*examples, foreign, gone], tags)
    write_report(run)
    return run


@pytest.fixture(scope="module")
def text(run):
    return (run.path / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_page_asks_nobody_for_anything(page, text):
    assert not page.all("script") and not page.all("link") and not page.all("iframe")
    assert "http://" not in text and "https://" not in text
    assert "url(" not in text and "@import" not in text
    assert all(image["src"].startswith("data:image/jpeg;base64,") for image in page.all("img"))


def test_names_of_files_and_tags_are_text(page, text):
    assert NASTY not in text and "<b onload" not in text
    assert any(NASTY in words for words in page.words)
    assert any("<b onload=x>.jpg" in words for words in page.words)


def test_every_section_can_be_reached_and_is_named(page):
    ids = {attributes.get("id") for _, attributes in page.seen}
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= ids
    assert {section["aria-labelledby"] for section in page.all("section")} <= ids


def test_pictures_and_charts_are_told_to_those_who_cannot_see_them(page):
    assert page.all("img") and all(image["alt"] for image in page.all("img"))
    assert all((chart.get("role") == "img" and chart["aria-label"]) or chart.get("aria-hidden") for chart in page.all("svg"))
    assert all(head["scope"] in ("row", "col") for head in page.all("th"))


def test_headings_leave_no_level_out(page):
    levels = [int(name[1]) for name, _ in page.seen if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_page_has_light_and_dark_and_phones_in_mind(text):
    assert "prefers-color-scheme: dark" in text
    assert "width=device-width" in text


def test_the_page_stays_small(text):
    assert len(text) < 2_000_000


def test_the_summary_comes_first_and_tells_what_to_do_next(text, run):
    assert text.index("What you got") < text.index("Tag by tag")
    assert f"movietags models install {run.path}/bundle" in text


def test_what_differs_from_the_defaults_is_shown(text):
    assert "seed: 7" in text and "epochs: 3" in text
    assert "patience:" not in text


def test_charts_lie_beside_it_as_files(run):
    assert {path.name for path in run.plots.iterdir()} == {"loss.svg", "validation-map.svg", "precision-recall.svg", "calibration.svg"}
    assert 'xmlns="http://www.w3.org/2000/svg"' in (run.plots / "loss.svg").read_text(encoding="utf-8")


def test_the_command_writes_the_report_of_a_run_whose_pictures_are_gone(tmp_path):
    run = fake_run(tmp_path / "run")
    judge_by_chance(run, [Example(f"{place}.jpg", tmp_path / f"{place}.jpg", frozenset({"war"})) for place in range(3)], ("war",))
    result = CliRunner().invoke(main, ["report", str(run.path)])
    assert result.exit_code == 0, result.output
    text = (run.path / "report.html").read_text(encoding="utf-8")
    assert "movietags-train head on stills" in text
    assert "The images are not where they were" in text


def test_a_run_that_was_not_judged_is_refused(tmp_path):
    with pytest.raises(RunError, match="no finished run"):
        write_report(fake_run(tmp_path / "run"))
