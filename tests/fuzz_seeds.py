"""Things for a fuzzer to name in its requests: films, uploads, imports, ... made anew when a request has used them up."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from service import feedback, imports, keys, retags, uploads
from service.api import examples
from service.api.deps import MOVIE_ID
from service.api.feedback import FEEDBACK_ID
from service.api.imports import IMPORT_ID
from service.api.keys import KEY_ID
from service.api.upload_bodies import UPLOAD_ID
from service.api.webhooks import EVENT_ID
from service.context import Service
from service.film_fields import film_fields
from service.store import webhooks
from service.store.movie_list import MovieFilter
from service.store.movies import MovieFields
from service.store.tables import Feedback, Import, Movie, State, Upload, Verdict, WebhookEvent
from service.webhooks import EventFilter, record_event
from tests import seed
from tests.api.serving import FakeJobs

WEBHOOK = "https://example.com/hooks/films"  # nobody sends there in tests; a real service would find it refuses
UPLOAD_BYTES = 1 << 20
# By place of a parameter: what stands for seeded things until the request is sent. A tagged film counts for most.
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "path.movie_id": ("mov_tagged", "mov_tagged", "mov_tagged", "mov_queued", "mov_failed"),
    "path.upload_id": ("upl_begun",),
    "path.import_id": ("imp_queued",),
    "path.event_id": ("evt_due",),
    "path.feedback_id": ("fbk_given",),
    "path.retag_id": ("ret_queued",),
    "path.key_id": ("key_made",),
}

# The ids of the document's examples stand for seeded things too.
PLACES = {
    examples.RETAG_ID: "ret_queued",
    MOVIE_ID: "mov_tagged",
    UPLOAD_ID: "upl_begun",
    IMPORT_ID: "imp_queued",
    EVENT_ID: "evt_due",
    KEY_ID: "key_made",
    FEEDBACK_ID: "fbk_given",
    **{name: name for names in PLACEHOLDERS.values() for name in names},
}


class Seeds:
    """The id that stands behind each placeholder, of something that is there and in the state that its name says."""

    def __init__(self, service: Service, folder: Path) -> None:
        """`folder` may be imported."""
        self._service = service
        jobs: Any = FakeJobs()
        self._aside = replace(service, jobs=jobs)  # for films that no worker shall take
        self._folder = folder
        self._ids: dict[str, str] = {}

    def id_of(self, placeholder: str) -> str:
        """Made when first asked for, and again when it is gone or in another state."""
        found = self._ids.get(placeholder)
        if found is None or not self._is_there(placeholder, found):
            found = self._ids[placeholder] = self._make(placeholder)
        return found

    def _is_there(self, placeholder: str, id: str) -> bool:
        states = {"mov_tagged": State.SUCCEEDED, "mov_queued": State.QUEUED, "mov_failed": State.FAILED, "imp_queued": State.QUEUED}
        table = {"mov": Movie, "imp": Import, "upl": Upload, "evt": WebhookEvent, "fbk": Feedback}.get(placeholder[:3])
        if table is None:
            return True  # retags and keys stay
        with self._service.database.read() as session:
            row: Any = session.get(table, id)
            if row is None or (placeholder in states and row.state != states[placeholder]):
                return False
            return not (isinstance(row, Upload) and row.offset == row.length)

    def _make(self, placeholder: str) -> str:
        match placeholder:
            case "mov_tagged":
                return seed.add_tagged(self._aside)
            case "mov_queued":
                return seed.add_film(self._service)
            case "mov_failed":
                movie_id = seed.add_film(self._aside)
                seed.fail(self._aside, movie_id)
                return movie_id
            case "upl_begun":
                fields = film_fields({}, self._service.settings)
                return uploads.create(self._service, uploads.NewUpload(UPLOAD_BYTES, "harbour.mp4", "", fields, None), None).id
            case "imp_queued":
                return imports.begin_import(self._service, str(self._folder), MovieFields(seed.PARAMETERS), None).id
            case "evt_due":
                return self._event()
            case "fbk_given":
                return feedback.give(self._service, self.id_of("mov_tagged"), 0, "war", Verdict.RIGHT).feedback.id
            case "ret_queued":
                return retags.begin(self._service, MovieFilter(tags=("war",)), {"min_score": 0.7}).id
            case _:
                return keys.create_key(self._service.database, "fuzzed", ["read"]).key.id

    def _event(self) -> str:
        movie_id = seed.add_tagged(self._aside, webhook_url=WEBHOOK)
        with self._service.database.write() as session:
            movie = session.get_one(Movie, movie_id)
            record_event(session, movie, movie.updated_at)
        with self._service.database.read() as session:
            return webhooks.page(session, EventFilter(movie_id, None), 1, None)[0].id
