"""Webhooks: how events are signed, sent, sent again and given up."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from standardwebhooks import Webhook

from service import keys, webhooks
from service.results import Parameters
from service.settings import load_settings
from service.store import movies
from service.store import webhooks as stored_webhooks
from service.store.engine import Database, now_ms
from service.store.movies import FilmFile, MovieFields
from service.store.tables import Source, State, WebhookEvent
from service.webhook_sender import LEASE_MS, PAUSES_SECONDS, WebhookSender, deliver_due
from tests.receivers import receiving

PARAMETERS = Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None)


@pytest.fixture
def settings(tmp_path):
    return load_settings(data_dir=tmp_path, allow_private_webhooks=True, webhook_tries=3)


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


def ended_film(database, url, name="mov_1", key_id=None, state=State.SUCCEEDED):
    """A film that came to an end, and its event's id."""
    with database.write() as session:
        file = FilmFile(Source.UPLOAD, f"films/{name}/film.mp4", "film.mp4", 1, name.ljust(64, "-"))
        movie = movies.insert(session, name, file, MovieFields(PARAMETERS, webhook_url=url, external_id="x-1"), key_id, now_ms(session))
        assert movie is not None
        movie.state, movie.tags = state, [{"tag": "war"}]
        for _ in range(2):  # however often it is said
            webhooks.record_event(session, movie, now_ms(session))
    events = webhooks.list_events(database, webhooks.EventFilter(movie_id=name), 10, None)
    return events[0].id if events else None


def event_of(database, event_id):
    event, deliveries = webhooks.get_event(database, event_id)
    return event, [(each.status, each.error) for each in deliveries]


def make_due(database, event_id):
    with database.write() as session:
        session.get_one(WebhookEvent, event_id).due_at = 0


def test_an_event_arrives_signed_with_the_keys_secret(database, settings, receiver):
    key = keys.create_key(database, "tests", ["write"]).key
    event_id = ended_film(database, f"{receiver.base}/hook", key_id=key.id)
    assert deliver_due(database, settings) == 1
    [received] = receiver.received
    payload = Webhook(key.webhook_secret).verify(received.body, received.headers)
    assert received.headers["webhook-id"] == event_id
    assert payload["type"] == "movie.succeeded"
    assert payload["data"]["movie"] == "mov_1" and payload["data"]["external_id"] == "x-1"
    assert payload["data"]["tags"] == [{"tag": "war"}]
    event, deliveries = event_of(database, event_id)
    assert (event.state, event.tries, deliveries) == ("delivered", 1, [(204, None)])
    assert deliver_due(database, settings) == 0


def test_without_a_key_the_installations_secret_signs(database, settings, receiver):
    secret = webhooks.signing_secret(database, None)
    assert webhooks.signing_secret(database, None) == secret
    ended_film(database, receiver.base)
    deliver_due(database, settings)
    Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)


@pytest.mark.parametrize(("state", "kind"), [(State.FAILED, "movie.failed"), (State.CANCELLED, "movie.cancelled")])
def test_other_ends_are_told_too(database, settings, receiver, state, kind):
    ended_film(database, receiver.base, state=state)
    deliver_due(database, settings)
    payload = json.loads(receiver.received[0].body)
    assert payload["type"] == kind and payload["data"]["state"] == state and payload["data"]["tags"] is None


def test_nothing_is_told_of_a_film_at_work_or_when_nobody_asked(database):
    assert ended_film(database, None) is None
    assert ended_film(database, "http://example.com/", "mov_2", state=State.RUNNING) is None


def test_what_is_not_taken_is_sent_again_later_and_then_given_up(database, settings, receiver):
    receiver.answers = [500]
    event_id = ended_film(database, receiver.base)
    for tries in (1, 2, 3):
        with database.read() as session:
            before = now_ms(session)
        assert deliver_due(database, settings) == 1
        event, deliveries = event_of(database, event_id)
        assert event.tries == tries and len(deliveries) == tries
        if tries < 3:
            assert event.state == "due" and event.due_at >= before + PAUSES_SECONDS[tries - 1] * 1000
            assert deliver_due(database, settings) == 0
            make_due(database, event_id)
    assert event.state == "given_up" and deliveries[-1] == (500, "The receiver answered 500.")
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 1
    receiver.answers = [200]
    webhooks.redeliver(database, event_id)
    assert deliver_due(database, settings) == 1
    assert event_of(database, event_id)[0].state == "delivered"


def test_a_receiver_that_is_gone_is_told_nothing_more(database, settings, receiver):
    receiver.answers = [410]
    event_id = ended_film(database, receiver.base)
    deliver_due(database, settings)
    assert event_of(database, event_id)[0].state == "given_up"


def test_an_event_is_sent_once_by_many_senders(database, settings, receiver):
    for number in range(12):
        ended_film(database, f"{receiver.base}/{number}", f"mov_{number}")
    with ThreadPoolExecutor(3) as pool:
        sent = sum(pool.map(lambda _: deliver_due(database, settings), range(3)))
    assert sent == 12
    assert sorted(each.path for each in receiver.received) == sorted(f"/{number}" for number in range(12))


def test_what_a_dead_sender_took_is_sent_when_its_lease_ends(database, settings, receiver):
    event_id = ended_film(database, receiver.base)
    with database.write() as session:
        now = now_ms(session)
        assert [event.id for event in stored_webhooks.claim(session, 5, [], now, now + LEASE_MS)] == [event_id]
    assert deliver_due(database, settings) == 0
    make_due(database, event_id)
    assert deliver_due(database, settings) == 1
    assert event_of(database, event_id)[0].tries == 2


def test_old_events_are_forgotten_but_not_those_still_to_be_sent(database, settings, receiver):
    sent = ended_film(database, receiver.base)
    deliver_due(database, settings)
    waiting = ended_film(database, receiver.base, "mov_2")
    time.sleep(0.01)
    webhooks.forget_old(database, days=0)
    assert [event.id for event in webhooks.list_events(database, webhooks.EventFilter(), 10, None)] == [waiting] != [sent]


def test_a_sender_runs_beside_the_work_and_stops(database, settings, receiver):
    sender = WebhookSender(database, settings)
    sender.start()
    event_id = ended_film(database, receiver.base)
    receiver.wait_for(1)
    sender.stop()
    assert event_of(database, event_id)[0].state == "delivered"


def test_a_sender_outlasts_a_database_that_is_away(settings):
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    sender = WebhookSender(away, settings)
    sender.start()
    time.sleep(0.2)
    assert sender._thread.is_alive()
    sender.stop()
    away.close()
