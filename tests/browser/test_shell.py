"""The page's shell: views, addresses, keyboard, words, colours, and a service that goes away."""

import pytest
from playwright.sync_api import ViewportSize, expect

from service.api.page import WEB
from tests import seed
from tests.browser.access import assert_accessible, assert_fits
from tests.browser.chromium import settle

MOST_BYTES = 200_000  # of our own script and style, in a visit of any view
VIEWS = ["library", "digits", "objects", "feedback", "models"]
FILES_OF_WORDS = [path.relative_to(WEB).as_posix() for path in sorted((WEB / "script/words").rglob("*.js"))]
PHONE = ViewportSize(width=390, height=844)
MARKUP = "<img src=x onerror=\"document.title='ran'\"><b>bold</b>"

# Each text's key, the values that it takes and its plural forms, by language.
WORDS = """async (files) => {
  const values = (text) => (text.match(/\\{\\w+\\}/g) ?? []).sort().join();
  const shape = (text) => (typeof text === "object" ? Object.keys(text).sort().join() + values(text.other) : values(text));
  const of = (texts) => Object.entries(texts).map(([key, text]) => `${key} ${shape(text)}`).sort();
  const all = {};
  for (const file of files) {
    const words = (await import(new URL(`web/${file}`, document.baseURI))).default;
    all[file] = Object.fromEntries(Object.entries(words).map(([language, texts]) => [language, of(texts)]));
  }
  return all;
}"""
# Bytes of each script and style that the page has loaded.
LOADED = """() => Object.fromEntries(performance.getEntriesByType("resource")
  .filter(({ name }) => /\\.(js|css)$/.test(name)).map(({ name, decodedBodySize }) => [name, decodedBodySize]))"""
# Ways by which a text might become a program: what each is answered.
SMUGGLE = """() => {
  const script = document.createElement("script");
  const ways = {
    markup: () => (document.querySelector("main").innerHTML = "<img src=x onerror='window.smuggled = 1'>"),
    script: () => (script.textContent = "window.smuggled = 1"),
    handler: () => document.body.setAttribute("onclick", "window.smuggled = 1"),
  };
  const tried = Object.entries(ways).map(([name, way]) => {
    try { way(); return [name, "done"]; } catch (error) { return [name, error.name]; }
  });
  script.append(document.createTextNode("window.smuggled = 1"));
  document.head.append(script);
  document.body.click();
  return Object.fromEntries(tried);
}"""


@pytest.mark.usefixtures("film")
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_accessible_in_light_and_dark_and_on_a_phone(service, page_of, shot, view):
    page = page_of(service, f"#/{view}")
    settle(page)
    assert_accessible(page)
    shot(page, f"{view}-light")
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    shot(page, f"{view}-dark")
    page.set_viewport_size(PHONE)
    settle(page)
    assert_accessible(page)
    assert_fits(page)
    shot(page, f"{view}-phone", whole=True)


@pytest.mark.usefixtures("film")
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_fits_a_window_of_360_pixels_with_spanish_words(service, page_of, view):
    page = page_of(service, f"#/{view}", size="narrow", language="es")
    settle(page)
    assert_fits(page)


def test_a_library_without_films_is_shown(empty_service, page_of, shot):
    for view in VIEWS:
        page = page_of(empty_service, f"#/{view}", size="narrow")
        settle(page)
        assert_fits(page)
        expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
        shot(page, f"{view}-empty")
        page.close()


def test_views_are_reached_by_the_keyboard_alone(empty_service, page_of):
    page = page_of(empty_service)
    names = [link.inner_text() for link in page.get_by_role("navigation").get_by_role("link").all()]
    assert len(names) == len(VIEWS)
    page.get_by_role("link", name="Movie tagger").focus()
    for name, view in zip(names, VIEWS, strict=True):
        page.keyboard.press("Tab")
        link = page.get_by_role("link", name=name, exact=True)
        expect(link).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(f"main .view-{view} h1")).to_be_visible()
        expect(link).to_have_attribute("aria-current", "page")
        expect(page).to_have_title(f"{page.locator('main h1').inner_text()} · Movie tagger")
        link.focus()


def test_a_new_view_s_heading_has_the_focus_and_the_way_back_works(empty_service, page_of):
    page = page_of(empty_service)
    page.get_by_role("link", name="Models").click()
    expect(page.locator(".view-models h1")).to_be_focused()
    page.go_back()
    expect(page.locator(".view-library h1")).to_be_focused()


def test_the_first_tab_leads_past_the_header(empty_service, page_of):
    page = page_of(empty_service, "#/models")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    expect(page.locator(".view-models h1")).to_be_visible()


@pytest.mark.parametrize("address", ["#/nowhere", "#/film/%", "#"])
def test_an_address_that_means_nothing_leads_to_the_library(empty_service, page_of, address):
    expect(page_of(empty_service, address).locator(".view-library h1")).to_be_visible()


def test_a_film_that_there_is_not_is_told(empty_service, page_of, watch):
    watch.allow("404")
    page = page_of(empty_service, "#/film/mov_00000000000000000000000000")
    expect(page.get_by_role("alert").filter(visible=True).first).to_be_visible()
    assert_accessible(page)


def test_a_visit_of_any_view_loads_little_script_and_style(empty_service, page_of, watch):
    watch.allow("503")  # the heat map of a frame: there is no model here to make it
    movie = seed.add_tagged(empty_service.service)
    for view in [*VIEWS, f"film/{movie}", f"frame/{movie}/0", f"similar/{movie}/0"]:
        page = page_of(empty_service, f"#/{view}")
        settle(page)
        loaded = page.evaluate(LOADED)
        assert len(loaded) > 10
        assert sum(loaded.values()) < MOST_BYTES, loaded


def test_the_language_is_chosen_and_kept(empty_service, page_of):
    page = page_of(empty_service)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("combobox", name="Language").select_option("es")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("navigation", name="Principal").get_by_role("link", name="Películas")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Ir al contenido")).to_be_attached()
    expect(page.get_by_role("combobox", name="Idioma")).to_have_value("es")


def test_every_view_speaks_the_browser_s_language(empty_service, page_of):
    for view in VIEWS:
        english, spanish = page_of(empty_service, f"#/{view}"), page_of(empty_service, f"#/{view}", language="es-MX")
        expect(spanish.locator("html")).to_have_attribute("lang", "es")
        assert english.locator("main h1").inner_text() != spanish.locator("main h1").inner_text(), view
        assert english.title() != spanish.title(), view


def test_every_words_file_has_the_same_keys_and_values_in_both_languages(empty_service, page_of):
    page = page_of(empty_service)
    texts = page.evaluate(WORDS, FILES_OF_WORDS)
    for name, words in texts.items():
        assert sorted(words) == ["en", "es"], name
        assert words["en"] == words["es"], name


def test_colours_are_the_system_s_until_others_are_chosen_and_kept(empty_service, page_of):
    light, dark = (page_of(empty_service, scheme=scheme) for scheme in ("light", "dark"))
    assert ground(light) != ground(dark)
    chosen = light.get_by_role("combobox", name="Colours")
    chosen.select_option("dark")
    assert ground(light) == ground(dark)
    light.reload()
    expect(chosen).to_have_value("dark")
    assert ground(light) == ground(dark)
    chosen.select_option("auto")
    assert ground(light) != ground(dark)


def ground(page):
    return page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")


def test_a_script_in_the_page_s_markup_cannot_run(empty_service, page_of, watch):
    watch.allow("Content Security Policy", "Trusted")
    page = page_of(empty_service)
    refused = page.evaluate(SMUGGLE)
    assert refused == {"markup": "TypeError", "script": "TypeError", "handler": "TypeError"}
    expect(page.locator("main h1")).to_be_visible()
    assert page.evaluate("() => window.smuggled") is None
    assert any("Content Security Policy" in said or "Trusted" in said for said in watch.seen)


def test_markup_in_a_title_is_text(empty_service, page_of):
    movie = seed.add_tagged(empty_service.service, MARKUP)
    for view in ("library", f"film/{movie}"):
        page = page_of(empty_service, f"#/{view}")
        expect(page.get_by_text("<b>bold</b>").first).to_be_visible()
        expect(page.locator("main img[src='x'], main b:text-is('bold')")).to_have_count(0)
        assert not page.title().startswith("ran")


def test_who_has_no_key_is_asked_for_it(keyed_service, page_of, watch, shot):
    watch.allow("401")
    page = page_of(keyed_service, "#/models")
    expect(page.locator("main h1")).to_have_text("Sign in")
    assert_accessible(page)
    shot(page, "sign-in")
    key = page.get_by_label("API key")
    expect(key).to_be_focused()
    key.fill("mt_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="key")).to_be_visible()
    expect(key).to_have_attribute("aria-invalid", "true")
    assert page.context.cookies() == []
    key.fill(f" {keyed_service.key} ")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".view-models h1")).to_be_visible()
    [cookie] = page.context.cookies()
    assert cookie.get("httpOnly") and cookie.get("sameSite") == "Strict"
    page.reload()
    expect(page.locator(".view-models h1")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("main h1")).to_have_text("Sign in")
    assert page.context.cookies() == []
    page.reload()
    expect(page.locator("main h1")).to_have_text("Sign in")


def test_a_login_that_ends_while_the_page_is_open_is_asked_for_again(keyed_service, page_of, watch):
    watch.allow("401")
    page = page_of(keyed_service)
    page.get_by_label("API key").fill(keyed_service.key)
    page.keyboard.press("Enter")
    expect(page.locator(".view-library h1")).to_be_visible()
    page.context.clear_cookies()
    page.get_by_role("link", name="Models").click()
    expect(page.locator("main h1")).to_have_text("Sign in")
    page.get_by_label("API key").fill(keyed_service.key)
    page.keyboard.press("Enter")
    expect(page.locator(".view-models h1")).to_be_visible()


def test_a_service_that_goes_away_is_told_and_the_view_recovers_when_it_is_back(restartable, page_of, watch):
    watch.allow("net::ERR_")
    page = page_of(restartable)
    restartable.stop()
    page.get_by_role("link", name="Models").click()
    banner = page.locator("#away")
    expect(banner).to_contain_text("does not answer")
    assert_accessible(page)
    restartable.start()
    seed.add_tagged(restartable.service, "Back again")
    expect(banner).to_be_hidden()
    expect(page.locator(".view-models h1")).not_to_have_text("This did not work")
    page.get_by_role("link", name="Films").click()
    expect(page.get_by_text("Back again").first).to_be_visible()


def test_a_library_that_stands_open_shows_what_came_while_the_service_was_away(restartable, page_of, watch):
    watch.allow("net::ERR_")
    seed.add_tagged(restartable.service, "Before")
    page = page_of(restartable)
    expect(page.get_by_text("Before").first).to_be_visible()
    restartable.stop()
    page.evaluate("() => import('./web/script/api.js').then(({ getJson }) => getJson('v1/tags')).catch(() => null)")
    expect(page.locator("#away")).to_be_visible()
    restartable.start()
    seed.add_tagged(restartable.service, "After")
    expect(page.locator("#away")).to_be_hidden()
    expect(page.get_by_text("After").first).to_be_visible()


def test_the_page_stays_behind_its_prefix(site_of, page_of):
    site = site_of(root_path="/films")
    movie = seed.add_tagged(site.service, "Behind a proxy")
    page = page_of(site)
    page.get_by_role("link", name="Behind a proxy").first.click()
    expect(page.locator("main h1")).to_contain_text("Behind a proxy")
    assert page.url.startswith(f"{site.url}/#/film/{movie}")
