"""Uploads give way to other requests."""

import asyncio

from service.api.pace import GOAL_SECONDS, LEAST, MOST, Pace


def test_uploads_slow_down_when_others_wait_and_recover():
    pace = Pace()
    for _ in range(100):
        pace.learn(GOAL_SECONDS * 2)
    assert pace.rate == LEAST
    pace.learn(GOAL_SECONDS / 2)
    assert LEAST < pace.rate < 2 * LEAST
    for _ in range(2000):
        pace.learn(0)
    assert pace.rate == MOST


def test_pieces_take_their_turns():
    async def act() -> float:
        pace = Pace()
        pace.rate = LEAST
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(*(pace.wait(LEAST // 20) for _ in range(5)))
        return asyncio.get_running_loop().time() - begun

    assert asyncio.run(act()) >= 0.2 * 0.75  # four twentieths of a second; the first goes at once, and the pace may grow meanwhile
