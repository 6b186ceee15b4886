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
│   ├── FilmTooLong            longer than the limit
│   ├── DecoderStalled         no frame within the time limit
│   └── DecoderCrashed         the decoding process died, for example of its memory limit
├── TaggingCancelled           whoever asked for the tags no longer wants them
├── NotAPicture                a still that cannot be read as a picture
├── NeedsDecoding              stored features cannot answer what is asked: the film itself must be looked at again
├── VocabularyError            tags.yaml is missing or wrong
│   └── UnknownTag             a tag that the vocabulary does not have
├── BundleError                a model bundle is incomplete, altered or does not fit the vocabulary
├── ModelError                 an installed model that is not there, is in use, or would be replaced by another of its name
├── ServiceError               the service lacks something that it needs; nothing was lost
│   ├── SettingsError          a setting that cannot be used
│   ├── DatabaseUnavailable    the database does not answer
│   ├── StorageUnavailable     the file storage does not answer
│   ├── InferenceUnavailable   the inference process does not answer
│   └── DiskFull               the reserve of free space is reached
├── RequestError               what was asked for cannot be granted
│   ├── NotFound               no such movie, upload, frame, import, ...
│   ├── InvalidRequest         a field, parameter or header that cannot be understood
│   │   └── BadCursor          a cursor that is none of the list's
│   ├── WrongType              what was sent is no film (or no picture)
│   ├── TooLarge               more bytes than the limit, or than were declared
│   ├── EmptyUpload            not one byte
│   ├── ContentMismatch        the content's SHA-256 is not the one declared
│   ├── OffsetMismatch         an upload goes on at another place than it stands
│   ├── UploadBusy             another request is writing to this upload
│   ├── UploadExpired          no byte came for too long
│   ├── UploadStalled          the client sends no more
│   ├── UnsupportedProtocol    another version of the protocol for resumable uploads
│   ├── WrongState             not possible in the state that the movie is in
│   ├── NoResultYet            the movie was not tagged yet
│   ├── NoHeatMap              where a tag was seen cannot be told
│   ├── RangeRefused           bytes asked for that the file does not have
│   ├── OriginalGone           the film's file is not there any more, or is another one
│   ├── IdempotencyInFlight    the first request with this key is still at work
│   ├── IdempotencyMismatch    this key was used for another request
│   ├── KeyNeeded              no API key, or one that is unknown or revoked
│   ├── ScopeNeeded            the key may not do this
│   ├── ForeignRequest         a Host or Origin that is not allowed, or a forged form
│   ├── TooManyRequests        the rate limit, or too many open uploads
│   ├── OutsideRoots           an import outside the allowed folders
│   ├── WebhookRefused         an address that webhooks may not go to
│   └── ImageUrlRefused        an address that pictures may not be fetched from, or that gives none
├── ExportError                a result cannot be written in a format
│   ├── UnknownFormat          a format that there is no writer for
│   └── ExportRefused          the format cannot hold what was asked for
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


class FilmTooLong(FilmError):
    """Longer than the limit."""


class DecoderStalled(FilmError):
    """The decoder gave no sign within its time limit."""


class DecoderCrashed(FilmError):
    """The decoding process ended without a word."""


class TaggingCancelled(MovieTaggerError):
    """Whoever asked for the tags no longer wants them."""


class NotAPicture(MovieTaggerError):
    """A still that cannot be read as a picture."""


class NeedsDecoding(MovieTaggerError):
    """Stored features cannot answer what is asked: the film itself must be looked at again."""


class VocabularyError(MovieTaggerError):
    """tags.yaml is missing or wrong."""


class UnknownTag(VocabularyError):
    """A tag that the vocabulary does not have."""


class BundleError(MovieTaggerError):
    """A model bundle is incomplete, altered or does not fit the vocabulary."""


class ModelError(MovieTaggerError):
    """An installed model that is not there, is in use, or would be replaced by another of its name."""


class ResultError(MovieTaggerError):
    """A stored result that is not one of ours."""


class ServiceError(MovieTaggerError):
    """The service lacks something that it needs; nothing was lost."""


class SettingsError(ServiceError):
    """A setting that cannot be used."""


class DatabaseUnavailable(ServiceError):
    """The database does not answer."""


class StorageUnavailable(ServiceError):
    """The file storage does not answer."""


class InferenceUnavailable(ServiceError):
    """The inference process does not answer."""


class DiskFull(ServiceError):
    """The reserve of free space is reached."""


class RequestError(MovieTaggerError):
    """What was asked for cannot be granted."""


class NotFound(RequestError):
    """No such movie, upload, frame, import, ..."""


class InvalidRequest(RequestError):
    """A field, parameter or header that cannot be understood."""


class BadCursor(InvalidRequest):
    """A cursor that is none of the list's."""


class WrongType(RequestError):
    """What was sent is no film (or no picture)."""


class TooLarge(RequestError):
    """More bytes than the limit, or than were declared."""


class EmptyUpload(RequestError):
    """Not one byte."""


class ContentMismatch(RequestError):
    """The content's SHA-256 is not the one declared."""


class OffsetMismatch(RequestError):
    """An upload goes on at another place than it stands."""


class UploadBusy(RequestError):
    """Another request is writing to this upload."""


class UploadExpired(RequestError):
    """No byte came to this upload for too long."""


class UploadStalled(RequestError):
    """The client sends no more, and did not say that it is done."""


class UnsupportedProtocol(RequestError):
    """Another version of the protocol for resumable uploads."""


class WrongState(RequestError):
    """Not possible in the state that the movie is in."""


class NoResultYet(RequestError):
    """The movie was not tagged yet."""


class NoHeatMap(RequestError):
    """Where a tag was seen cannot be told."""


class RangeRefused(RequestError):
    """Bytes asked for that the file does not have."""


class OriginalGone(RequestError):
    """The film's file is not there any more, or is another one."""


class IdempotencyInFlight(RequestError):
    """The first request with this key is still at work."""


class IdempotencyMismatch(RequestError):
    """This key was used for another request."""


class KeyNeeded(RequestError):
    """No API key, or one that is unknown or revoked."""


class ScopeNeeded(RequestError):
    """The key may not do this."""


class ForeignRequest(RequestError):
    """A Host or Origin that is not allowed, or a forged form."""


class TooManyRequests(RequestError):
    """The rate limit, or too many open uploads."""

    def __init__(self, message: str, retry_after: int = 10) -> None:
        """`retry_after` is in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class OutsideRoots(RequestError):
    """An import outside the allowed folders."""


class WebhookRefused(RequestError):
    """An address that webhooks may not go to."""


class ImageUrlRefused(RequestError):
    """An address that pictures may not be fetched from, or that gives none."""


class ExportError(MovieTaggerError):
    """A result cannot be written in a format."""


class UnknownFormat(ExportError):
    """A format that there is no writer for."""


class ExportRefused(ExportError):
    """The format cannot hold what was asked for."""
