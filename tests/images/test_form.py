"""One picture in a request, as it is, in a form, or by its address."""

import pytest

from service.errors import EmptyUpload, InvalidRequest, WrongType
from service.images.form import GivenImage, check_type, given_image

FORM = "multipart/form-data; boundary=b"


def form(*parts: tuple[str, bytes], end: bytes = b"--b--\r\n") -> bytes:
    return (
        b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\n%s\r\n' % (name.encode(), value)
            for name, value in parts
        )
        + end
    )


@pytest.mark.parametrize("kind", ["image/jpeg", "IMAGE/PNG", "", "application/octet-stream", FORM, "image/heic"])
def test_pictures_and_forms_are_taken(kind):
    check_type(kind, urls=False)


@pytest.mark.parametrize("kind", ["text/plain", "application/pdf", "audio/mpeg", "application/json", "video/mp4", "multipart/mixed"])
def test_other_types_are_refused_before_the_body_is_read(kind):
    with pytest.raises(WrongType, match="Send one picture"):
        check_type(kind, urls=False)


def test_json_is_taken_where_urls_are():
    check_type("application/json; charset=utf-8", urls=True)


@pytest.mark.parametrize(
    ("kind", "body", "given"),
    [
        ("image/png", b"abc", GivenImage(b"abc")),
        ("", b"abc", GivenImage(b"abc")),
        (FORM, form(("file", b"abc\r\n")), GivenImage(b"abc\r\n")),
        (FORM, form(("url", b" https://a/b ")), GivenImage(url="https://a/b")),
        (FORM, form(("file", b"abc"), ("url", b"")), GivenImage(b"abc")),
        ("application/json", b'{"url": "https://a/b"}', GivenImage(url="https://a/b")),
    ],
)
def test_the_picture_is_found(kind, body, given):
    assert given_image(kind, body) == given


@pytest.mark.parametrize(
    ("kind", "body", "error", "told"),
    [
        ("image/png", b"", EmptyUpload, "no picture"),
        (FORM, form(), EmptyUpload, "no picture"),
        (FORM, form(("file", b"")), EmptyUpload, "no picture"),
        (FORM, form(("file", b"a"), ("file", b"b")), InvalidRequest, "'file' comes twice"),
        (FORM, form(("url", b"a"), ("url", b"b")), InvalidRequest, "'url' comes twice"),
        (FORM, form(("file", b"a"), ("url", b"https://a/b")), InvalidRequest, "send one of them"),
        (FORM, form(("picture", b"a")), InvalidRequest, "There is no field 'picture'"),
        (FORM, form(("url", b"\xff")), InvalidRequest, "no multipart form"),
        (FORM, form(("file", b"abc"), end=b"")[:-4], InvalidRequest, "ends in the middle"),
        ("multipart/form-data", b"abc", InvalidRequest, "no multipart form"),
        ("application/json", b"{", InvalidRequest, "no JSON"),
        ("application/json", b"[" * 100_000, InvalidRequest, "no JSON"),
        ("application/json", b'{"url": 1}', InvalidRequest, "As JSON"),
        ("application/json", b'{"url": "a", "file": "b"}', InvalidRequest, "As JSON"),
        ("application/json", b'"a"', InvalidRequest, "As JSON"),
        ("application/json", b'{"url": ""}', EmptyUpload, "no picture"),
    ],
)
def test_what_is_no_picture_is_told(kind, body, error, told):
    with pytest.raises(error, match=told):
        given_image(kind, body)
