"""What every view owes to every reader: axe-core's rules for WCAG 2.2 AA, and nothing that sticks out to the side."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing serious or critical on the page as it stands."""
    page.wait_for_function("() => document.getAnimations().every((animation) => animation.playState !== 'running')")
    answer: dict[str, Any] = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": RULES}).response
    found = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for rule in answer["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
    assert found == []


def assert_fits(page: Page) -> None:
    """The page is no wider than the window."""
    wide, window = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= window, f"{wide} px in a window of {window} px"
