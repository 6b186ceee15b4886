"""The export of feedback: its manifest, and pictures out of real films."""

import asyncio
import csv
import io
import json
import threading
import time
import zipfile
from dataclasses import replace

import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from service.api.feedback import EXPORTS_AT_ONCE, ExportDesk, ExportResponse
from service.cli import main
from service.corrections import corrections_zip
from service.errors import TooManyRequests
from service.outputs import PICTURES, PLACES
from service.store import feedback
from service.store.engine import now_ms
from service.store.feedback import Moment
from service.store.tables import Movie, Verdict
from service.tags import load_vocabulary
from service.video.single_frame import frame_at
from tests import clips, seed
from tests.api.conftest import service_on
from tests.api.serving import serving
from tests.clips import Recipe

SIZE = (640, 400)
SHOTS = [["war"], ["war", "drama"], ["drama"]]  # four seconds each, a key frame in the middle
TIMES_MS = (2000, 6000, 10000)
COLUMNS = ["file", "tags", "absent", "source", "kind", "labelling"]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three scenes of four seconds."""
    path = tmp_path_factory.mktemp("films") / "harbour.mp4"
    return clips.write(path, clips.scenes(100, 100, 100, size=SIZE), Recipe(key_every=50))


@pytest.fixture(scope="module")
def pictures(film):
    """Of its key frames, as they are stored with a result."""
    found = []
    for time_ms in TIMES_MS:
        with film.open("rb") as stream:
            picture = Image.fromarray(frame_at(stream, "harbour.mp4", time_ms, 200, 10**7))
        data = io.BytesIO()
        picture.save(data, "jpeg")
        found.append(data.getvalue())
    return found


def add_film(service, film, pictures, **fields) -> str:
    """A tagged film with its file and pictures."""
    movie_id = seed.add_tagged(service, shots=SHOTS, content=film.read_bytes(), **fields)
    store_pictures(service, movie_id, pictures)
    return movie_id


def store_pictures(service, movie_id, pictures) -> None:
    with service.database.read() as session:
        folder = session.get_one(Movie, movie_id).result_key
    offsets = [0, *np.cumsum([len(data) for data in pictures]).tolist()]
    service.storage.put(f"{folder}/{PICTURES}", b"".join(pictures))
    service.storage.put(f"{folder}/{PLACES}", json.dumps({"offsets": offsets, "width": 320}).encode())


def say(client, movie_id, *said) -> None:
    for number, tag, verdict in said:
        body = {"tag": tag, "verdict": verdict}
        assert client.post(f"/v1/movies/{movie_id}/frames/{number}/feedback", json=body).status_code == 201


def archive_of(content: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return archive


def exported(client) -> zipfile.ZipFile:
    answer = client.get("/v1/feedback/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert 'filename="corrections.zip"' in answer.headers["content-disposition"]
    return archive_of(answer.content)


def rows(archive, name="manifest.csv"):
    return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def picture(archive, row) -> Image.Image:
    image = Image.open(io.BytesIO(archive.read(row["file"])))
    assert image.format == "JPEG"
    return image


def sizes(archive) -> list[tuple[int, int]]:
    return [picture(archive, row).size for row in rows(archive)]


def test_each_frame_is_a_row_with_its_picture_out_of_the_film(client, service, film, pictures, tmp_path):
    movie_id = add_film(service, film, pictures)
    say(client, movie_id, (1, "war", "right"), (1, "drama", "wrong"), (1, "heist", "missing"), (2, "war", "wrong"))
    archive = exported(client)
    assert archive.read("manifest.csv").decode().splitlines()[0].split(",") == COLUMNS
    names = [f"frames/{movie_id}-000006000.jpg", f"frames/{movie_id}-000010000.jpg"]
    common = {"source": movie_id, "kind": "film", "labelling": "named"}
    assert rows(archive) == [
        {"file": names[0], "tags": "heist|war", "absent": "drama", **common},
        {"file": names[1], "tags": "", "absent": "war", **common},
    ]
    assert sorted(archive.namelist()) == sorted([*names, "manifest.csv", "tags.yaml"])
    (tmp_path / "tags.yaml").write_bytes(archive.read("tags.yaml"))
    assert load_vocabulary(tmp_path / "tags.yaml") == service.vocabulary
    truth = list(clips.scenes(100, 100, 100, size=SIZE))
    for row, frame in zip(rows(archive), (150, 250), strict=True):
        found = np.asarray(picture(archive, row), float)
        assert found.shape == (400, 640, 3)
        assert np.abs(found - truth[frame]).mean() < 6


def test_large_films_give_pictures_of_720_lines(client, service, tmp_path):
    path = clips.write(tmp_path / "large.mp4", clips.scenes(60, size=(1280, 960)), Recipe(key_every=25))
    with path.open("rb") as stream:
        stored = io.BytesIO()
        Image.fromarray(frame_at(stream, "large.mp4", 2000, 240, 10**7)).save(stored, "jpeg")
    movie_id = seed.add_tagged(service, shots=[["war"]], content=path.read_bytes())
    store_pictures(service, movie_id, [stored.getvalue()])
    say(client, movie_id, (0, "war", "right"))
    assert sizes(exported(client)) == [(960, 720)]


def test_a_film_that_is_gone_gives_its_stored_pictures(client, service, film, pictures):
    movie_id = add_film(service, film, pictures)
    say(client, movie_id, (0, "war", "right"))
    with service.database.write() as session:
        session.get_one(Movie, movie_id).original_gone = True
    archive = exported(client)
    assert archive.read(rows(archive)[0]["file"]) == pictures[0]


@pytest.mark.parametrize("content", [b"", b"\0\0\0\x18ftypisom" + bytes(2000)], ids=["text", "damaged"])
def test_what_cannot_be_decoded_gives_its_stored_pictures(client, service, content):
    movie_id = seed.add_tagged(service, content=content)
    say(client, movie_id, (0, "war", "right"), (1, "drama", "wrong"))
    archive = exported(client)
    assert [archive.read(row["file"]) for row in rows(archive)] == [seed.picture(0), seed.picture(1)]


def test_a_jump_that_leads_elsewhere_is_noticed(client, service, film, pictures):
    movie_id = add_film(service, film, [pictures[1], pictures[1], pictures[2]])
    say(client, movie_id, (0, "war", "right"), (1, "war", "right"))
    archive = exported(client)
    assert sizes(archive) == [(320, 200), SIZE]
    assert archive.read(rows(archive)[0]["file"]) == pictures[1]


def test_a_moment_without_a_key_frame_of_now_is_taken_out_of_the_film(client, service, film, pictures):
    movie_id = add_film(service, film, pictures)
    say(client, movie_id, (2, "drama", "right"))
    client.post(f"/v1/movies/{movie_id}/retry")
    seed.succeed(service, movie_id, SHOTS[:1])
    assert sizes(exported(client)) == [SIZE]
    with service.database.write() as session:
        session.get_one(Movie, movie_id).original_gone = True
    archive = exported(client)
    assert rows(archive) == []
    [left_out] = rows(archive, "left-out.csv")
    assert (left_out["source"], left_out["time_ms"], left_out["tags"]) == (movie_id, "10000", "drama")
    assert "picture" in left_out["reason"]


@pytest.mark.parametrize(("name", "content"), [(PICTURES, b""), (PICTURES, seed.picture(0)[:300]), (PLACES, b"{}"), (PLACES, b"[0")])
def test_damaged_pictures_are_left_out_and_hurt_no_other_film(client, service, name, content):
    damaged, whole = (seed.add_tagged(service) for _ in range(2))
    for movie_id in (damaged, whole):
        say(client, movie_id, (0, "war", "right"))
    with service.database.read() as session:
        service.storage.put(f"{session.get_one(Movie, damaged).result_key}/{name}", content)
    archive = exported(client)
    assert [row["source"] for row in rows(archive)] == [whole]
    assert [row["source"] for row in rows(archive, "left-out.csv")] == [damaged]


class Missing(io.BytesIO):
    """A film that is missed when it is first read."""

    def read(self, _count=-1):
        raise FileNotFoundError("film.mp4")


class LateStorage:
    """Finds out only by reading that a film is not there, as remote ones do."""

    def __init__(self, storage):
        self._storage, self.films = storage, []

    def open(self, key):
        if not key.startswith("films/"):
            return self._storage.open(key)
        self.films.append(Missing())
        return self.films[-1]


def test_a_film_that_is_missed_when_it_is_read_gives_its_stored_pictures(client, service, film, pictures):
    movie_id = add_film(service, film, pictures)
    say(client, movie_id, (0, "war", "right"))
    storage = LateStorage(service.storage)
    archive = archive_of(b"".join(corrections_zip(replace(service, storage=storage), threading.Lock())))
    assert archive.read(rows(archive)[0]["file"]) == pictures[0]
    assert [film.closed for film in storage.films] == [True]


def test_a_new_result_that_takes_the_place_of_the_old_one_meanwhile_is_used(client, service):
    movie_id = seed.add_tagged(service)
    say(client, movie_id, (0, "war", "right"), (1, "war", "right"), (2, "war", "wrong"))
    with service.database.read() as session:
        old = session.get_one(Movie, movie_id).result_key
    pieces = corrections_zip(service, threading.Lock())
    begun = [next(pieces), next(pieces)]  # the first picture
    seed.succeed(service, movie_id, SHOTS[:2])
    service.storage.delete(old)
    archive = archive_of(b"".join([*begun, *pieces]))
    assert [archive.read(row["file"]) for row in rows(archive)] == [seed.picture(0), seed.picture(1)]
    assert [row["time_ms"] for row in rows(archive, "left-out.csv")] == ["10000"]


def test_tags_of_an_earlier_vocabulary_are_left_out(client, service):
    movie_id = seed.add_tagged(service)
    say(client, movie_id, (0, "war", "right"))
    with service.database.write() as session:
        for time_ms, number in ((2000, 0), (6000, 1)):
            feedback.put(session, movie_id, Moment(time_ms, number), "steamboat", Verdict.RIGHT, now_ms(session))
    archive = exported(client)
    assert [(row["tags"], row["absent"]) for row in rows(archive)] == [("war", "")]
    left_out = rows(archive, "left-out.csv")
    assert [(row["time_ms"], row["tags"]) for row in left_out] == [("2000", "steamboat"), ("6000", "steamboat")]
    assert all("vocabulary" in row["reason"] for row in left_out)


def test_without_feedback_there_is_an_empty_manifest(client, service):
    seed.add_tagged(service)
    archive = exported(client)
    assert (archive.namelist(), rows(archive)) == (["tags.yaml", "manifest.csv"], [])


def test_an_imported_film_is_read_in_place_while_it_may_be(tmp_path, sqlite_url, film, pictures):
    library = tmp_path / "library"
    library.mkdir()
    path = library / "harbour.mp4"
    path.write_bytes(film.read_bytes())
    service = service_on(sqlite_url, tmp_path / "data", import_roots=[library])
    movie_id = seed.add_library_film(service, path)
    seed.succeed(service, movie_id, SHOTS)
    store_pictures(service, movie_id, pictures)
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        say(client, movie_id, (0, "war", "right"))
        assert sizes(exported(client)) == [SIZE]
        path.write_bytes(b"another file")
        assert sizes(exported(client)) == [(320, 200)]


def test_a_film_in_a_remote_storage_is_read_in_pieces(tmp_path, sqlite_url, film, pictures):
    service = service_on(sqlite_url, tmp_path / "data", files_url=f"memory://{tmp_path.name}")
    movie_id = add_film(service, film, pictures)
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        say(client, movie_id, (0, "war", "right"), (2, "drama", "wrong"))
        assert sizes(exported(client)) == [SIZE, SIZE]


def test_only_so_many_exports_are_made_at_once():
    desk = ExportDesk()
    for _ in range(EXPORTS_AT_ONCE):
        desk.enter()
    with pytest.raises(TooManyRequests, match="exports are being made"):
        desk.enter()
    desk.leave()
    desk.enter()


def test_a_client_that_goes_gives_its_place_back(client, service):
    for _ in range(2):
        say(client, seed.add_tagged(service), (0, "war", "right"))
    for _ in range(EXPORTS_AT_ONCE + 1):
        end = time.monotonic() + 30
        while True:
            with client.stream("GET", "/v1/feedback/export") as answer:
                if answer.status_code == 200:
                    break  # without a look at what comes
            assert answer.status_code == 429 and time.monotonic() < end
            time.sleep(0.05)


def test_a_client_that_takes_nothing_any_more_gives_its_place_back():
    desk, ended = ExportDesk(), []

    def pieces():
        try:
            while True:
                yield b"more"
        finally:
            ended.append(True)

    async def forever(*_message):
        await asyncio.Event().wait()

    for _ in range(EXPORTS_AT_ONCE + 1):
        desk.enter()
        rest = pieces()
        response = ExportResponse(desk, next(rest), rest, stall_seconds=0.05)
        asyncio.run(response({"type": "http"}, forever, forever))
    assert ended == [True] * (EXPORTS_AT_ONCE + 1)


def test_the_command_writes_the_same(tmp_path, sqlite_url, film, pictures):
    folder = tmp_path / "data"
    service = service_on(sqlite_url, folder, database_url=sqlite_url)
    movie_id = add_film(service, film, pictures)
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        say(client, movie_id, (0, "war", "right"), (2, "drama", "wrong"))
        by_api = exported(client)
    out = tmp_path / "corrections.zip"

    def run(target):
        return CliRunner().invoke(
            main, ["feedback", "export", "--out", str(target), "--data-dir", str(folder)], env={"MOVIETAGS_DATABASE_URL": sqlite_url}
        )

    found = run(out)
    assert found.exit_code == 0 and "bytes" in found.stderr
    by_command = archive_of(out.read_bytes())
    assert archive_of(run("-").stdout_bytes).namelist() == by_command.namelist()
    assert by_command.namelist() == by_api.namelist()
    assert {name: by_command.read(name) for name in by_command.namelist()} == {name: by_api.read(name) for name in by_api.namelist()}
    missing = run(tmp_path / "nowhere" / "corrections.zip")
    assert missing.exit_code == 1 and "cannot be written" in missing.stderr
    assert [path.name for path in tmp_path.iterdir() if "corrections" in path.name] == ["corrections.zip"]
