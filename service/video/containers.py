"""Opening a file with FFmpeg, narrowly: known containers only, this file only."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer

from service.errors import FilmNotFound, NotAVideo
from service.sniff import is_picture, is_playlist

# FFmpeg demuxers that may read a file from outside. None of them opens another file or an address on the
# word of the file's content, as playlists and edit scripts do (hls, dash, concat, sdp, asx, imf).
FILM_DEMUXERS = (
    "mov,matroska,avi,mpegts,mpeg,mxf,dv,flv,ogg,asf,gxf,nut,rm,wtv,lxf,nsv,nuv,pva,ty,dhav,swf,"
    "yuv4mpegpipe,ivf,h264,hevc,vvc,h263,h261,m4v,mpegvideo,vc1,vc1test,obu,av1,dirac,dnxhd,cavsvideo,"
    "bink,smk,roq,flic,film_cpk,amv,r3d,cine,mlv"
)
# Opened so that they end as "no video stream", which says more than "not a video".
SOUND_DEMUXERS = "mp3,flac,wav,aac,aiff,ac3,eac3,dts,w64,caf,amr,ape,tta,wv,au"

HEAD_BYTES = 512
STREAM_BUFFER = 256 << 10  # bytes that are asked of a stream at once

OPTIONS = {
    "format_whitelist": f"{FILM_DEMUXERS},{SOUND_DEMUXERS}",
    "protocol_whitelist": "file",
    "enable_drefs": "0",  # QuickTime files that only refer to other files
    "use_absolute_path": "0",
}


def check_file(path: Path) -> None:
    """Refuse what is not a regular, readable, filled file; never waits, as opening a pipe would."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise FilmNotFound(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise FilmNotFound(f"{path}: cannot be read ({error})") from error
    if stat.S_ISDIR(status.st_mode):
        raise FilmNotFound(f"{path} is a folder, not a film")
    if not stat.S_ISREG(status.st_mode):
        raise NotAVideo(f"{path} is a pipe or a device, not a file")
    if not os.access(path, os.R_OK):
        raise FilmNotFound(f"{path} may not be read: no permission")
    if status.st_size == 0:
        raise NotAVideo(f"{path} is empty")


def open_container(path: Path, max_pixels: int) -> InputContainer:
    """Open `path` with the demuxer that its content asks for, if that is an allowed one."""
    check_file(path)
    head = _head(path)
    if is_picture(head):
        raise NotAVideo(f"{path} is a picture, not a film")
    try:
        # An absolute path has no scheme: "concat:a|b" or "-x" or "%d" in a name stay what they are.
        return av.open(
            str(path.absolute()),
            metadata_errors="replace",
            options={"max_pixels": str(max_pixels)},
            container_options=OPTIONS,
        )
    except MemoryError:  # one of PyAV's is an FFmpegError, too
        raise
    except (av.FFmpegError, ValueError) as error:
        raise NotAVideo(_refusal(str(path), head)) from error


def open_stream(stream: BinaryIO, name: str, max_pixels: int) -> InputContainer:
    """The same for an open file that stands at its beginning; `name` is for messages."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if is_picture(head):
        raise NotAVideo(f"{name} is a picture, not a film")
    try:
        return av.open(
            stream,
            "r",
            metadata_errors="replace",
            options={"max_pixels": str(max_pixels)},
            container_options=OPTIONS,
            buffer_size=STREAM_BUFFER,
        )
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError) as error:
        raise NotAVideo(_refusal(name, head)) from error


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise FilmNotFound(f"{path} may not be read: {error.strerror}") from error


def _refusal(name: str, head: bytes) -> str:
    if is_playlist(head):
        return f"{name} is a playlist: it only names other files, which are not opened; give the films themselves"
    return f"{name} is not a film in a container that is known here, or it is damaged beyond opening"
