"""A database that hangs: requests are told, also those under way, and it is noticed when it answers again."""

import asyncio
import threading

import httpx
import pytest

from service.api.database_watch import DatabaseWatch
from service.errors import DatabaseUnavailable


class Hanging:
    """A database that can be frozen."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.is_down = False

    def look(self) -> None:
        assert self.goes_on.wait(60)
        if self.is_down:
            raise DatabaseUnavailable("down")


@pytest.fixture
def database():
    database = Hanging()
    yield database
    database.goes_on.set()


@pytest.fixture
def ask(database):
    async def app(_scope, _receive, send):
        await asyncio.to_thread(database.look)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    watched = DatabaseWatch(app, database.look, patience_seconds=0.1)

    def run(steps):
        async def all_steps():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(watched), base_url="http://test") as client:
                return await steps(client)

        return asyncio.run(all_steps())

    return run


async def status(client, path="/v1/movies"):
    return (await client.get(path)).status_code


async def until(client, wanted):
    async with asyncio.timeout(60):
        while await status_or_down(client) != wanted:
            await asyncio.sleep(0.05)


async def status_or_down(client):
    """None where the request itself found the database down."""
    try:
        return await status(client)
    except DatabaseUnavailable:
        return None


def test_a_request_under_way_is_told_when_the_database_hangs(ask, database):
    async def steps(client):
        await until(client, 200)
        database.goes_on.clear()
        answer = await client.get("/v1/movies")
        database.goes_on.set()
        return answer

    answer = ask(steps)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["type"] == "/problems/database-away"


def test_when_the_database_answers_again_so_do_we(ask, database):
    async def steps(client):
        database.goes_on.clear()
        await until(client, 503)
        database.goes_on.set()
        await until(client, 200)

    ask(steps)


def test_a_database_that_refuses_is_away_too(ask, database):
    async def steps(client):
        await until(client, 200)
        database.is_down = True
        await until(client, 503)  # the first ones find out themselves

    ask(steps)


def test_probes_are_not_held_back(ask, database):
    async def steps(client):
        database.goes_on.clear()
        await until(client, 503)
        database.goes_on.set()
        return await status(client, "/health/live")

    assert ask(steps) == 200


def test_an_application_that_was_answered_for_gets_nothing_more_of_the_body(database):
    """Or it would keep what comes as if there were no gap, while the rest is thrown away elsewhere."""
    kept, ends = [], []

    async def app(_scope, receive, _send):
        while (message := await receive())["type"] == "http.request":
            kept.append(message["body"])
        ends.append(message["type"])

    async def steps():
        pieces = iter(range(1000))

        async def receive():
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": next(pieces).to_bytes(2), "more_body": True}

        sent = []

        async def send(message):
            sent.append(message)
            if message["type"] == "http.response.start":
                for _ in range(20):  # as who drains the body
                    await receive()

        database.goes_on.clear()
        scope = {"type": "http", "method": "PATCH", "path": "/v1/uploads/x", "headers": [], "query_string": b""}
        await DatabaseWatch(app, database.look, patience_seconds=0.1)(scope, receive, send)
        database.goes_on.set()
        return sent[0]["status"]

    assert asyncio.run(steps()) == 503
    assert [int.from_bytes(piece) for piece in kept] == list(range(len(kept)))
    assert ends == ["http.disconnect"]
