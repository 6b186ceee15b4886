"""The library: cards, filters that stay in the address, states that are followed, many films, and actions on several at once."""

import re

import pytest
from playwright.sync_api import expect

from service import keys
from tests import seed
from tests.browser.access import assert_accessible, assert_fits
from tests.browser.chromium import open_page

MARKUP = '<img src=x onerror="alert(1)"><b>bold</b>'


def title(page, name):
    return page.get_by_role("link", name=name, exact=True)


def card(page, name):
    return page.locator("article", has=title(page, name))


def found(page, text):
    """The number of films is told, and the cards of them are there."""
    expect(page.locator(".library-found")).to_have_text(text)


@pytest.fixture
def five(empty_service):
    """Two tagged films, one queued, one at work, one failed."""
    service = empty_service.service
    seed.add_tagged(service, "Delta", [("war",), ("war", "drama")])
    seed.add_tagged(service, "Harbour", [("drama",), ("family", "drama")])
    seed.add_film(service, "Waiting")
    seed.begin(service, seed.add_film(service, "Busy"), stages={"fetching": 100, "probing": 100, "tagging": 50}, remaining_seconds=200)
    seed.fail(service, seed.add_film(service, "Broken"))
    return empty_service


def test_cards_tell_themes_progress_and_failures(five, page_of, shot):
    page = page_of(five)
    found(page, "5 films")
    expect(card(page, "Delta").get_by_role("button", name=re.compile("^War 9"))).to_be_visible()
    expect(card(page, "Delta")).to_contain_text("0:08")
    expect(card(page, "Busy")).to_contain_text("Looking at its frames")
    expect(page.get_by_role("progressbar", name="Progress of Busy")).to_have_attribute("value", "52")
    expect(card(page, "Busy")).to_contain_text("3 min left")
    expect(card(page, "Broken")).to_contain_text("There is no video in it")
    expect(card(page, "Broken").get_by_role("button", name="Tag Broken again")).to_be_visible()
    first = page.get_by_role("list", name="Films").get_by_role("listitem").first
    assert [first.get_attribute(name) for name in ("aria-posinset", "aria-setsize")] == ["1", "5"]
    assert_accessible(page)
    shot(page, "library-cards")


def test_a_title_with_markup_is_text(empty_service, page_of):
    seed.add_tagged(empty_service.service, MARKUP)
    page = page_of(empty_service)
    expect(title(page, MARKUP)).to_be_visible()
    assert page.locator("main img[src=x], main b").count() == 0


def test_filters_stay_in_the_address_and_can_be_cleared(five, page_of):
    page = page_of(five)
    picker = page.get_by_role("combobox", name="Themes")
    picker.click()
    assert_accessible(page)
    picker.press_sequentially("dram")
    picker.press("Enter")
    found(page, "2 films found")
    page.get_by_role("searchbox", name="Title").fill("harb")
    found(page, "1 film found")
    page.get_by_role("slider", name="Least score").fill("95")
    found(page, "0 films found")
    assert re.search(r"#/library\?q=harb&tag=drama&min_score=0.95$", page.url)
    page.reload()
    found(page, "0 films found")
    expect(page.get_by_role("slider", name="Least score")).to_have_value("95")
    page.locator(".library-empty").get_by_role("button", name="Clear filters").click()
    found(page, "5 films")
    assert page.url.endswith("#/library")


def test_a_theme_of_a_card_filters_and_going_back_keeps_it(five, page_of):
    page = page_of(five)
    card(page, "Delta").get_by_role("button", name=re.compile("^War 9")).click()
    found(page, "1 film found")
    page.get_by_role("combobox", name="Order").select_option("score")
    title(page, "Delta").click()
    page.wait_for_url("**/#/film/*")
    page.go_back()
    found(page, "1 film found")
    expect(page.get_by_role("combobox", name="Order")).to_have_value("score")
    page.get_by_role("button", name="Without War").click()
    found(page, "5 films")


def test_films_that_come_change_and_vanish_elsewhere_show(five, page_of):
    page = page_of(five)
    expect(card(page, "Waiting")).to_contain_text("Waits for a worker")
    movies = five.service
    ids = page.request.get(f"{five.url}/v1/movies?q=waiting").json()["movies"]
    seed.succeed(movies, ids[0]["id"], [("hospital",)])
    seed.add_tagged(movies, "Newcomer")
    page.request.delete(f"{five.url}/v1/movies?q=broken")
    expect(card(page, "Waiting").get_by_role("button", name=re.compile("^Hospital 9"))).to_be_visible()
    expect(title(page, "Newcomer")).to_be_visible()
    expect(title(page, "Broken")).to_have_count(0)
    found(page, "5 films")


def test_many_films_come_as_one_scrolls_and_few_are_in_the_document(empty_service, page_of):
    for number in range(130):
        seed.add_film(empty_service.service, f"Film {number:03}")
    page = page_of(empty_service, "#/library?sort=title")
    title(page, "Film 000").focus()
    page.keyboard.press("ArrowRight")
    expect(title(page, "Film 001")).to_be_focused()
    page.keyboard.press("End")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(title(page, "Film 129")).to_be_visible()
    assert page.get_by_role("listitem").count() < 60
    page.get_by_role("checkbox", name="Choose Film 129").check()
    page.get_by_role("button", name="Choose all 130").click()
    expect(page.get_by_text("130 films chosen")).to_be_visible()


def test_several_films_are_deleted_at_once(five, page_of, shot):
    page = page_of(five, "#/library?sort=title", size="phone")
    page.get_by_role("checkbox", name="Choose Broken").check()
    page.get_by_role("checkbox", name="Choose Delta").click(modifiers=["Shift"])
    expect(page.get_by_text("3 films chosen")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete 3 films?")
    assert_accessible(page)
    assert_fits(page)
    shot(page, "library-delete")
    dialog.get_by_role("button", name="Back").click()
    found(page, "5 films")
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog.get_by_role("button", name="Delete 3 films").click()
    found(page, "2 films")
    expect(page.locator(".library-title")).to_have_text(["Harbour", "Waiting"])


def test_what_could_not_be_done_is_listed_by_film(five, page_of, watch):
    watch.allow("409")
    page = page_of(five)
    page.get_by_role("checkbox", name="Choose Delta").check()
    page.get_by_role("button", name="New thresholds").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Least score").fill("70")
    page.request.post(f"{five.url}/v1/movies/{movie_id(page, five, 'delta')}/retry")
    dialog.get_by_role("button", name="Apply to the film").click()
    expect(dialog.get_by_role("listitem")).to_contain_text("Delta")
    expect(dialog).to_contain_text("1 film was left as it is")
    dialog.get_by_role("button", name="Close").click()
    expect(card(page, "Delta")).to_contain_text("Waits for a worker")


def movie_id(page, site, text):
    return page.request.get(f"{site.url}/v1/movies?q={text}").json()["movies"][0]["id"]


def test_who_may_only_read_is_offered_nothing_else(keyed_service, page_of, watch):
    watch.allow("401")
    seed.add_film(keyed_service.service, "Waiting")
    page = page_of(keyed_service)
    page.get_by_label("API key").fill(keys.create_key(keyed_service.service.database, "a reader", ["read"]).text)
    page.get_by_role("button", name="Sign in").click()
    found(page, "1 film")
    for role in ("checkbox", "button"):
        expect(page.locator("main").get_by_role(role)).to_have_count(0)


def test_disturbing_pictures_are_covered_until_asked_for(empty_service, page_of):
    seed.add_tagged(empty_service.service, "The duel", [("violence",), ("violence",)])
    page = page_of(empty_service, language="es")
    cover = card(page, "The duel").locator(".picture-cover")
    expect(cover).to_be_visible()
    cover.click()
    expect(cover).to_have_count(0)
    assert page.url.endswith("#/library")


def test_an_unknown_theme_in_the_address_is_told(browser, empty_service):
    context = browser.new_context()
    page = open_page(context, f"{empty_service.url}/#/library?tag=nonsense")
    expect(page.get_by_role("alert").filter(has_text="nonsense")).to_be_visible()
    page.get_by_role("alert").get_by_role("button", name="Clear filters").click()
    expect(page.get_by_text("No films yet")).to_be_visible()
    context.close()
