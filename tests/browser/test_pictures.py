"""Digits and objects: drawn, dropped, told, switched off."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.access import assert_accessible
from tests.handwriting import Scene, written

STREET = Path("examples/stills/destruction/10150.jpg")  # people and cars
SEVEN = [(0.3, 0.2), (0.7, 0.2), (0.42, 0.85)]  # corners of the stroke, as shares of the sheet


def test_objects_have_boxes_and_are_switched_off_by_label(page_of, service, shot):
    page = page_of(service, "#/objects")
    page.locator("input[type=file]").set_input_files(STREET)
    boxes = page.locator(".pictures-box")
    expect(boxes.first).to_be_visible()
    labels = boxes.locator("span").all_text_contents()
    cars = [label for label in labels if label.startswith("car ")]
    assert cars and len(cars) < len(labels)
    assert_accessible(page)
    shot(page, "objects")
    page.get_by_role("button", name="car").click()
    expect(boxes).to_have_count(len(labels) - len(cars))
    expect(page.get_by_role("button", name="car")).to_be_focused()
    page.get_by_role("slider", name="Least score").fill("0.95")
    expect(boxes).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Nothing was found")).to_be_visible()


def test_boxes_lie_where_the_service_says(page_of, service):
    answer = service.client.post("/v1/objects?min_score=0.4", content=STREET.read_bytes(), headers={"Content-Type": "image/jpeg"}).json()
    page = page_of(service, "#/objects")
    page.locator("input[type=file]").set_input_files(STREET)
    expect(page.locator(".pictures-box")).to_have_count(len(answer["objects"]))
    picture, box = page.locator(".pictures-boxed img").bounding_box(), page.locator(".pictures-box").first.bounding_box()
    scale = picture["width"] / answer["width"]
    told = answer["objects"][0]["box"]
    assert abs(box["x"] - picture["x"] - told["x"] * scale) < 2
    assert abs(box["width"] - told["width"] * scale) < 2


def test_what_is_no_picture_is_told(page_of, service, watch):
    watch.allow("415")
    page = page_of(service, "#/objects")
    page.locator("input[type=file]").set_input_files({"name": "notes.png", "mimeType": "image/png", "buffer": b"RIFF\x24\0\0\0WAVEfmt "})
    expect(page.get_by_role("status").filter(has_text="sound")).to_be_visible()


def test_a_drawn_digit_is_read_while_it_is_drawn(page_of, service, shot):
    page = page_of(service, "#/digits")
    draw(page)
    answer = page.locator(".digits-answer")
    expect(answer).to_contain_text("A 7")
    expect(page.locator(".is-best .digits-digit")).to_have_text("7")
    expect(page.locator(".digits-layers img").first).to_be_visible()
    assert_accessible(page)
    shot(page, "digits", whole=True)
    page.get_by_role("button", name="Clear").click()
    expect(answer).to_have_text("Draw a digit from 0 to 9.")


def test_a_digit_is_drawn_with_the_keys(page_of, service):
    page = page_of(service, "#/digits")
    page.get_by_role("img", name="Sheet").focus()
    page.keyboard.press("Space")
    for _ in range(14):
        page.keyboard.press("ArrowDown")
    expect(page.locator(".is-best .digits-digit")).to_have_text("1")


def test_digits_of_a_photo_are_told_in_order(page_of, service):
    photo = written("2026", 90, np.random.default_rng(4), Scene(degrees=4))
    stream = io.BytesIO()
    Image.fromarray(photo.picture).save(stream, "jpeg", quality=92)
    page = page_of(service, "#/digits")
    page.locator("input[type=file]").set_input_files({"name": "year.jpg", "mimeType": "image/jpeg", "buffer": stream.getvalue()})
    expect(page.get_by_role("status").filter(has_text="4 digits: 2 0 2 6")).to_be_visible()
    expect(page.locator(".pictures-box")).to_have_count(4)


def test_a_model_shows_its_card_and_figures(page_of, service, shot):
    page = page_of(service, "#/models")
    page.get_by_role("link", name="movietags-tagger").click()
    table = page.get_by_role("table", name="What was measured of each tag")
    expect(table.get_by_role("row")).to_have_count(51)
    page.get_by_role("button", name="Average precision").click()
    figures = [float(text) for text in table.locator(".models-precision > .numbers:first-child").all_text_contents()]
    assert figures == sorted(figures, reverse=True) and len(figures) > 40
    assert_accessible(page)
    shot(page, "model")


def draw(page: Page) -> None:
    frame = page.locator(".digits-sheet").bounding_box()
    assert frame is not None
    places = [(frame["x"] + across * frame["width"], frame["y"] + down * frame["height"]) for across, down in SEVEN]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
