"""A film's progress as server-sent events."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import anyio
import httpx

from service import movies
from service.api.watch import Watch
from service.errors import DatabaseUnavailable
from tests import seed
from tests.api.conftest import problem_of
from tests.api.test_movie_upload import wait_until

WAIT = 60  # seconds for what takes less than one on a quiet machine


def events_of(response: httpx.Response) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, id and data of each event; comments and retry lines are passed over."""
    event: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif "data" in event:
            yield event["event"], event["id"], json.loads(event["data"])
            event = {}
        else:
            event = {}


def test_every_change_is_told_until_the_end(service, client):
    movie_id = seed.add_film(service)
    with client.stream("GET", f"/v1/movies/{movie_id}/events", timeout=WAIT) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        events = events_of(response)
        name, _, movie = next(events)
        assert (name, movie["state"]) == ("movie", "queued")
        seed.begin(service, movie_id, stages={"tagging": 25.0})
        name, _, movie = next(events)
        assert (name, movie["state"], movie["progress"]["stages"]["tagging"]) == ("movie", "running", 25.0)
        seed.succeed(service, movie_id)
        told = list(events)
    *earlier, (name, _, movie), end = told  # between its two changes the film may have been seen once more
    assert (name, movie["state"], end[0]) == ("movie", "succeeded", "end")
    assert [tag["tag"] for tag in movie["tags"]] == ["war", "drama"]
    assert [movie["state"] for _, _, movie in earlier] in ([], ["running"])


def test_a_film_at_its_end_tells_so_and_no_more(service, client):
    address = f"/v1/movies/{seed.add_tagged(service)}/events"
    with client.stream("GET", address) as response:
        told = list(events_of(response))
    assert [name for name, _, _ in told] == ["movie", "end"]
    again = client.get(address, headers={"Last-Event-ID": told[-1][1]})
    assert (again.status_code, again.content) == (204, b"")
    assert "event: movie" in client.get(address, headers={"Last-Event-ID": "something else"}).text


def test_a_film_that_is_deleted_meanwhile(service, client):
    movie_id = seed.add_film(service)
    with client.stream("GET", f"/v1/movies/{movie_id}/events", timeout=WAIT) as response:
        events = events_of(response)
        next(events)
        movies.delete(service, movie_id)
        assert [(name, data) for name, _, data in events] == [("deleted", {"id": movie_id}), ("end", {})]


def test_an_unknown_film_has_no_events(client):
    assert problem_of(client.get("/v1/movies/mov_0/events")) == (404, "not-found")


def test_many_listen_and_one_asks(service, client):
    movie_id = seed.add_film(service)
    ends: list[str] = []

    def listen() -> None:
        with client.stream("GET", f"/v1/movies/{movie_id}/events", timeout=WAIT) as response:
            ends.extend(name for name, _, data in events_of(response) if data.get("state") == "succeeded")

    threads = [threading.Thread(target=listen) for _ in range(30)]
    for thread in threads:
        thread.start()
    wait_until(lambda: requests_at_work(client) == 30 + 1)
    seed.succeed(service, movie_id)
    for thread in threads:
        thread.join(WAIT)
    assert ends == ["movie"] * 30


def test_nothing_is_asked_when_nobody_listens(service):
    async def listen_and_go() -> None:
        watch = Watch(service)
        with watch.listen(movie_id, ""), watch.listen(movie_id, ""):
            assert (watch.listeners, watch.is_polling) == (2, True)
        assert (watch.listeners, watch.is_polling) == (0, False)
        with watch.listen(movie_id, "") as listener, anyio.fail_after(WAIT):
            assert await listener.wait(WAIT)
        assert await listener.wait(0.01) is None

    movie_id = seed.add_film(service)
    anyio.run(listen_and_go)
    service.close()


def test_clients_that_go_are_forgotten(service, client):
    movie_id = seed.add_film(service)
    for _ in range(5):
        with client.stream("GET", f"/v1/movies/{movie_id}/events") as response:
            next(events_of(response))
    wait_until(lambda: requests_at_work(client) == 1)


def requests_at_work(client) -> int:
    """With the one that asks."""
    text = client.get("/metrics").text
    return next(int(float(line.split()[1])) for line in text.splitlines() if line.startswith("movietags_requests_at_work "))


class Flaky:
    """A database that is away when it is asked for the first time."""

    def __init__(self, database) -> None:
        self.asked = 0
        self._database = database

    def read(self):
        self.asked += 1
        if self.asked == 1:
            raise DatabaseUnavailable("away")
        return self._database.read()


def test_a_database_that_comes_back_brings_the_news(service):
    from dataclasses import replace

    async def listen() -> None:
        watch = Watch(replace(service, database=flaky))
        with watch.listen(movie_id, "") as listener:
            sight = await listener.wait(WAIT)
            assert sight and json.loads(sight.data)["id"] == movie_id

    flaky = Flaky(service.database)
    movie_id = seed.add_film(service)
    anyio.run(listen)
    assert flaky.asked == 2
    service.close()
