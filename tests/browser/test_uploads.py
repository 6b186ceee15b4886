"""Films brought through the page: their progress, refusals, and going on after the tab was closed or the service was away."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.access import assert_accessible
from tests.browser.chromium import open_page
from tests.clips import write_sound
from tests.still_films import write_still_film

FILM_START = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41"  # nobody decodes these films: they need not be more than begun


@pytest.fixture
def large_film(tmp_path: Path) -> Path:
    """24 MB: three pieces."""
    path = tmp_path / "crossing.mp4"
    path.write_bytes(FILM_START + bytes(range(256)) * (24 * 4096))
    return path


def choose(page, *files: Path):
    page.locator(".library-head input[type=file]").set_input_files(list(files))


def rows(page):
    return page.locator(".uploads-row")


def slow_down(page, bytes_a_second: int):
    """How fast the page sends from now on; -1 is as fast as can be."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second},
    )


def begin_slowly(page, film: Path):
    """Until the service has told that it has a piece of the film."""
    slow_down(page, 6 << 20)
    choose(page, film)
    page.wait_for_function("() => JSON.parse(localStorage['movietags-uploads'] ?? '[]').some(({ offset }) => offset > 0)")


def only_film(page, url):
    [movie] = page.request.get(f"{url}/v1/movies").json()["movies"]
    return movie


def test_a_film_is_uploaded_and_followed_until_its_themes_show(page, tmp_path):
    film = write_still_film(tmp_path / "ward.mp4", ["hospital"], stills=2)
    choose(page, film)
    expect(rows(page)).to_contain_text("Uploaded.")
    movie = page.locator("article", has=page.get_by_role("link", name="ward.mp4", exact=True))
    expect(movie.get_by_role("button", name=re.compile("^Hospital"))).to_be_visible(timeout=90_000)
    rows(page).get_by_role("link", name="Show the film").click()
    page.wait_for_url("**/#/film/*")
    page.go_back()
    choose(page, film)
    expect(rows(page).last).to_contain_text("The library had this film already.")


def test_files_that_are_no_films_are_refused_with_the_reason(empty_service, page_of, watch, tmp_path):
    watch.allow("415", "422")
    page = page_of(empty_service)
    sound, text, empty = write_sound(tmp_path / "song.mp3"), tmp_path / "notes.txt", tmp_path / "empty.mp4"
    text.write_text("no film\n" * 20)
    empty.touch()
    choose(page, sound, text, empty)
    expect(rows(page).filter(has_text="song.mp3")).to_contain_text("This is an audio file.")
    expect(rows(page).filter(has_text="notes.txt")).to_contain_text("This is a text.")
    expect(rows(page).filter(has_text="empty.mp4")).to_contain_text("This file is empty.")
    assert_accessible(page)
    page.get_by_role("button", name="Cancel the upload of song.mp3").click()
    expect(rows(page)).to_have_count(2)
    assert page.evaluate("localStorage['movietags-uploads']") in (None, "[]")


def test_a_film_is_uploaded_by_who_signed_in(keyed_service, page_of, watch, tmp_path):
    watch.allow("401")
    page = page_of(keyed_service)
    page.get_by_label("API key").fill(keyed_service.key)
    page.get_by_role("button", name="Sign in").click()
    film = tmp_path / "small.mp4"
    film.write_bytes(FILM_START + bytes(5000))
    choose(page, film)
    expect(rows(page)).to_contain_text("Uploaded.")
    expect(page.get_by_role("link", name="small.mp4", exact=True)).to_be_visible()


def test_a_dropped_film_is_paused_goes_on_and_the_other_views_tell_of_it(empty_service, page_of, large_film, shot):
    page = page_of(empty_service)
    slow_down(page, 6 << 20)
    data = page.evaluate_handle(
        """([name, start]) => {
          const transfer = new DataTransfer();
          const bytes = new Uint8Array(24 << 20);
          bytes.set(start);
          transfer.items.add(new File([bytes], name, { type: "video/mp4" }));
          return transfer;
        }""",
        [large_film.name, list(FILM_START)],
    )
    page.dispatch_event("main h1", "dragenter", {"dataTransfer": data})
    expect(page.get_by_text("Let go to upload")).to_be_visible()
    page.dispatch_event("main h1", "drop", {"dataTransfer": data})
    expect(rows(page)).to_contain_text(re.compile(r"\d+% · .+ MB of 25.2 MB · .+/s · .+ left"))
    shot(page, "library-upload")
    page.get_by_role("button", name="Pause the upload").click()
    expect(rows(page)).to_contain_text("Paused")
    slow_down(page, -1)
    page.get_by_role("button", name="Go on with the upload").click()
    page.get_by_role("link", name="Objects", exact=True).click()
    page.get_by_role("link", name="Films", exact=True).click()
    expect(rows(page)).to_contain_text("Uploaded.")
    assert only_film(page, empty_service.url)["size_bytes"] == 24 << 20


def test_an_upload_goes_on_after_the_tab_was_closed_and_the_service_restarted(restartable, page_of, watch, large_film):
    watch.allow("ERR_")
    page = page_of(restartable)
    begin_slowly(page, large_film)
    page.close()
    restartable.stop()
    restartable.start()
    page = open_page(page.context, f"{restartable.url}/#/library")
    unfinished = page.get_by_role("list", name="Unfinished uploads").get_by_role("listitem")
    expect(unfinished).to_contain_text(re.compile(r"(3[0-9]|[4-9][0-9])% · .+ MB of 25.2 MB"))
    assert_accessible(page)
    pick = unfinished.locator("input[type=file]")
    pick.set_input_files(other_film(large_film))
    expect(unfinished.get_by_role("alert")).to_contain_text("it has the same name and size, but other content")
    pick.set_input_files(large_film)
    expect(rows(page)).to_contain_text("Uploaded.")
    assert only_film(page, restartable.url)["sha256"] == hashlib.sha256(large_film.read_bytes()).hexdigest()


def other_film(film: Path) -> Path:
    """Of the same name and size."""
    path = film.parent / "other" / film.name
    path.parent.mkdir()
    path.write_bytes(film.read_bytes()[:-1] + b"!")
    return path


def test_an_upload_waits_for_a_service_that_is_away_and_goes_on_by_itself(restartable, page_of, watch, large_film):
    watch.allow("ERR_")
    page = page_of(restartable)
    begin_slowly(page, large_film)
    restartable.stop()
    expect(rows(page)).to_contain_text("It goes on by itself.")
    slow_down(page, -1)
    restartable.start()
    expect(rows(page)).to_contain_text("Uploaded.")
    assert only_film(page, restartable.url)["sha256"] == hashlib.sha256(large_film.read_bytes()).hexdigest()


def test_an_expired_upload_is_told_and_forgotten(empty_service, page_of, watch):
    watch.allow("404")
    page = page_of(empty_service, "#/digits")
    kept = [{"id": "upl_gone", "name": "old.mp4", "size": 10, "hash": "0", "offset": 5}]
    page.evaluate("(kept) => (localStorage['movietags-uploads'] = kept)", json.dumps(kept))
    page.get_by_role("link", name="Films", exact=True).click()
    expect(page.get_by_text("An unfinished upload was too old and is gone: old.mp4")).to_be_visible()
    page.get_by_role("button", name="Clear finished ones").click()
    expect(page.get_by_text("old.mp4")).to_have_count(0)
    assert page.evaluate("localStorage['movietags-uploads']") == "[]"
