"""What people send that is no picture, to each address that takes one: refused in words that help, and the next request works."""

import pytest

from tests.api.conftest import problem_of
from tests.api.picture_models import picture_service
from tests.images.files import HEIC, PDF, SVG, file_of, gif_of, plain, png_claiming, sound

PICTURE = file_of(plain(), "PNG")
ROUTES = ("/v1/images/tags", "/v1/objects", "/v1/digits")
FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n%s\r\n'

# name -> (content type, body, (status, type), words of the detail)
BAD = {
    "text": ("image/png", b"no picture", (415, "not-a-picture"), "but text"),
    "truncated": ("image/jpeg", file_of(plain(), "JPEG")[:400], (415, "not-a-picture"), "cannot be read"),
    "0x0": ("image/png", png_claiming(0, 0), (415, "not-a-picture"), ""),
    "1x1": ("image/png", file_of(plain(size=(1, 1)), "PNG"), (415, "not-a-picture"), "at least 8x8"),
    "20,000x20,000": ("image/png", png_claiming(20_000, 20_000), (415, "not-a-picture"), "50000000"),
    "PDF": ("image/png", PDF, (415, "not-a-picture"), "a PDF document"),
    "declared PDF": ("application/pdf", PDF, (415, "wrong-type"), "application/pdf"),
    "SVG": ("image/svg+xml", SVG, (415, "not-a-picture"), "an SVG drawing"),
    "HEIC": ("image/heic", HEIC, (415, "not-a-picture"), "save it as JPEG"),
    "sound": ("application/octet-stream", sound(), (415, "not-a-picture"), "a WAV sound file"),
    "declared sound": ("audio/wav", sound(), (415, "wrong-type"), "audio/wav"),
    "empty": ("image/png", b"", (422, "empty"), "no picture"),
    "empty part": (FORM, PART % b"" + b"--b--\r\n", (422, "empty"), "no picture"),
    "two parts": (FORM, PART % PICTURE + PART % PICTURE + b"--b--\r\n", (422, "invalid-request"), "comes twice"),
    "half a form": (FORM, (PART % PICTURE)[:-20], (422, "invalid-request"), "ends in the middle"),
    "too large": ("image/png", bytes(400_001), (413, "too-large"), "400,000 bytes"),
    "JSON": ("application/json", b'{"url": "https://example.com/a.png"}', (415, "wrong-type"), "application/json"),
    "URL": (FORM, PART.replace(b'name="file"; filename="x.png"', b'name="url"') % b"https://example.com/a.png" + b"--b--\r\n",
            (422, "image-url-refused"), "MOVIETAGS_IMAGE_URLS"),
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory, new_sqlite):
    with picture_service(new_sqlite(), tmp_path_factory.mktemp("b"), max_image_bytes=400_000) as (_service, client):
        yield client


def send(client, route, kind, body):
    return client.post(route, content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("route", ROUTES)
def test_it_is_refused_in_words_that_help_and_the_next_request_works(client, route, name):
    kind, body, answer, told = BAD[name]
    response = send(client, route, kind, body)
    assert problem_of(response) == answer
    assert told in response.json()["detail"]
    assert send(client, route, "image/png", PICTURE).status_code == 200


@pytest.mark.parametrize("route", ROUTES)
def test_ten_thousand_frames_are_one_picture(client, route):
    response = send(client, route, "image/gif", gif_of(10_000)[:400_000])
    assert response.status_code == 200
    assert "the first was looked at" in response.json()["warnings"][0]


@pytest.mark.parametrize("route", ROUTES)
def test_a_second_picture_behind_the_first_is_not_looked_at(client, route):
    both = send(client, route, "image/png", PICTURE + file_of(plain((0, 0, 250)), "PNG"))
    assert both.json() == send(client, route, "image/png", PICTURE).json()
