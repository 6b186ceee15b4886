"""Many clients that ask for a film every second share their questions to the database."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from service import movies
from service.api.polling import Polls
from service.errors import DatabaseUnavailable, NotFound
from service.keys import create_key
from tests import seed
from tests.api.conftest import problem_of, service_on
from tests.api.serving import serving


class Counted:
    """A database that counts how often it is asked, and may be away."""

    def __init__(self, database, is_away: bool = False) -> None:
        self.asked = 0
        self._database, self._is_away = database, is_away

    def read(self) -> Any:
        self.asked += 1
        if self._is_away:
            raise DatabaseUnavailable("away")
        return self._database.read()


def test_questions_at_one_time_are_asked_together(service):
    async def ask() -> list[bytes]:
        polls = Polls(replace(service, database=database))
        return await asyncio.gather(*(polls.ask(movie_id) for movie_id in ids * 10))

    ids = [seed.add_film(service, f"film {number}") for number in range(3)]
    database: Any = Counted(service.database)
    answers = asyncio.run(ask())
    assert [json.loads(answer)["id"] for answer in answers] == ids * 10
    assert database.asked == 1
    service.close()


def test_every_change_is_seen(service):
    async def look() -> Any:
        return json.loads(await polls.ask(movie_id))

    async def watch() -> list[str]:
        seen = [(await look())["state"], (await look())["state"]]
        for change in (seed.begin, seed.succeed, movies.retry, movies.cancel):
            await asyncio.to_thread(change, service, movie_id)
            seen.append((await look())["state"])
        return seen

    polls, movie_id = Polls(service), seed.add_film(service)
    assert asyncio.run(watch()) == ["queued", "queued", "running", "succeeded", "queued", "cancelled"]
    service.close()


def test_unknown_films_and_a_database_that_is_away_hurt_those_who_ask_alone(service):
    async def ask(polls: Polls, *ids: str) -> list[Any]:
        return await asyncio.gather(*(polls.ask(movie_id) for movie_id in ids), return_exceptions=True)

    movie_id = seed.add_film(service)
    found, missing = asyncio.run(ask(Polls(service), movie_id, "mov_0"))
    assert json.loads(found)["id"] == movie_id
    assert isinstance(missing, NotFound)
    away: Any = Counted(service.database, is_away=True)
    answers = asyncio.run(ask(Polls(replace(service, database=away)), movie_id, movie_id))
    assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 2
    service.close()


def test_a_client_that_goes_does_not_take_the_answer_of_others_with_it(service):
    async def ask() -> bytes:
        polls = Polls(service)
        impatient, patient = asyncio.ensure_future(polls.ask(movie_id)), asyncio.ensure_future(polls.ask(movie_id))
        await asyncio.sleep(0)
        impatient.cancel()
        return await patient

    movie_id = seed.add_film(service)
    assert json.loads(asyncio.run(ask()))["id"] == movie_id
    service.close()


def test_the_short_way_answers_as_the_long_one(service, client):
    movie_id = seed.add_tagged(service)
    short, long = client.get(f"/v1/movies/{movie_id}"), client.get(f"/v1/movies/{movie_id}?aggregate=movie")
    assert {**long.json(), **short.json()} == long.json()
    assert short.headers["content-type"] == long.headers["content-type"]


@pytest.mark.parametrize("path", ["/v1/movies/mov_0", "/v1/movies/mov_0?min_score=0.5"])
def test_both_ways_need_a_key_with_the_scope(tmp_path, sqlite_url, path):
    service = service_on(sqlite_url, tmp_path, require_keys=True)
    key = create_key(service.database, "reader", ["read"])
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        assert problem_of(client.get(path)) == (401, "key-needed")
        assert problem_of(client.get(path, headers={"Authorization": f"Bearer {key.text}"})) == (404, "not-found")
