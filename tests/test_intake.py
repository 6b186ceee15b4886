"""Films on their way in: first bytes, fields, forms, files, bodies."""

import asyncio
import errno
import random

import pytest

from service import errors
from service.api.body import Body, ClientGone
from service.film_fields import FIELD_NAMES, fields_from_json, fields_to_json, file_name_of, film_fields
from service.intake import IncomingFile
from service.multipart import FilmForm
from service.settings import load_settings
from service.sniff import HEAD_BYTES, check_is_film, film_suffix, kind_of
from service.storage import disk_errors
from tests import clips

CONTAINERS = {
    "mp4": "mp4",
    "mov": "mov",
    "mkv": "matroska",
    "webm": "webm",
    "avi": "avi",
    "ts": "mpegts",
    "flv": "flv",
    "nut": "nut",
    "mxf": "mxf",
}
CODECS = {"webm": "libvpx-vp9", "mxf": "mpeg2video", "flv": "flv", "avi": "mpeg4"}


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_films_are_known_by_their_first_bytes(tmp_path, suffix):
    recipe = clips.Recipe(codec=CODECS.get(suffix, "libx264"), container=CONTAINERS[suffix])
    head = clips.write(tmp_path / f"film.{suffix}", clips.scenes(10, size=(192, 96)), recipe).read_bytes()[:HEAD_BYTES]
    assert kind_of(head).name == "a film"
    assert film_suffix("film", head) == {"webm": ".mkv"}.get(suffix, f".{suffix}")


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\x00\x01\xba\x44",
        b"\x00\x00\x00\x01\x67\x42",
        b"YUV4MPEG2 W2 H2\n",
        b".RMF\0\0\0\x12",
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9",
    ],
)
def test_films_without_a_writer_here_are_known_too(head):
    assert kind_of(head).name == "a film"


def test_a_sound_file_is_told_from_a_film(tmp_path):
    with pytest.raises(errors.WrongType, match="MP3"):
        check_is_film(clips.write_sound(tmp_path / "sound.mp3").read_bytes())


def test_text_cut_in_the_middle_of_a_letter_is_text():
    assert kind_of("cafés".encode()[:4]).name == "text"
    assert kind_of(b"\x80\x81\x82\x83\x84").name == "unknown content"


def test_a_suffix_of_a_client_is_taken_only_when_it_is_a_film_s():
    mkv = b"\x1a\x45\xdf\xa3"
    assert film_suffix("a.WebM", mkv) == ".webm"
    assert film_suffix("a.mkv/../../etc/passwd", mkv) == ".mkv"
    assert film_suffix("a.exe", mkv) == ".mkv"
    assert film_suffix("noname", b"\x80\x81") == ""


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\films\\a.mp4", "a.mp4"),
        ("../../etc/passwd", "passwd"),
        ("a\x00\nb.mp4", "ab.mp4"),
        ("", "film"),
        (None, "film"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_client_s_file_name_is_only_a_name(given, shown):
    assert file_name_of(given) == shown


def test_fields_survive_storing(tmp_path):
    given = {
        "title": " The crossing ",
        "priority": "1",
        "min_score": "0.25",
        "top": "5",
        "thorough": "yes",
        "sensitive": "false",
        "objects": "true",
        "decoder": "opencv",
    }
    fields = film_fields(given, load_settings(data_dir=tmp_path, keep_originals=False))
    assert (fields.title, fields.priority, fields.keep_original) == ("The crossing", 1, False)
    assert (fields.parameters.min_score, fields.parameters.top, fields.parameters.thorough) == (0.25, 5, True)
    assert fields.parameters.objects
    assert fields_from_json(fields_to_json(fields)) == fields


def test_empty_fields_are_defaults(tmp_path):
    settings = load_settings(data_dir=tmp_path)
    assert film_fields({"title": "", "priority": ""}, settings) == film_fields({}, settings)


@pytest.fixture
def file(tmp_path):
    file = IncomingFile(load_settings(data_dir=tmp_path, disk_reserve_bytes=0), "form_1")
    yield file
    file.close()
    assert not file.path.exists()


BOUNDARY = b"----b0undary"
FORM = (
    b'------b0undary\r\nContent-Disposition: form-data; name="title"\r\n\r\nThe crossing\r\n'
    b'------b0undary\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
    b"%s\r\n------b0undary--\r\n"
)


@pytest.mark.parametrize("piece", [1, 7, 1000, 1 << 20])
def test_a_form_is_the_same_however_it_is_cut(file, piece):
    film = b"\x1a\x45\xdf\xa3" + random.Random(1).randbytes(3000) + b"\r\n------b0undar\r\n--" + random.Random(2).randbytes(300)
    form = FilmForm(f"multipart/form-data; boundary={BOUNDARY.decode()}", file, FIELD_NAMES)
    body = FORM % film
    for start in range(0, len(body), piece):
        form.feed(body[start : start + piece])
    assert form.finish() == {"title": "The crossing"}
    file.finish()
    assert (form.file_name, file.path.read_bytes()) == ("a.mp4", film)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_form_is_refused_and_nothing_else(file, seed):
    chance = random.Random(seed)
    body = bytearray(FORM % (b"\x1a\x45\xdf\xa3" + chance.randbytes(50)))
    for _ in range(chance.randint(1, 12)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    form = FilmForm(f"multipart/form-data; boundary={BOUNDARY.decode()}", file, FIELD_NAMES)
    try:
        form.feed(bytes(body))
        form.finish()
    except errors.RequestError as error:
        assert str(error)


def test_a_field_without_end_is_not_kept_in_memory(file):
    form = FilmForm("multipart/form-data; boundary=x", file, FIELD_NAMES)
    form.feed(b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n')
    with pytest.raises(errors.InvalidRequest, match="title"):
        form.feed(b"a" * 10_000)


def test_a_full_disk_is_told_as_such():
    with pytest.raises(errors.DiskFull), disk_errors():
        raise OSError(errno.ENOSPC, "full")


def body_of(*messages, stop=None, stall_seconds=0.05):
    """Pieces and end of a body whose messages come one after the other, and then nothing more."""
    queue = list(messages)

    async def receive():
        if not queue:
            await asyncio.Event().wait()
        return queue.pop(0)

    async def read():
        pieces = []
        try:
            async for piece in Body(receive, stop and stop(), stall_seconds).pieces():
                pieces.append(piece)
        except (ClientGone, errors.RequestError) as end:
            return pieces, type(end)
        return pieces, None

    return asyncio.run(read())


def part(data: bytes, more: bool = True):
    return {"type": "http.request", "body": data, "more_body": more}


def test_small_parts_of_a_body_come_as_one_piece():
    assert body_of(part(b"a"), part(b"b"), part(b"", more=False)) == ([b"ab"], None)


def test_what_came_before_the_client_went_is_given_out_first():
    assert body_of(part(b"a"), {"type": "http.disconnect"}) == ([b"a"], ClientGone)


def test_a_body_that_stalls_ends():
    assert body_of(part(b"a" * (600 << 10))) == ([b"a" * (600 << 10)], errors.UploadStalled)


def test_a_body_that_has_to_make_way_ends():
    def stopped() -> asyncio.Event:
        event = asyncio.Event()
        event.set()
        return event

    assert body_of(stop=stopped, stall_seconds=5) == ([], errors.UploadBusy)
