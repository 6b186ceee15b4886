"""The tables. Times are milliseconds since 1970 by the database's clock (`service.store.engine.now_ms`); ids are opaque text."""

from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, MetaData, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {  # so that a migration can name every constraint on every database
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class State(StrEnum):
    """Of a film and of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = (State.QUEUED, State.RUNNING)


class Source(StrEnum):
    """Where a film came from."""

    UPLOAD = "upload"
    IMPORT = "import"  # read in place, never ours to write or delete


class RunKind(StrEnum):
    """What a run does."""

    TAG = "tag"  # decode and tag
    RETAG = "retag"  # new thresholds or a new head on the stored features


class Verdict(StrEnum):
    """What somebody says of a tag at a frame."""

    RIGHT = "right"  # it was found there, and is there
    WRONG = "wrong"  # it was found there, and is not
    MISSING = "missing"  # it is there, and was not found


class Base(DeclarativeBase):
    """Of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[Any]: JSON, int: BigInteger, str: Text}


class Movie(Base):
    """A film. Deleting it deletes the row, so the same content may come again."""

    __tablename__ = "movies"
    __table_args__ = (
        # The same uploaded content is one film, also when two uploads end at once.
        Index(
            "uq_movies_upload",
            "sha256",
            unique=True,
            sqlite_where=text("source = 'upload'"),
            postgresql_where=text("source = 'upload'"),
        ),
        # A file of a library is one film for each state of that file.
        Index(
            "uq_movies_import",
            "path",
            unique=True,
            sqlite_where=text("source = 'import'"),
            postgresql_where=text("source = 'import'"),
        ),
        Index("ix_movies_created", "created_at", "id"),
        Index("ix_movies_title", "title_key", "id"),
        Index("ix_movies_duration", "duration_ms", "id"),
        Index("ix_movies_state", "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)  # of an imported film known after its first run
    size_bytes: Mapped[int]
    path: Mapped[str]  # uploads: key in the file storage; imports: absolute path
    modified_ns: Mapped[int | None]  # imports: time of last change, with the size the mark of the same file
    file_name: Mapped[str]
    title: Mapped[str]
    title_key: Mapped[str]  # case-folded, for sorting and searching
    external_id: Mapped[str | None] = mapped_column(Text, index=True)
    state: Mapped[str] = mapped_column(String(10))
    run_id: Mapped[str] = mapped_column(String(40))  # the run whose state the film shows
    parameters: Mapped[dict[str, Any]]  # service.results.Parameters of that run
    priority: Mapped[int] = mapped_column(Integer)  # 1 is first
    webhook_url: Mapped[str | None]
    key_id: Mapped[str | None] = mapped_column(String(40))  # the API key that brought it; its secret signs webhooks
    keep_original: Mapped[bool] = mapped_column(Boolean)
    original_gone: Mapped[bool] = mapped_column(Boolean, default=False)  # removed after success, as was asked
    created_at: Mapped[int]
    updated_at: Mapped[int]  # grows with every visible change
    error: Mapped[dict[str, Any] | None]  # {"type", "title", "detail"} of a failed run
    # Of the published result:
    result_key: Mapped[str | None]  # folder in the file storage
    result_at: Mapped[int | None]
    duration_ms: Mapped[int | None]
    film: Mapped[dict[str, Any] | None]  # the `film` object of the result
    model: Mapped[dict[str, Any] | None]
    backbone_sha256: Mapped[str | None] = mapped_column(String(64))  # of the stored features
    tags: Mapped[list[Any] | None]  # the compact set as in the result
    picture: Mapped[dict[str, Any] | None]  # {"frame", "blurred"}: what shows it in lists; None for results of earlier versions
    warnings: Mapped[list[Any] | None]


class MovieTag(Base):
    """A film's score for one tag of the vocabulary: what the library is filtered by."""

    __tablename__ = "movie_tags"
    __table_args__ = (Index("ix_movie_tags_tag_score", "tag", "score"),)

    movie_id: Mapped[str] = mapped_column(ForeignKey("movies.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(80), primary_key=True)
    score: Mapped[float] = mapped_column(Float)
    holds: Mapped[bool] = mapped_column(Boolean)  # it is in the compact set


class MovieObject(Base):
    """A label that a film's shot shows: what the library is asked for objects by."""

    __tablename__ = "movie_objects"
    __table_args__ = (Index("ix_movie_objects_label_score", "label", "score"),)

    movie_id: Mapped[str] = mapped_column(ForeignKey("movies.id", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(String(80), primary_key=True)
    shot: Mapped[int] = mapped_column(Integer, primary_key=True)  # its number in the published result
    start_ms: Mapped[int]  # of the part of the shot where it is seen
    end_ms: Mapped[int]
    time_ms: Mapped[int]  # of the key frame that shows it best
    frame: Mapped[int] = mapped_column(Integer)  # its number
    score: Mapped[float] = mapped_column(Float)  # there


class Feedback(Base):
    """What somebody says of a tag at a moment of a film. It stays when the film is tagged anew, and goes with the film."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("movie_id", "time_ms", "tag"), Index("ix_feedback_tag", "tag", "id"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    movie_id: Mapped[str] = mapped_column(ForeignKey("movies.id", ondelete="CASCADE"))
    time_ms: Mapped[int]  # of the frame: its number may change with every result
    frame: Mapped[int | None] = mapped_column(Integer)  # its number in the published result; None where that has no such frame
    tag: Mapped[str] = mapped_column(String(80))
    verdict: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[int]
    updated_at: Mapped[int]


class Run(Base):
    """One wish to tag a film; its id is the workflow's. Executed once or more: each execution is an attempt."""

    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_open", "state", "updated_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    movie_id: Mapped[str] = mapped_column(ForeignKey("movies.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    retag_id: Mapped[str | None] = mapped_column(String(40), index=True)  # the library-wide retag that it is part of
    state: Mapped[str] = mapped_column(String(10))
    parameters: Mapped[dict[str, Any]]
    priority: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer, default=0)  # only the newest may publish
    executor_id: Mapped[str | None] = mapped_column(String(80))
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    stage: Mapped[str | None] = mapped_column(String(20))
    progress: Mapped[dict[str, Any]]  # {"stages": {stage: per cent}, "remaining_seconds": float | None}
    created_at: Mapped[int]
    started_at: Mapped[int | None]
    finished_at: Mapped[int | None]
    updated_at: Mapped[int]
    error: Mapped[dict[str, Any] | None]


class Upload(Base):
    """A resumable upload; `offset` is what lies safely on disk."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key_id: Mapped[str | None] = mapped_column(String(40))
    length: Mapped[int]  # bytes, as declared
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    file_name: Mapped[str]
    upload_metadata: Mapped[str]  # as it was sent, for HEAD
    fields: Mapped[dict[str, Any]]  # title, external_id, precision, ...
    expected_sha256: Mapped[str | None] = mapped_column(String(64))
    movie_id: Mapped[str | None] = mapped_column(String(40))  # when finished
    created_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class IdempotencyKey(Base):
    """An answer given once for a key that the client chose."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(String(40), primary_key=True)  # API key id, or "anyone"
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str | None] = mapped_column(String(64))  # of fields and content; None while in flight
    status: Mapped[int | None] = mapped_column(Integer)
    movie_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)


class ApiKey(Base):
    """Who may ask for what. The key itself is not stored, only its hash."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256; the key is 256 random bits
    scopes: Mapped[list[Any]]
    webhook_secret: Mapped[str]  # in clear: it signs
    created_at: Mapped[int]
    revoked_at: Mapped[int | None]


class BrowserLogin(Base):
    """A cookie given for a key."""

    __tablename__ = "browser_logins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class Worker(Base):
    """A process that executes runs; it is dead when its heartbeat is old, or when it said goodbye."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    host: Mapped[str]
    process_id: Mapped[int]
    started_at: Mapped[int]
    heartbeat_at: Mapped[int]
    stopped_at: Mapped[int | None]  # a graceful goodbye
    reaped_at: Mapped[int | None]  # its work was handed on


class WebhookEvent(Base):
    """Something that somebody wants to be told of; one id however often it is sent."""

    __tablename__ = "webhook_events"
    __table_args__ = (UniqueConstraint("run_id", "type"), Index("ix_webhook_events_due", "state", "due_at"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    movie_id: Mapped[str] = mapped_column(String(40), index=True)  # no foreign key: the log outlives the film
    run_id: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[str | None] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(40))  # movie.succeeded, movie.failed, movie.cancelled
    url: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10))  # due, delivered, given_up
    due_at: Mapped[int]  # also a lease: who delivers moves it on first
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[int]


class WebhookDelivery(Base):
    """One try to deliver an event."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("webhook_events.id", ondelete="CASCADE"), index=True)
    at: Mapped[int]
    status: Mapped[int | None] = mapped_column(Integer)  # HTTP status, None where no answer came
    error: Mapped[str | None]
    milliseconds: Mapped[int] = mapped_column(Integer)


class Import(Base):
    """A folder (or file) of a library that is taken in; a job of its own."""

    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    path: Mapped[str]
    key_id: Mapped[str | None] = mapped_column(String(40))
    fields: Mapped[dict[str, Any]]  # precision, webhook_url
    state: Mapped[str] = mapped_column(String(10))
    counts: Mapped[dict[str, Any]]  # outcome -> number of files
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[int]
    finished_at: Mapped[int | None]


class ImportFile(Base):
    """What became of one file of an import."""

    __tablename__ = "import_files"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12))  # new, changed, unchanged, later, refused
    movie_id: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None]


class Retag(Base):
    """A new head or new thresholds for a part of the library; a job of its own."""

    __tablename__ = "retags"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    filter: Mapped[dict[str, Any]]
    parameters: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10))
    counts: Mapped[dict[str, Any]]  # total, done, needs_decoding, failed
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[int]
    finished_at: Mapped[int | None]


class Setting(Base):
    """What an operator changed while the service runs, such as the queue's pause."""

    __tablename__ = "service_settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]
