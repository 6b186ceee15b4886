"""A film: its timeline, its player, its threshold, its exports, and what happens when something is missing."""

import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from service.timeline.overview import overview
from service.timeline.view import ViewOptions, view
from tests import seed
from tests.browser.access import assert_accessible, assert_fits
from tests.clips import Recipe, scene, write
from tests.timeline.test_overview import some_film, stored

CUT = """async ([timeline, limits]) => {
  const { cut } = await import("./web/script/film/segments.js");
  return limits.map((limit) => cut(timeline, limit).flatMap((row) => row.segments.map((part) => ({ tag: row.tag, ...part }))));
}"""
SHOTS = (("war",), ("drama",), ("war", "drama"), (), ("war",))  # four seconds each


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> bytes:
    """Twenty seconds, as long as SHOTS."""
    path = write(tmp_path_factory.mktemp("clip") / "clip.mp4", scene(3, 100), Recipe(rate=5, key_every=5))
    return path.read_bytes()


@pytest.fixture
def front(empty_service, clip) -> str:
    """The id of a film that can be played."""
    return seed.add_tagged(empty_service.service, "The front", SHOTS, content=clip)


def lane(page: Page, name: str) -> Locator:
    """The lane of a row; its name tells how many segments there are."""
    return page.get_by_role("grid").get_by_role("gridcell", name=name)


def test_the_timeline_shows_the_segments_of_the_service(front, empty_service, page_of, shot):
    page = page_of(empty_service, f"#/film/{front}", size="wide")
    expect(lane(page, "War: 3 segments, 60%")).to_be_visible()
    expect(lane(page, "Drama: 1 segment, 40%")).to_be_visible()
    expect(page.get_by_role("grid").get_by_role("row")).to_have_count(2)
    page.get_by_text("The timeline as text").click()
    page.get_by_text("War: 3 segments").last.click()
    expect(page.locator(".film-text li")).to_have_text(["0:00–0:04, 90%", "0:08–0:12, 90%", "0:16–0:20, 90%"])
    page.get_by_role("button", name="All tags").click()
    expect(page.get_by_role("grid").get_by_role("row")).to_have_count(50)
    assert_accessible(page)
    shot(page, "film")


def test_the_page_cuts_segments_as_the_service_does(empty_service, page_of):
    page, limits = page_of(empty_service), [None, 0.0, 0.05, 0.3, 0.55, 0.7305, 0.95, 1.0]
    for parameters in ({}, {"top": 1}, {"min_score": 0.4}):
        result = stored(some_film(7), length_ms=1900, **parameters)
        for limit, found in zip(limits, page.evaluate(CUT, [overview(result, ()), limits]), strict=True):
            wanted = view(result, ViewOptions(limit))["segments"]
            assert found == [{**part, "score": pytest.approx(part["score"], abs=2e-4)} for part in wanted], (parameters, limit)


def test_the_threshold_moves_segments_without_a_request(front, empty_service, page_of):
    page = page_of(empty_service, f"#/film/{front}")
    expect(lane(page, "War: 3 segments")).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    slider = page.get_by_role("slider", name="Threshold")
    expect(slider).to_have_attribute("aria-valuetext", "each tag's own")
    slider.fill("95")
    expect(page.get_by_text("Nothing holds under this threshold")).to_be_visible()
    slider.fill("5")
    expect(lane(page, "War: 1 segment, 100%")).to_be_visible()
    page.get_by_label("Each tag's own").check()
    expect(lane(page, "War: 3 segments")).to_be_visible()
    assert [url for url in asked if "/v1/" in url and "/file" not in url] == []


def test_a_click_and_a_key_in_a_row_jump_there(front, empty_service, page_of):
    page = page_of(empty_service, f"#/film/{front}?t=2000")
    war = lane(page, "War: 3 segments")
    box = war.bounding_box()
    assert box is not None
    war.click(position={"x": box["width"] / 2, "y": 16})
    expect(page).to_have_url(re.compile(r"t=10\d\d\d"))
    assert page.evaluate("document.querySelector('video').currentTime") == pytest.approx(10, abs=0.2)
    war.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status").filter(has_text="Segment 3 of 3: 0:16–0:20, 90%")).to_be_attached()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("t=16000"))


def test_the_best_frames_of_a_row_are_shown_to_pointer_and_keyboard(front, empty_service, page_of):
    page = page_of(empty_service, f"#/film/{front}")
    card = page.get_by_role("group", name="Frames that show “War” best")
    lane(page, "War").hover()
    expect(card.get_by_role("img")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.get_by_role("grid").get_by_role("button", name="Drama").focus()
    page.keyboard.press("ArrowRight")
    frames = page.get_by_role("group", name="Frames that show “Drama” best")
    frames.get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("t=6000"))


def test_a_chosen_tag_plays_its_segments_alone(front, empty_service, page_of):
    page = page_of(empty_service, f"#/film/{front}")
    expect(lane(page, "War")).to_be_visible()
    page.evaluate(
        """() => {
             const video = document.querySelector("video");
             video.muted = true;
             video.defaultPlaybackRate = video.playbackRate = 4;
             window.played = [];
             video.addEventListener("timeupdate", () => window.played.push(video.currentTime));
           }"""
    )
    page.get_by_role("grid").get_by_role("button", name="War").click()
    bar = page.get_by_role("group", name="Only War")
    page.wait_for_function("() => window.played.at(-1) > 19.5 && document.querySelector('video').paused")
    expect(page).to_have_url(re.compile("tag=war"))
    gaps = [time for time in page.evaluate("window.played") if 5.5 < time < 8 or 13.5 < time < 16]
    assert gaps == []  # but for a moment after each segment: it plays at four times the speed
    page.get_by_role("button", name="Segment before").click()
    expect(bar).to_contain_text("Segment 3 of 3")
    page.get_by_role("button", name="Whole film").click()
    expect(page).not_to_have_url(re.compile("tag="))


def test_exports_are_downloads(front, empty_service, page_of):
    page = page_of(empty_service, f"#/film/{front}?tag=war")
    page.get_by_text("Export", exact=True).click()
    assert_accessible(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="EDL").click()
    assert waiting.value.suggested_filename.endswith(".edl")
    assert "TITLE:" in waiting.value.path().read_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="EDL")).to_be_hidden()


def test_a_film_that_the_browser_cannot_play_shows_its_frames(empty_service, page_of, shot):
    movie = seed.add_tagged(empty_service.service, "No <b>film</b>", SHOTS)
    page = page_of(empty_service, f"#/film/{movie}", size="phone", scheme="dark")
    expect(page.get_by_role("heading", name="No <b>film</b>")).to_be_visible()
    expect(page.get_by_role("note")).to_contain_text("This browser cannot play this film's format")
    expect(page.get_by_role("img", name="Key frame at 0:02").first).to_be_visible()
    page.get_by_role("grid").get_by_role("button", name="Drama").click()
    expect(page.get_by_role("group", name="Only Drama")).to_contain_text("Segment 1 of 1")
    expect(page.locator(".film-still").get_by_role("img", name="Key frame at 0:06")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
    shot(page, "film-unplayable", whole=True)


def test_pictures_that_may_disturb_are_covered(empty_service, page_of, clip):
    movie = seed.add_tagged(empty_service.service, "Blood", [("violence",), ("forest",)], content=clip)
    page = page_of(empty_service, f"#/film/{movie}")
    strip = page.get_by_role("region", name="Key frames")
    expect(strip.locator(".film-frame")).to_have_count(2)
    expect(strip.locator(".picture-covered")).to_have_count(1)
    expect(strip.get_by_role("link").last).to_have_attribute("href", f"#/frame/{movie}/1")


def test_a_film_at_work_shows_its_progress_and_then_its_timeline(empty_service, page_of):
    movie = seed.add_film(empty_service.service, "The harbour")
    page = page_of(empty_service, f"#/film/{movie}")
    expect(page.get_by_text("Waits for its turn")).to_be_visible()
    seed.begin(empty_service.service, movie, stages={"fetching": 100, "probing": 100, "tagging": 50}, remaining_seconds=30)
    expect(page.get_by_text("Watches the film")).to_be_visible()
    expect(page.get_by_text("52% · 30 sec left")).to_be_visible()
    assert_accessible(page)
    seed.succeed(empty_service.service, movie, SHOTS)
    expect(lane(page, "War: 3 segments")).to_be_visible()
    expect(page.get_by_text("Watches the film")).to_be_hidden()


def test_a_failed_film_tells_why_and_is_tried_again(empty_service, page_of):
    movie = seed.add_film(empty_service.service, "Only sound")
    seed.fail(empty_service.service, movie)
    page = page_of(empty_service, f"#/film/{movie}")
    expect(page.get_by_role("alert").filter(has_text="harbour.mp4 has sound alone.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Waits for its turn")).to_be_visible()


def test_a_film_that_is_deleted_elsewhere_is_told(front, empty_service, page_of, watch):
    watch.allow("404")
    page = page_of(empty_service, f"#/film/{front}")
    expect(lane(page, "War")).to_be_visible()
    assert httpx.delete(f"{empty_service.url}/v1/movies/{front}").status_code == 204
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="There is no such film")).to_be_visible()
    page.get_by_role("link", name="To all films").click()
    expect(page).to_have_url(re.compile("#/library"))


def test_a_film_is_deleted_after_a_question(front, empty_service, page_of):
    page = page_of(empty_service, f"#/film/{front}")
    page.get_by_role("button", name="Delete").click()
    assert_accessible(page)
    page.get_by_role("button", name="Never mind").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("#/library"))


def test_a_threshold_is_kept_by_tagging_again(front, empty_service, page_of):
    page = page_of(empty_service, f"#/film/{front}", language="es")
    page.get_by_role("slider", name="Umbral").fill("70")
    page.get_by_role("button", name="Etiquetar de nuevo").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("70")
    assert_accessible(page)
    dialog.get_by_role("button", name="Etiquetar de nuevo").click()
    expect(page.get_by_text("Espera su turno")).to_be_visible()
