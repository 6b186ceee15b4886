"""What the API answers, as models: the OpenAPI document is made of them, and `movie_out` builds the one of a film."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.api.bodies import movie_body
from service.store.tables import Movie, Run, Source, State

Score = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[int, Field(ge=0)]
PerCent = Annotated[float, Field(ge=0, le=100)]


class Answer(BaseModel):
    """Fields may be added; the meaning of one never changes within /v1."""

    model_config = ConfigDict(frozen=True)


class Problem(BaseModel):
    """An error, after RFC 9457; some types have members of their own beside these."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Which problem; docs/api.md lists them.", examples=["/problems/not-found"])
    title: str = Field(description="The same for every occurrence.", examples=["There is no such thing"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What was given, what is allowed, and what to do.", examples=["There is no movie 'mov_1'."])


class Failure(Answer):
    """Why a film failed."""

    type: str = Field(description="Which failure; docs/api.md lists them.", examples=["no-video"])
    title: str
    detail: str


class Progress(Answer):
    """How far a run is."""

    stage: str | None = Field(description="`fetching`, `probing`, `tagging` or `publishing`; null when none is at work.")
    stages: dict[str, PerCent] = Field(description="Each stage in per cent.")
    percent: PerCent = Field(description="The whole run.")
    remaining_seconds: float | None = Field(description="An estimate; null where there is none yet.")


class TagOut(Answer):
    """A tag of the compact set."""

    tag: str
    score: Score
    coverage: Score = Field(description="Share of the film that its segments cover.")
    first_ms: Milliseconds = Field(description="Start of its first segment.")


class PictureOut(Answer):
    """The key frame that shows the film's first tags best."""

    frame: int = Field(description="Its number.")
    image: str = Field(description="Address of its picture.")
    blurred: bool = Field(description="It is to be blurred until asked for, or nobody knows: an earlier version tagged the film.")


class Links(Answer):
    """Where the parts of a film are."""

    self: str
    segments: str
    shots: str
    frames: str
    objects: str
    file: str
    events: str
    export: str


class ParametersOut(Answer):
    """What the film was (or will be) tagged with."""

    precision: Literal["keyframe", "frame"]
    decoder: Literal["pyav", "opencv"]
    thorough: bool
    sensitive: bool
    min_score: Score | None
    top: int | None
    objects: bool = Field(False, description="Find objects too. Films of older versions may lack it.")


class MovieOut(Answer):
    """A film: its state, and its tags once it was tagged."""

    id: str
    state: State
    title: str
    external_id: str | None
    file_name: str
    source: Source
    size_bytes: int
    sha256: str | None = Field(description="Of an imported film null until it was read for the first time.")
    priority: int = Field(description="1 (first) to 9.")
    precision: Literal["keyframe", "frame"]
    parameters: ParametersOut
    created_at: str = Field(description="RFC 3339, UTC.")
    updated_at: str
    progress: Progress
    error: Failure | None = Field(description="Why it failed; null otherwise.")
    film: dict[str, Any] | None = Field(description="Facts of the film, as in docs/result.schema.json; null until it was tagged.")
    model: dict[str, Any] | None = Field(description="The model that answered; null until it was tagged.")
    tags: list[TagOut] | None = Field(description="The film's themes, best first; null until it was tagged.")
    picture: PictureOut | None = Field(description="What shows it in lists; null until it was tagged.")
    warnings: list[str]
    links: Links


def movie_out(movie: Movie, run: Run, prefix: str = "") -> MovieOut:
    """The answer for a film; `prefix` (settings.root_path) leads its links."""
    return MovieOut.model_validate(movie_body(movie, run, prefix))


class MovieList(Answer):
    """A page of films."""

    movies: list[MovieOut]
    found: int | None = Field(description="Films on all pages, where `count=true` asked for it; null otherwise.")
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last one.")
    next: str | None = Field(description="Address of the next page; null on the last one.")


class Deleted(Answer):
    """What a deletion by filter did."""

    deleted: int
    remaining: int = Field(description="Films of the filter that are still there: more than one request may delete. Ask again.")


class SegmentOut(Answer):
    """A range of time where a tag holds; its end is not part of it."""

    tag: str
    start_ms: Milliseconds
    end_ms: Milliseconds
    score: Score


class Segments(Answer):
    """Segments by tag, then by time."""

    duration_ms: Milliseconds
    segments: list[SegmentOut]


class ShotOut(Answer):
    """A stretch of film between two cuts."""

    number: int = Field(description="From 0.")
    start_ms: Milliseconds
    end_ms: Milliseconds
    frames: list[int] = Field(description="Numbers of its key frames.")


class Shots(Answer):
    """All shots in order of time."""

    duration_ms: Milliseconds
    shots: list[ShotOut]


class TagScore(Answer):
    """A tag and its score."""

    tag: str
    score: Score


class FrameOut(Answer):
    """A key frame that was looked at."""

    number: int = Field(description="From 0.")
    time_ms: Milliseconds
    shot: int = Field(description="Number of its shot.")
    tags: list[TagScore] = Field(description="At most three, best first.")
    scores: dict[str, Score] = Field(description="Of every tag of the vocabulary.")
    thumbnail: str = Field(description="Address of its picture.")
    blurred: bool = Field(description="The picture is to be blurred until asked for: it shows a tag that is `blurred`.")


class Frames(Answer):
    """A page of key frames in order of time."""

    frames: list[FrameOut]
    thresholds: dict[str, Score] = Field(description="From which a tag holds in this film; empty where an earlier version tagged it.")
    total: int = Field(description="Frames of the film that are meant, on all pages.")
    next: str | None = Field(description="Address of the next page; null on the last one.")


class VocabularyTag(Answer):
    """A theme that films are tagged with."""

    id: str
    name: dict[str, str] = Field(description="By language: `en`, `es`.")
    description: dict[str, str]
    group: str
    threshold: Score = Field(description="The score from which it holds, unless `min_score` says otherwise.")
    weak: bool = Field(description="Trained on few images: take its scores with care.")
    unverified: bool = Field(description="Never measured on images of its own.")
    blurred: bool = Field(description="Pictures that show it are to be blurred until asked for.")


class TagList(Answer):
    """The vocabulary."""

    tags: list[VocabularyTag]


class ModelOut(Answer):
    """A model bundle."""

    id: str = Field(description="NAME@VERSION.")
    name: str
    version: str
    in_use: bool = Field(description="It is the one for its task; `movietags models use` chooses.")
    shipped: bool = Field(description="It came with the package.")
    task: str = Field(description="`tagger`, `objects` or `digits`.")
    tags: list[str] = Field(description="A tagger's vocabulary, in the order of every list of scores.")
    labels: list[str] = Field(description="A tagger's trained tags; what another model can tell.")
    input_size: int | None = Field(description="Pixels a side, of a tagger.")
    weak: list[str]
    unverified: list[str]
    metrics: dict[str, Any] | None
    licences: list[Any] | None
    backbone_sha256: str | None = Field(
        description="Of a tagger. Stored features of the same backbone can be tagged anew without decoding."
    )


class ModelList(Answer):
    """The installed models."""

    models: list[ModelOut]


class RetagOut(Answer):
    """A retag of a part of the library."""

    id: str
    state: State
    percent: PerCent
    counts: dict[str, int] = Field(
        description="`total` films of the filter; skipped ones by reason (`needs_decoding`, `busy`, `untagged`); the others by state."
    )
    filter: dict[str, Any]
    parameters: dict[str, Any]
    created_at: str
    finished_at: str | None
    links: dict[str, str]


class Alive(Answer):
    """The process answers."""

    status: str


class Ready(Answer):
    """What the service needs."""

    status: str = Field(description="`ok`, or `not ready`.")
    parts: dict[str, str] = Field(description="`ok`, or what is wrong, of `database`, `storage` and `inference`.")


class StillOut(Answer):
    """The tags of a picture."""

    format: str
    width: int = Field(description="Pixels, upright.")
    height: int
    tags: list[TagScore] = Field(description="That reach their threshold, best first.")
    scores: dict[str, Score] = Field(description="Of every tag of the vocabulary.")
    warnings: list[str]
