"""Pictures by URL: only where it is allowed, from public addresses, a few redirects far, bounded in bytes and time."""

import threading

import pytest

from service.errors import ImageUrlRefused, TooLarge
from service.images.fetch import ImageFetcher
from tests.images.pages import serving_pages

PICTURE = bytes(range(256)) * 100


@pytest.fixture(scope="module")
def pages():
    with serving_pages({"/poster.jpg": (200, PICTURE), "/gone": (404, b"no")}) as pages:
        for number in range(5):
            pages.answers[f"/{number}"] = (302, f"/{number + 1}" if number < 4 else "/poster.jpg")
        pages.answers["/far"] = (301, f"http://films.example:{pages.port}/poster.jpg")
        pages.answers["/mail"] = (302, "http://films.example:25/")
        pages.answers["/file"] = (302, "file:///etc/passwd")
        pages.answers["/nowhere"] = (302, None)
        yield pages


def fetcher(allowed="any", max_bytes=100_000, **options):
    return ImageFetcher(allowed, max_bytes, **options)


def test_a_picture_is_fetched(pages):
    assert fetcher().fetch(f"{pages.base}/poster.jpg") == PICTURE


def test_nothing_is_fetched_unless_the_operator_allows_it(pages):
    with pytest.raises(ImageUrlRefused, match="MOVIETAGS_IMAGE_URLS=none"):
        fetcher("none").fetch(f"{pages.base}/poster.jpg")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "::ffff:10.0.0.1"]
)
def test_private_addresses_are_refused_also_behind_a_name(address):
    with pytest.raises(ImageUrlRefused, match="private, local or reserved address; MOVIETAGS_IMAGE_URLS=any"):
        fetcher("public", resolve=lambda _host, _port: ["8.8.8.8", address]).fetch("http://films.example/poster.jpg")


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "http://localhost:8000/x", "http://2130706433/", "http://[::1]/", "http://0x7f.1/"])
def test_private_addresses_are_refused_however_they_are_written(url):
    with pytest.raises(ImageUrlRefused, match="private"):
        fetcher("public").fetch(url)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/b.jpg", "file:///etc/passwd", "poster.jpg", "http://u:p@a.example/", "http://a.example:22/"]
)
def test_urls_of_another_form_are_refused(url):
    with pytest.raises(ImageUrlRefused):
        fetcher("public", resolve=lambda _host, _port: ["8.8.8.8"]).fetch(url)


def test_where_a_redirect_leads_is_looked_at_like_the_first_address(pages):
    asked = []

    def resolve(host, _port):
        asked.append(host)
        return ["127.0.0.1"]

    assert fetcher(resolve=resolve).fetch(f"http://first.example:{pages.port}/far") == PICTURE
    assert asked == ["first.example", "films.example"]


def test_redirects_are_followed_so_far(pages):
    assert fetcher().fetch(f"{pages.base}/2") == PICTURE
    with pytest.raises(ImageUrlRefused, match="leads on more than 3 times"):
        fetcher().fetch(f"{pages.base}/1")


@pytest.mark.parametrize("path", ["/file", "/nowhere", "/gone", "/none"])
def test_what_gives_no_picture_is_told(pages, path):
    with pytest.raises(ImageUrlRefused):
        fetcher().fetch(pages.base + path)


def test_a_picture_that_is_too_large_is_cut_off(pages):
    with pytest.raises(TooLarge, match="may have 1,000 bytes"):
        fetcher(max_bytes=1000).fetch(f"{pages.base}/poster.jpg")


def test_a_server_that_is_slow_is_left():
    over = threading.Event()
    with serving_pages({"/slow": (200, b"x")}, before_answer=lambda: over.wait(5)) as pages:
        with pytest.raises(ImageUrlRefused, match="Timeout"):
            fetcher().fetch(f"{pages.base}/slow", seconds=0.3)
        assert not over.is_set()
        over.set()


def test_nobody_there_is_told():
    with pytest.raises(ImageUrlRefused, match="could not be fetched"):
        fetcher(resolve=lambda _host, _port: ["127.0.0.1"]).fetch("http://films.example:1/")
