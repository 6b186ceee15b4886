"""Why a key frame has its tags: its scores, the heat map, neighbours, what is said of it, and pictures that may disturb."""

import io
import zipfile

import httpx
import pytest
from playwright.sync_api import Page, expect

from service import feedback, keys
from service.feedback import Verdict
from tests import seed
from tests.browser.access import assert_accessible, assert_fits

NO_NETWORK = "503"  # what a service without a model's process answers to who asks for a heat map


@pytest.fixture
def found(service, film) -> tuple[int, str]:
    """A key frame of the film, and the tag that it shows best."""
    page = service.client.get(f"/v1/movies/{film['id']}/frames").json()
    best = [(frame["tags"][0]["score"], frame["number"], frame["tags"][0]["tag"]) for frame in page["frames"] if frame["tags"]]
    _score, number, tag = max(best)
    return number, tag


def names(page: Page) -> list[str]:
    return page.locator(".frame-bar-name").all_inner_texts()


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_the_heat_of_the_best_tag_lies_over_the_key_frame(page_of, service, film, found, shot, size, scheme):
    number, _tag = found
    page = page_of(service, f"#/frame/{film['id']}/{number}", size=size, scheme=scheme)
    heat, picture = page.locator(".frame-heat"), page.locator(".frame-stage .picture-face")
    expect(heat).to_be_visible()
    assert heat.bounding_box() == picture.bounding_box()
    assert heat.evaluate("(image) => image.naturalWidth") == picture.evaluate("(image) => image.naturalWidth")
    expect(page.locator(".frame-bar").first).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".frame-meaning")).to_contain_text(names(page)[0])
    assert_accessible(page)
    assert_fits(page)
    shot(page, f"frame-{size}-{scheme}", whole=size == "phone")


def test_another_bar_shows_another_heat_and_the_address_tells_which(page_of, service, film, found):
    number, _tag = found
    page = page_of(service, f"#/frame/{film['id']}/{number}")
    heat = page.locator(".frame-heat")
    expect(heat).to_be_visible()
    first = heat.get_attribute("src")
    page.locator(".frame-bar").nth(1).click()
    expect(heat).not_to_have_attribute("src", first)
    expect(page.locator(".frame-meaning")).to_contain_text(names(page)[1])
    page.reload()
    expect(page.locator(".frame-bar").nth(1)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("slider", name="Strength").fill("0.3")
    expect(heat).to_have_css("opacity", "0.3")
    page.get_by_role("switch", name="Heat map").uncheck()
    expect(heat).to_be_hidden()


def test_a_tag_of_another_network_has_no_heat_and_the_page_says_why(page_of, service, film, watch):
    watch.allow("409")
    page = page_of(service, f"#/frame/{film['id']}/0?tag=nudity")
    expect(page.locator(".frame-meaning")).to_contain_text("There is no heat map for “Nudity” here")
    expect(page.locator(".frame-heat")).to_be_hidden()


def test_what_is_said_in_two_clicks_is_stored_exported_and_taken_back(page_of, service, film, found):
    number, tag = found
    address = f"/v1/movies/{film['id']}/feedback"
    page = page_of(service, f"#/frame/{film['id']}/{number}")
    row = page.locator(".frame-tag").first
    wrong = row.get_by_role("button", name="Wrong")
    wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="A tag is missing").click()
    page.get_by_role("searchbox").fill("robot")
    page.get_by_role("dialog").get_by_role("button", name="Robot").click()
    missing = page.get_by_role("button", name="Robot: Missing")
    expect(missing).to_have_attribute("aria-pressed", "true")
    said = service.client.get(address).json()["feedback"]
    assert {(one["frame"], one["tag"], one["verdict"]) for one in said} == {(number, tag, "wrong"), (number, "robot", "missing")}
    archive = zipfile.ZipFile(io.BytesIO(service.client.get("/v1/feedback/export").content))
    [_heading, line] = archive.read("manifest.csv").decode().splitlines()
    assert {"robot", tag} <= set(line.split(","))
    page.reload()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "false")
    missing.click()
    expect(page.locator("[aria-pressed='true'].frame-verdict")).to_have_count(0)
    assert service.client.get(address).json()["feedback"] == []


def test_all_tags_are_shown_on_demand_and_searched_for_without_accents(page_of, empty_service, watch):
    watch.allow(NO_NETWORK)
    movie = seed.add_tagged(empty_service.service)
    page = page_of(empty_service, f"#/frame/{movie}/0", language="es")
    every = page.get_by_role("button", name="Mostrar las 50 etiquetas")
    few = page.locator(".frame-tag").count()
    every.click()
    expect(page.locator(".frame-tag")).to_have_count(50)
    assert few < 15
    assert_accessible(page)
    page.get_by_role("button", name="Falta una etiqueta").click()
    page.get_by_role("searchbox").fill("EXPLOSION")
    expect(page.get_by_role("dialog").get_by_role("button", name="Explosión")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_arrow_keys_step_through_the_key_frames_and_keep_the_tag(page_of, empty_service, watch):
    watch.allow(NO_NETWORK)
    movie = seed.add_tagged(empty_service.service)
    page = page_of(empty_service, f"#/frame/{movie}/0?tag=war")
    expect(page.get_by_text("key frame 1 of")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("key frame 3 of")).to_be_visible()
    expect(page.locator(".frame-bar[aria-pressed='true'] .frame-bar-name")).to_have_text("War")
    assert page.url.endswith(f"#/frame/{movie}/2?tag=war")
    page.get_by_role("link", name="Previous key frame").click()
    expect(page.get_by_text("key frame 2 of")).to_be_visible()
    expect(page.get_by_role("link", name="See it in the film")).to_have_attribute("href", f"#/film/{movie}?t=6000")


def test_a_key_frame_that_there_is_not_is_told(page_of, empty_service):
    movie = seed.add_tagged(empty_service.service)
    page = page_of(empty_service, f"#/frame/{movie}/7")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("There is no key frame 8")


def test_a_film_that_was_deleted_meanwhile_is_told_at_the_next_step(page_of, empty_service, watch):
    watch.allow(NO_NETWORK, "404")
    movie = seed.add_tagged(empty_service.service, shots=[("war",)] * 40)
    page = page_of(empty_service, f"#/frame/{movie}/0")
    expect(page.locator(".frame-tag").first).to_be_visible()
    httpx.delete(f"{empty_service.url}/v1/movies/{movie}").raise_for_status()
    page.get_by_role("button", name="War: Right").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("What you said of War was not stored")
    for _step in range(30):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text(movie)


def test_a_picture_that_may_disturb_is_blurred_until_asked_for_and_then_no_more(page_of, empty_service, watch, shot):
    watch.allow(NO_NETWORK)
    movie = seed.add_tagged(empty_service.service, shots=(("violence",), ("war",)))
    page = page_of(empty_service, f"#/frame/{movie}/0")
    picture = page.locator(".frame-stage .picture")
    face = picture.locator("img.picture-face")
    assert "blur" in face.evaluate("(image) => getComputedStyle(image).filter")
    assert_accessible(page)
    shot(page, "frame-blurred")
    picture.get_by_role("button", name="Show picture").focus()
    page.keyboard.press("Enter")
    expect(face).to_have_css("filter", "none")
    expect(page.locator(".picture-covered")).to_have_count(0)  # the same picture in the strip neither
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("key frame 2 of")).to_be_visible()
    expect(face).to_have_css("filter", "none")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("key frame 1 of")).to_be_visible()
    expect(face).to_have_css("filter", "none")
    page.reload()
    expect(picture.get_by_role("button", name="Show picture")).to_be_visible()


def test_who_may_only_read_sees_what_was_said_without_buttons(page_of, keyed_service, watch):
    watch.allow("401", NO_NETWORK)
    movie = seed.add_tagged(keyed_service.service)
    feedback.give(keyed_service.service, movie, 0, "war", Verdict.RIGHT)
    reader = keys.create_key(keyed_service.service.database, "a reader", ["read"])
    page = page_of(keyed_service, f"#/frame/{movie}/0")
    page.get_by_label("API key").fill(reader.text)
    page.keyboard.press("Enter")
    expect(page.get_by_text("said to be right")).to_be_visible()
    expect(page.get_by_role("button", name="A tag is missing")).to_have_count(0)
    expect(page.locator(".frame-verdict")).to_have_count(0)
