"""Key frames like one of them, across the library."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.access import assert_accessible, assert_fits
from tests.still_films import write_still_film


@pytest.fixture(scope="module")
def other(service, film, tmp_path_factory) -> str:
    """The id of a film that begins with the same picture as `film`, and goes on with others; it can be found."""
    path = write_still_film(tmp_path_factory.mktemp("other") / "other.mp4", ["war", "sports"], stills=1, seconds=2)
    movie = str(service.wait(service.upload(path, title="The other <i>front</i>")["id"], 120)["id"])
    end = time.monotonic() + 60
    while movie not in {found["movie"] for found in similar(service, film)}:
        assert time.monotonic() < end, "the film is not among those that are searched"
        time.sleep(0.1)
    return movie


def similar(service, film) -> list[dict[str, Any]]:
    # the first of all such requests may make the projection of the vectors
    return list(service.client.get(f"/v1/movies/{film['id']}/frames/0/similar", timeout=120).json()["frames"])


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("narrow", "dark")])
def test_the_same_picture_in_another_film_is_found_first(page_of, service, film, other, shot, size, scheme):
    page = page_of(service, f"#/similar/{film['id']}/0", size=size, scheme=scheme)
    first = page.locator(".similar-card").first
    title = first.get_by_role("link", name="The other <i>front</i>").first
    expect(title).to_be_visible()
    expect(title).to_have_attribute("href", re.compile(rf"#/film/{other}\?t=\d+$"))
    expect(page.get_by_text("Searched")).to_contain_text("films")
    assert int(first.locator("strong").inner_text().split("%")[0]) > 90
    assert_accessible(page)
    assert_fits(page)
    shot(page, f"similar-{size}", whole=True)


@pytest.mark.usefixtures("other")
def test_frames_of_the_same_film_are_shown_when_asked_for_and_lead_on(page_of, service, film):
    page = page_of(service, f"#/similar/{film['id']}/0")
    mine = page.locator(".similar-card-title").filter(has_text="The front").filter(has_not_text="other")
    expect(page.locator(".similar-card").first).to_be_visible()
    expect(mine).to_have_count(0)
    page.get_by_role("switch", name="Also from this film").check()
    expect(mine.first).to_be_visible()
    assert page.url.endswith("?same_film=true")
    page.locator(".similar-card").filter(has=mine).first.get_by_role("link", name="Like this").click()
    expect(page.locator(".similar-asked")).to_contain_text("The front")
    assert not page.url.endswith("/0")
