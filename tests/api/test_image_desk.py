"""The bounds that requests with pictures share."""

from contextlib import ExitStack

import pytest

from service.api.image_desk import MOST_AT_ONCE, MOST_BYTES, ImageDesk
from service.errors import InferenceUnavailable, TooManyRequests
from service.settings import load_settings
from tests.api.serving import service_in

LARGE = MOST_BYTES // 2 + 1


@pytest.fixture
def desk(tmp_path):
    return ImageDesk(load_settings(data_dir=tmp_path))


def test_so_many_are_looked_at_and_one_more_is_asked_to_come_again(desk):
    with ExitStack() as stack:
        for _ in range(MOST_AT_ONCE):
            stack.enter_context(desk.place())
        with pytest.raises(TooManyRequests) as refusal, desk.place():
            pass
        assert refusal.value.retry_after == 1
    with desk.place():
        assert desk.at_work == 1
    assert desk.at_work == 0


def test_large_bodies_are_bounded_together_and_one_alone_is_always_taken(desk):
    with desk.place() as first, desk.place() as second:
        first.hold(LARGE)
        first.hold(LARGE)
        with pytest.raises(TooManyRequests, match="large pictures"):
            second.hold(1)
    assert desk.held_bytes == 0
    with desk.place() as first, desk.place() as second:
        first.hold(LARGE)
        second.hold(MOST_BYTES - LARGE)
        with pytest.raises(TooManyRequests):
            second.hold(1)


def test_an_inference_process_that_is_away_is_told_before_it_is_asked(tmp_path):
    service = service_in(tmp_path / "data")
    asked = []
    with pytest.raises(InferenceUnavailable):
        ImageDesk(service.settings).ask(service, lambda: asked.append(1))
    assert not asked
    service.close()
