"""Why a film could not be tagged, as people are told: the type, title and detail that a failed film carries."""

from typing import Any

from service import errors

# A class without a line of its own is told like its nearest base.
FAILURES: dict[type[errors.MovieTaggerError], tuple[str, str]] = {
    errors.MovieTaggerError: ("internal", "The service failed"),
    errors.FilmError: ("not-taggable", "This film cannot be tagged"),
    errors.FilmNotFound: ("film-not-readable", "The file cannot be read"),
    errors.NotAVideo: ("not-a-film", "This is not a film"),
    errors.NoVideoStream: ("no-video", "There is no video in it"),
    errors.CodecMissing: ("codec-missing", "There is no decoder for this film"),
    errors.PictureSizeRefused: ("picture-size", "The film's picture has a size that is not taken"),
    errors.NoDecodableFrame: ("no-decodable-frame", "Not one frame of the film could be decoded"),
    errors.TooManyDecodeFailures: ("damaged", "The film is damaged"),
    errors.FilmTooLong: ("too-long", "The film is too long"),
    errors.DecoderStalled: ("decoder-stalled", "Decoding the film came to a halt"),
    errors.DecoderCrashed: ("decoder-crashed", "Decoding the film failed"),
    errors.BundleError: ("model-missing", "There is no model for this"),
    errors.NeedsDecoding: ("needs-decoding", "The film itself must be looked at again"),
    errors.OutsideRoots: ("outside-roots", "This path may not be imported"),
    errors.DiskFull: ("disk-full", "The disk is full"),
    errors.DatabaseUnavailable: ("database-away", "The database does not answer"),
    errors.StorageUnavailable: ("storage-away", "The file storage does not answer"),
    errors.InferenceUnavailable: ("inference-away", "The inference process does not answer"),
}
INTERNAL = "Something went wrong that is no fault of the film; the service's log tells what. Try again by retry."
STOPPED_WORKERS = "This film stopped its worker three times; it is not tried again by itself. Tag it anew by retry, or look into the log."


def failure(error: Exception, file_name: str, *paths: str) -> dict[str, Any]:
    """An error as `error` of a run; each of `paths`, which people must not see, is told as the film's file name."""
    if not isinstance(error, errors.MovieTaggerError):
        return internal_failure(INTERNAL)
    kind, title = next(FAILURES[base] for base in type(error).__mro__ if base in FAILURES)
    detail = str(error)
    for path in sorted(filter(None, paths), key=len, reverse=True):
        detail = detail.replace(path, file_name)
    return {"type": kind, "title": title, "detail": detail}


def internal_failure(detail: str) -> dict[str, Any]:
    """A failure that is no film's fault."""
    kind, title = FAILURES[errors.MovieTaggerError]
    return {"type": kind, "title": title, "detail": detail}


def stopped_workers() -> dict[str, Any]:
    """A film whose every execution ended with its process."""
    return {"type": "stopped-its-worker", "title": "This film stopped its worker", "detail": STOPPED_WORKERS}
