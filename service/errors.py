"""Every error of ours, one tree.

MovieTaggerError
├── FilmError                  the film cannot be tagged; other films go on
│   ├── FilmNotFound           no such file, or it is a folder, or it may not be read
│   ├── NotAVideo              empty, text, a picture, a playlist, an unknown container, damaged beyond opening
│   ├── NoVideoStream          sound or subtitles alone
│   ├── CodecMissing           the container is fine, no decoder for its video is built in
│   ├── PictureSizeRefused     0x0, or more pixels than the limit
│   ├── NoDecodableFrame       a video stream without one usable frame
│   ├── TooManyDecodeFailures  more damaged frames in a row than the limit
│   ├── DecoderStalled         no frame within the time limit
│   └── DecoderCrashed         the decoding process died, for example of its memory limit
├── VocabularyError            tags.yaml is missing or wrong
│   └── UnknownTag             a tag that the vocabulary does not have
├── BundleError                a model bundle is incomplete, altered or does not fit the vocabulary
└── ResultError                a stored result that is not one of ours
"""


class MovieTaggerError(Exception):
    """Base of all; the message says what was given, what is allowed and what to do."""


class FilmError(MovieTaggerError):
    """The film cannot be tagged."""


class FilmNotFound(FilmError):
    """No such file, or it is a folder, or it may not be read."""


class NotAVideo(FilmError):
    """The content is not a film in a container that may be opened."""


class NoVideoStream(FilmError):
    """Sound or subtitles, but no video."""


class CodecMissing(FilmError):
    """No decoder for the film's video codec."""


class PictureSizeRefused(FilmError):
    """Width or height is zero or beyond the limit."""


class NoDecodableFrame(FilmError):
    """Not one frame could be decoded."""


class TooManyDecodeFailures(FilmError):
    """The film is damaged beyond the bound that is skipped over."""


class DecoderStalled(FilmError):
    """The decoder gave no sign within its time limit."""


class DecoderCrashed(FilmError):
    """The decoding process ended without a word."""


class VocabularyError(MovieTaggerError):
    """tags.yaml is missing or wrong."""


class UnknownTag(VocabularyError):
    """A tag that the vocabulary does not have."""


class BundleError(MovieTaggerError):
    """A model bundle is incomplete, altered or does not fit the vocabulary."""


class ResultError(MovieTaggerError):
    """A stored result that is not one of ours."""
