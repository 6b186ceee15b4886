"""What a file is by its first bytes, without a decoder: films are let in, what is plainly something else is named and refused."""

from dataclasses import dataclass

from service.errors import WrongType

HEAD_BYTES = 64 << 10  # of an upload, looked at before the rest is taken
ALLOWED = "Films in MP4, MOV, Matroska, WebM, AVI, MPEG, FLV, ASF/WMV, MXF, OGG and the like are taken."

PICTURE_BRANDS = {b"avif", b"heic", b"heix", b"mif1"}  # still pictures in a film's container
PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP", b"\xff\x0a")
PLAYLIST_STARTS = (b"#extm3u", b"ffconcat", b"[playlist]", b"<asx", b"[reference]", b"v=0", b"<smil", b"rtsptext")
XML_PLAYLISTS = (b"<mpd", b"<playlist", b"<compositionplaylist", b"<smoothstreamingmedia", b"<smil", b"<asx")

SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
MP4_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"sidx", b"moof", b"uuid"}
MXF_LABEL = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02"  # of the first partition, after a run-in of at most 64 KB
# (bytes, place, suffix) of film containers that one look decides
FILM_STARTS = (
    (b"\x1a\x45\xdf\xa3", 0, ".mkv"),
    (b"FLV", 0, ".flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, ".asf"),
    (b"OggS", 0, ".ogv"),
    (b"\x00\x00\x00\x00\x01\xbc", 0, ".gxf"),
    (b"\x1f\x07\x00", 0, ".dv"),
    (b"\x00\x00\x01\xba", 0, ".mpg"),
    (b"\x00\x00\x01\xb3", 0, ".mpg"),
    (b"YUV4MPEG2", 0, ".y4m"),
    (b"nut/multimedia container", 0, ".nut"),
    (b"\xb7\xd8\x00\x20\x37\x49\xda\x11", 0, ".wtv"),
    (b".RMF", 0, ".rm"),
    (b"DKIF", 0, ".ivf"),
    (b"\x00\x00\x00\x01", 0, ".h264"),  # a start code: H.264 or HEVC without a container
    (b"\x00\x00\x01", 0, ".h264"),
)
OTHERS = (
    (b"%PDF", 0, "a PDF document"),
    (b"PK\x03\x04", 0, "a ZIP archive (or an office document)"),
    (b"\x1f\x8b", 0, "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive"),
    (b"Rar!", 0, "a RAR archive"),
    (b"ustar", 257, "a tar archive"),
    (b"ID3", 0, "an MP3 sound file"),
    (b"fLaC", 0, "a FLAC sound file"),
    (b"WAVE", 8, "a WAV sound file"),
    (b"MThd", 0, "a MIDI file"),
    (b"\x7fELF", 0, "a program"),
    (b"MZ", 0, "a program"),
    (b"SQLite format 3\0", 0, "a database"),
)
MP3_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")  # MPEG sound frames without a tag before them
HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
# Suffixes that a client's file name may give to our copy: a hint for decoders, never a path.
_SUFFIXES = (
    ".mp4 .m4v .mov .qt .3gp .3g2 .mkv .webm .avi .divx .ts .m2ts .mts .mpg .mpeg .m2v .vob .flv .f4v .asf .wmv .mxf .ogv .ogg .ogm "
    ".gxf .dv .dif .h264 .264 .h265 .hevc .265 .y4m .nut .wtv .rm .rmvb .ivf .vc1 .amv .nsv .swf .cine .r3d .mlv .bik .obu .av1"
)
SAFE_SUFFIXES = frozenset(_SUFFIXES.split())


@dataclass(frozen=True)
class Kind:
    """What the first bytes say."""

    name: str  # such as "a PDF document"
    is_refused: bool
    suffix: str = ""  # of a film


UNKNOWN = Kind("unknown content", is_refused=False)  # decoders know more containers than this file: the run tells


def kind_of(head: bytes) -> Kind:
    """What a file with this beginning (up to HEAD_BYTES of it) is."""
    if is_picture(head):
        return Kind("a picture", is_refused=True)
    if is_playlist(head):
        return Kind("a playlist, which only names other files; upload the films themselves", is_refused=True)
    if other := _other(head):
        return Kind(other, is_refused=True)
    if suffix := _film_suffix(head):
        return Kind("a film", is_refused=False, suffix=suffix)
    if head.startswith(MP3_FRAMES):
        return Kind("an MP3 sound file", is_refused=True)
    return Kind("text", is_refused=True) if _is_text(head) else UNKNOWN


def check_is_film(head: bytes) -> None:
    """Raise WrongType when the beginning of a file is plainly none of a film."""
    kind = kind_of(head)
    if kind.is_refused:
        raise WrongType(f"This is no film but {kind.name}. {ALLOWED}")


def film_suffix(file_name: str, head: bytes) -> str:
    """A suffix for our copy: the client's where it is one of the known ones, else by the content."""
    suffix = "." + file_name.rpartition(".")[2].lower()
    return suffix if suffix in SAFE_SUFFIXES else kind_of(head).suffix


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so is a still picture."""
    if head[4:8] == b"ftyp":
        return head[8:12] in PICTURE_BRANDS
    return head.startswith(PICTURE_STARTS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def is_playlist(head: bytes) -> bool:
    """Whether a file that begins so names other files to play."""
    text = head[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(PLAYLIST_STARTS):
        return True
    return text.startswith(b"<") and any(tag in text for tag in XML_PLAYLISTS)


def _other(head: bytes) -> str | None:
    if head[4:8] == b"ftyp" and head[8:12] in SOUND_BRANDS:
        return "an M4A sound file"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower().startswith(HTML_STARTS):
        return "an HTML page"
    return next((name for magic, place, name in OTHERS if head[place : place + len(magic)] == magic), None)


def _film_suffix(head: bytes) -> str | None:
    if head[4:8] in MP4_BOXES:
        return ".mov" if head[8:12] == b"qt  " else ".mp4"
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return ".avi"
    for packet, start, suffix in ((188, 0, ".ts"), (192, 4, ".m2ts"), (204, 0, ".ts")):
        if len(head) > start + 4 * packet and all(head[start + n * packet] == 0x47 for n in range(5)):
            return suffix
    if MXF_LABEL in head:
        return ".mxf"
    return next((suffix for magic, place, suffix in FILM_STARTS if head[place : place + len(magic)] == magic), None)


def _is_text(head: bytes) -> bool:
    """Whether it reads as text; UTF-8 may be cut in its last character."""
    if not head or b"\0" in head:
        return False
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return all(letter.isprintable() or letter in "\t\n\r\f" for letter in text)
