"""The API asked by schemathesis for everything that its OpenAPI document allows and forbids, with ids that exist."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.generation import GenerationMode
from schemathesis.hooks import unregister
from schemathesis.transport import SerializationContext

from service.api.deps import MOVIE_ID
from tests.fuzz_seeds import PLACEHOLDERS, PLACES, Seeds

PHASES = ("examples", "coverage", "fuzzing", "stateful")
# 503 and 507 say that something outside is away or full. Every other answer must be in the document.
AWAY = ("503", "507")
_CHECKED = (
    *("status_code_conformance", "content_type_conformance", "response_schema_conformance", "response_headers_conformance"),
    *("unsupported_method", "allow_header_conformance", "use_after_free"),
)
CHECKS: dict[str, Any] = {
    "enabled": False,
    "not_a_server_error": {"enabled": True, "expected-statuses": ["2xx", "3xx", "4xx", *AWAY]},
    "missing_required_header": {"enabled": True, "expected-statuses": ["412", "415", "422"]},  # 412 as tus wants it
    **{name: {"enabled": True} for name in _CHECKED},
}
# Values that a random text would never meet, by the place of their parameter.
WORDS: dict[str, tuple[str, ...]] = {
    **PLACEHOLDERS,
    "path.number": ("0", "1", "2"),
    "query.tag": ("war", "drama"),
    "query.tags": ("war", "war,drama"),
    "query.exclude": ("drama",),
    "query.labels": ("",),  # all
    "header.Upload-Offset": ("0",),
    "header.Upload-Length": ("1", "4096"),
    "header.Upload-Metadata": ("filename aGFyYm91ci5tcDQ=,precision ZnJhbWU=",),
}


# What one operation takes beside, or instead.
WORDS_OF: dict[str, dict[str, tuple[str, ...]]] = {
    "GET /v1/movies/{movie_id}/export": {"query.format": ("json", "csv", "vtt", "srt", "edl", "otio", "nfo")},
    "POST /v1/movies/{movie_id}/cancel": {"path.movie_id": ("mov_queued", "mov_queued", "mov_tagged")},
    "POST /v1/movies/{movie_id}/retry": {"path.movie_id": ("mov_failed", "mov_tagged", "mov_queued")},
}
STATE_FOR = {"POST /v1/movies/{movie_id}/cancel": "mov_queued"}  # of the film that the document has as its example
PICTURE_PATHS = {"/v1/images/tags", "/v1/objects", "/v1/digits"}
SHARE = 0.7  # of the requests have a word in place of a random text


@dataclass(frozen=True)
class Material:
    """What requests may bring."""

    film: bytes
    picture: bytes
    folder: Path  # may be imported


@dataclass
class Findings:
    """What a run showed."""

    operations: set[str] = field(default_factory=set)
    answers: dict[str, Counter[int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)  # by operation and kind: the first of them in full

    @property
    def requests(self) -> int:
        return sum(counter.total() for counter in self.answers.values())

    def unanswered(self) -> list[str]:
        """Operations that never answered with 2xx."""
        return sorted(name for name in self.operations if not any(200 <= status < 300 for status in self.answers.get(name, ())))


@schemathesis.serializer("application/offset+octet-stream")
def bytes_as_they_are(_context: SerializationContext, value: Any) -> bytes:
    """The body of a tus upload."""
    return value if isinstance(value, bytes) else str(value).encode()


def fuzz(url: str, seeds: Seeds, material: Material, *, examples: int, seed: int, phases: tuple[str, ...] = ()) -> Findings:
    """Run every phase (or those named) against the service at `url`."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=_config(url, material, examples, seed, phases))
    findings = Findings({f"{method.upper()} {path}" for path, item in schema.raw_schema["paths"].items() for method in item})
    with _filled_in(seeds, material):
        for event in from_schema(schema).execute():
            _note(event, findings)
    return findings


def _config(url: str, material: Material, examples: int, seed: int, phases: tuple[str, ...]) -> SchemathesisConfig:
    dictionaries: dict[str, Any] = {}

    def bound(words: dict[str, tuple[str, ...]]) -> dict[str, Any]:
        parameters = {}
        for place, values in words.items():
            dictionaries[f"d{len(dictionaries)}"] = {"values": list(values)}
            parameters[place] = {"dictionary": f"d{len(dictionaries) - 1}", "probability": SHARE}
        return parameters

    wanted = phases or PHASES
    # Ids of the document's examples rather than of films just uploaded, which have no result.
    coverage = {"enabled": "coverage" in wanted, "extra-data-sources": {"responses": False}}
    return SchemathesisConfig.from_dict(
        {
            "base-url": url,
            "seed": seed,
            "continue-on-failure": True,
            "max-stream-events": 1,
            "request-timeout": 10,
            "checks": CHECKS,
            "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
            "parameters": bound({**WORDS, "body.path": (str(material.folder),)}),
            "operations": [
                *({"include-name": name, "parameters": bound(words)} for name, words in WORDS_OF.items()),
                # A revoked key stays in the list.
                {"include-name": "GET /v1/keys/{key_id}", "checks": {"use_after_free": {"enabled": False}}},
            ],
            "dictionaries": dictionaries,
            "phases": {name: {"enabled": name in wanted} for name in PHASES} | {"coverage": coverage},
            "suppress-health-check": ["all"],
        }
    )


@contextmanager
def _filled_in(seeds: Seeds, material: Material) -> Iterator[None]:
    """Puts what there is into each request just before it is sent."""

    def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
        for name, value in (case.path_parameters or {}).items():
            if value in PLACES:
                wanted = STATE_FOR.get(case.operation.label, PLACES[value]) if value == MOVIE_ID else PLACES[value]
                case.path_parameters[name] = seeds.id_of(wanted)
        if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
            _fill_body(case, material)

    schemathesis.hook("before_call")(before_call)
    try:
        yield
    finally:
        unregister(before_call)


def _fill_body(case: Any, material: Material) -> None:
    """A film or picture in place of random bytes, in two of three requests."""
    if not crc32(repr(case.body).encode()) % 3:
        return
    if case.path in PICTURE_PATHS:
        case.media_type, case.body = "multipart/form-data", {"file": material.picture}
    elif case.media_type == "multipart/form-data" and isinstance(case.body, dict) and "file" in case.body:
        case.body = {**case.body, "file": material.film}
    elif case.media_type == "application/offset+octet-stream":
        case.body = material.film


def _note(event: Any, findings: Findings) -> None:
    if isinstance(event, events.NonFatalError):
        findings.failures.setdefault(f"{event.label}: {type(event.value).__name__}", str(event.info))
    if isinstance(event, events.FatalError):
        raise event.exception
    if not isinstance(event, events.ScenarioFinished):
        return
    recorder = event.recorder
    for case_id, node in recorder.cases.items():
        response = recorder.find_response(case_id=case_id)
        if response is not None and node.value.method.upper() == node.value.operation.method.upper():
            findings.answers.setdefault(node.value.operation.label, Counter())[response.status_code] += 1
        for check in recorder.checks.get(case_id, ()):
            if check.failure_info:
                failure = check.failure_info.failure
                text = f"{failure.title}: {failure.message}\n{check.failure_info.code_sample}"
                findings.failures.setdefault(f"{node.value.operation.label}: {check.name}: {failure.title}", text)
