"""New thresholds, or a newer head, on stored features: what they allow, and a part of the library at once as a job."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from service.context import Service
from service.errors import NeedsDecoding
from service.features import read_source
from service.outputs import FEATURES
from service.predictors.bundle import TaggerBundle
from service.results import Parameters
from service.retag import has_sensitive
from service.store import movie_list, movies, retags
from service.store.engine import Session, new_id, now_ms
from service.store.movie_list import MovieFilter
from service.store.tables import OPEN_STATES, Movie, Retag, RunKind, State

BATCH = 25  # films handed out in one transaction
LAST = 9  # priority: films that people wait for go before
_ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class RetagProgress:
    """A retag and how far it is."""

    retag: Retag
    state: State  # running until the last film is done
    counts: dict[str, int]  # total, skipped by reason, and the runs by state
    percent: float


def check_features(service: Service, movie: Movie, parameters: Parameters) -> None:
    """Raise NeedsDecoding when the film's stored features cannot answer these parameters with the model in use."""
    if movie.result_key is None:
        return  # that there are none at all is told by others
    bundle = service.model.bundle
    if movie.backbone_sha256 != bundle.backbone_sha256:
        raise NeedsDecoding(
            "The stored features are of another backbone than that of the model in use; POST .../retry looks at the film again."
        )
    if parameters.sensitive and not _was_asked(movie, bundle) and not _has_sensitive(service, movie.result_key, bundle):
        raise NeedsDecoding(
            "The film was tagged without `sensitive`, or by a model without these tags, so nothing is stored for them; "
            "POST .../retry looks at the film again."
        )


def _was_asked(movie: Movie, bundle: TaggerBundle) -> bool:
    """Whether the film's result has the bundle's sensitive tags: then its features have them too."""
    found = (movie.model or {}).get("sensitive", ())
    return set(bundle.sensitive.tags) <= (set(found) if movie.parameters["sensitive"] else set())


def _has_sensitive(service: Service, result_key: str, bundle: TaggerBundle) -> bool:
    """Whether the run that decoded the film asked the second network; later runs may have left it out again."""
    try:
        with service.storage.open(f"{result_key}/{FEATURES}") as stream:
            return has_sensitive(*read_source(stream), bundle)
    except FileNotFoundError:
        return False


def begin(service: Service, wanted: MovieFilter, changes: dict[str, Any]) -> Retag:
    """Queue a retag of the films of a filter; `changes` are parameters by name."""
    with service.database.write() as session:
        total = movie_list.count(session, wanted)
        retag = retags.add(session, new_id("ret"), wanted.to_json(), changes, total, now_ms(session))
        service.jobs.enqueue_retag(session, retag.id)
        return retag


def progress(service: Service, retag_id: str) -> RetagProgress:
    """How far a retag is. Raises NotFound."""
    with service.database.read() as session:
        retag = retags.get(session, retag_id)
        runs = retags.run_counts(session, retag_id)
    skipped = {name: retag.counts[name] for name in ("needs_decoding", "busy", "untagged")}
    is_done = not retags.is_open(retag)
    at_work = sum(runs[state] for state in OPEN_STATES)
    state = State(retag.state) if not is_done or not at_work else State.RUNNING
    past = sum(skipped.values()) + sum(runs[state] for state in _ENDED)
    total = retag.counts["total"]
    percent = 100.0 if is_done and not at_work else round(min(99.9, 100 * past / max(total, 1)), 1)
    return RetagProgress(retag, state, {"total": total, **skipped, **runs}, percent)


def run_retag(service: Service, retag_id: str, cancelled: Callable[[], bool], batch: int = BATCH) -> None:
    """The job: hand out the films in batches, in order of their ids; called again after a crash it goes on where it was."""
    while not cancelled():
        with service.database.write() as session:
            retag = retags.get(session, retag_id, lock=True)
            if not retags.is_open(retag) or not _hand_out(service, session, retag, batch):
                return


def _hand_out(service: Service, session: Session, retag: Retag, batch: int) -> bool:
    """One batch; False when it was the last."""
    found = movie_list.ids(session, MovieFilter.from_json(retag.filter), batch, retag.counts["gone_on_from"])
    now = now_ms(session)
    counts = dict(retag.counts)
    for movie_id in found:
        skipped = _queue(service, session, retag, movie_id, now)
        if skipped:
            counts[skipped] += 1
    is_last = len(found) < batch
    retag.state = State.SUCCEEDED if is_last else State.RUNNING
    retag.finished_at = now if is_last else None
    retag.counts = {**counts, "gone_on_from": found[-1] if found else counts["gone_on_from"]}
    return not is_last


def _queue(service: Service, session: Session, retag: Retag, movie_id: str, now: int) -> str | None:
    """Queue one film, or say why not."""
    movie = session.get(Movie, movie_id, with_for_update=True)
    if movie is None or movie.result_key is None:
        return "untagged"
    if movie.state in OPEN_STATES:
        return "busy"
    parameters = replace(Parameters(**movie.parameters), **retag.parameters)
    try:
        check_features(service, movie, parameters)
    except NeedsDecoding:
        return "needs_decoding"
    movie.parameters = asdict(parameters)
    run = movies.add_run(session, movie, RunKind.RETAG, new_id("run"), now)
    run.retag_id, run.priority = retag.id, LAST
    service.jobs.enqueue_run(session, run)
    return None
