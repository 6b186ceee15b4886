"""The page's shell: its views, addresses, words and colours."""

import pytest

from service.api.page import WEB
from tests.browser.access import assert_accessible, assert_fits

VIEWS = ["library", "digits", "objects", "feedback", "models"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_accessible(page_of, service, film, view, scheme):
    page = page_of(service, f"#/{view}", scheme=scheme)
    assert_accessible(page)


def test_empty(page_of, empty_service, shot):
    page = page_of(empty_service, size="narrow")
    assert_fits(page)
    shot(page, "empty")
