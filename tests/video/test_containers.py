import os

import pytest

from service.errors import FilmNotFound, NotAVideo
from service.video.probe import probe
from tests import clips
from tests.clips import Recipe

PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{film}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{film}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>{film}</BaseURL></MPD>',
    "asx": '<asx version="3.0"><entry><ref href="{film}"/></entry></asx>',
    "smil": '<smil><body><video src="{film}"/></body></smil>',
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_named_as_a_film_is_refused_as_what_it_is(plain, tmp_path, kind):
    path = tmp_path / "film.mp4"
    path.write_text(PLAYLISTS[kind].format(film=plain))
    with pytest.raises(NotAVideo, match="is a playlist"):
        probe(path)


@pytest.mark.parametrize("codec", ["mjpeg", "png", "gif"])
def test_a_picture_named_as_a_film_is_refused_as_what_it_is(tmp_path, codec):
    format_of = {"mjpeg": ("image2", "yuvj420p"), "png": ("image2", "rgb24"), "gif": ("gif", "rgb8")}
    container, pix_fmt = format_of[codec]
    path = clips.write(tmp_path / "film.mp4", clips.scene(1, 1), Recipe(codec=codec, pix_fmt=pix_fmt, container=container))
    with pytest.raises(NotAVideo, match="is a picture"):
        probe(path)


@pytest.mark.parametrize("content", [b"plain text " * 100, b"<html><body>404</body></html>", bytes(5000), b"\x00\x00\x00\x18ftypmp42"])
def test_what_is_no_film_is_refused(tmp_path, content):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(NotAVideo, match="not a film"):
        probe(path)


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(NotAVideo, match="is empty"):
        probe(path)


def test_a_missing_file_and_a_folder_are_not_found(tmp_path):
    with pytest.raises(FilmNotFound, match="no such file"):
        probe(tmp_path / "missing.mp4")
    with pytest.raises(FilmNotFound, match="is a folder"):
        probe(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_not_found(plain, tmp_path):
    path = tmp_path / "locked.mp4"
    path.write_bytes(plain.read_bytes())
    path.chmod(0)
    with pytest.raises(FilmNotFound, match="no permission"):
        probe(path)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    with pytest.raises(NotAVideo, match="a pipe or a device"):
        probe(path)


@pytest.mark.parametrize(
    "name",
    ["-i.mp4", "film électrique 電影.mp4", "100%d.mp4", "http:x.mp4", "concat:a|b.mp4", "a:b", "file:x.mp4", "no-ending", "wrong.jpg"],
)
def test_any_name_is_only_a_name(plain, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.write_bytes(plain.read_bytes())
    assert probe(path.relative_to(tmp_path)).file_name == name


def test_a_quicktime_file_that_refers_to_another_one_does_not_read_it(plain, tmp_path):
    """The data reference is turned from "here" into "in another file", which does not exist."""
    path = clips.patch(plain, tmp_path / "refers.mov", b"url \x00\x00\x00\x01", b"alis\x00\x00\x00\x00")
    assert probe(path).codec == "h264"  # FFmpeg reads on in this file; it opens no other
