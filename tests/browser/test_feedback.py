"""All that was said of key frames: pages, filters, taking back, and the way to training."""

import pytest
from playwright.sync_api import expect

from service import feedback
from service.feedback import Verdict
from tests import seed
from tests.browser.access import assert_accessible, assert_fits

SHOTS = (("war",), ("drama", "violence"), ("family",))


@pytest.fixture
def said(empty_service) -> list[str]:
    """45 verdicts on 15 films, of whose key frames each second one may disturb; the films' ids."""
    movies = [seed.add_tagged(empty_service.service, f"Film {number}", SHOTS) for number in range(15)]
    for movie in movies:
        for number, (tag, verdict) in enumerate([("war", Verdict.RIGHT), ("drama", Verdict.WRONG), ("robot", Verdict.MISSING)]):
            feedback.give(empty_service.service, movie, number, tag, verdict)
    return movies


@pytest.mark.usefixtures("said")
def test_what_was_said_is_listed_with_pictures_newest_first(page_of, empty_service, shot):
    page = page_of(empty_service, "#/feedback")
    rows = page.locator(".feedback-row")
    expect(rows).to_have_count(40)
    expect(rows.first).to_contain_text("Robot")
    expect(rows.first.get_by_role("link", name="Film 14")).to_be_visible()
    expect(rows.first.locator("img")).to_have_attribute("alt", "Key frame at 0:10: family")
    expect(rows.nth(1).get_by_role("button", name="Show picture")).to_be_visible()  # it shows violence, too
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(45)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    page.evaluate("scrollTo(0, 0)")
    assert_accessible(page)
    shot(page, "feedback-said")


def test_it_is_filtered_by_tag_and_verdict_and_leads_to_the_key_frame(page_of, empty_service, said):
    page = page_of(empty_service, "#/feedback?verdict=wrong", size="phone", scheme="dark")
    rows = page.locator(".feedback-row")
    expect(rows).to_have_count(15)
    assert_fits(page)
    assert_accessible(page)
    page.get_by_label("Tag").select_option("robot")
    expect(page.get_by_text("Nothing of this kind was said.")).to_be_visible()
    page.get_by_label("Said").select_option("missing")
    expect(rows).to_have_count(15)
    assert page.url.endswith("#/feedback?tag=robot&verdict=missing")
    expect(rows.first.get_by_role("link", name="See the key frame")).to_have_attribute("href", f"#/frame/{said[-1]}/2?tag=robot")


def test_feedback_is_taken_back_and_the_rest_can_be_downloaded(page_of, empty_service):
    movie = seed.add_tagged(empty_service.service, "The <b>last</b>", SHOTS)
    feedback.give(empty_service.service, movie, 0, "war", Verdict.RIGHT)
    page = page_of(empty_service, "#/feedback")
    expect(page.get_by_role("link", name="The <b>last</b>")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download for training").click()
    assert download.value.suggested_filename == "corrections.zip"
    expect(page.get_by_text("movietags-train head --data")).to_be_visible()
    page.get_by_role("button", name="Take back: War").click()
    expect(page.get_by_text("Nothing was said yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Download for training")).to_be_hidden()
    assert feedback.list_of_movie(empty_service.service.database, movie, 5, None) == []
