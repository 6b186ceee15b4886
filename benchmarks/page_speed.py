"""The page with 1,000 films and a film of 3,000 key frames: time to the first paint, and from an input to the painted answer.

usage: python -m benchmarks.page_speed [--films 1000] [--frames 3000] [--loads 10] [--data-dir FOLDER]

The films are put into the store (tests/seed_many.py), not tagged, and have pictures of one colour; a real service then shows
them. --data-dir keeps them for another run. Loads begin with an empty cache. An interaction is timed in the page
(benchmarks/interactions.js) from the event's own time stamp to the frame in which everything that it changed stands painted, with
what had to be asked of the service; the first frame after the event is told as well.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize

from tests import seed_many
from tests.api.serving import service_in
from tests.browser.chromium import find_browser, launched, open_page, settle
from tests.running_service import running_service

SIZE = ViewportSize(width=1440, height=900)
WATCHER = Path(__file__).with_name("interactions.js")
LONG = "The long film"
QUIET = {"MOVIETAGS_LOG_LEVEL": "error", "MOVIETAGS_DISK_RESERVE_BYTES": "0", "MOVIETAGS_REQUIRE_KEYS": "false"}
PAINTS = """() => new Promise((resolve) => new PerformanceObserver((list) => {
  const first = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  resolve([first, list.getEntries().at(-1).startTime]);
}).observe({ type: "largest-contentful-paint", buffered: true }))"""

Act = Callable[[Page], object]


@dataclass(frozen=True)
class Interaction:
    """Something that people do, and the event with which it reaches the page."""

    name: str
    event: str
    act: Act


def main() -> None:
    """Seed, start, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=1000)
    parser.add_argument("--frames", type=int, default=3000)
    parser.add_argument("--loads", type=int, default=10)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    path = find_browser()
    if path is None:
        raise SystemExit("No browser: install chromium, or name one in MOVIETAGS_BROWSER.")
    with tempfile.TemporaryDirectory() as folder:
        data_dir = given.data_dir or Path(folder) / "data"
        _seed(data_dir, given.films, given.frames)
        with running_service(environment=QUIET, data_dir=data_dir) as service, launched(path) as browser:
            origin = str(service.client.base_url).rstrip("/")
            _tell_loads(browser, origin, given.loads)
            _tell_interactions(browser, origin)


def _seed(data_dir: Path, films: int, frames: int) -> None:
    if (data_dir / "movietags.db").exists():
        return
    service = service_in(data_dir)
    seed_many.add_library(service, films)
    seed_many.add_long_film(service, frames, LONG)
    service.close()


def _tell_loads(browser: Browser, origin: str, loads: int) -> None:
    times = []
    for _ in range(loads + 1):
        context = browser.new_context(viewport=SIZE)  # nothing in its cache
        page = open_page(context, f"{origin}/#/library")
        page.locator("article").first.wait_for()
        settle(page)
        times.append(page.evaluate(PAINTS))
        context.close()
    first, largest = zip(*times[1:], strict=True)  # the first load of all warms the service
    print(f"first contentful paint: {_told(first)}; largest: {_told(largest)}; {loads} loads with an empty cache")


def _tell_interactions(browser: Browser, origin: str) -> None:
    context = browser.new_context(viewport=SIZE)
    context.add_init_script(path=WATCHER)
    page = open_page(context, f"{origin}/#/library")
    page.locator("article").first.wait_for()
    settle(page)
    first, last = [], []
    for one in interactions():
        page.evaluate("(event) => timeNext(event)", one.event)
        one.act(page)
        times = page.evaluate("() => timed()")
        if times is None:
            raise SystemExit(f"{one.name}: no {one.event} reached the page")
        first.append(times["first"])
        last.append(times["last"])
        print(f"{one.name:32} {times['first']:7.0f} {times['last']:7.0f}")
    print(f"{len(last)} interactions, to the first frame: {_told(first)}; to the settled one: {_told(last)}")


def _told(times: Sequence[float]) -> str:
    return f"p50 {statistics.median(times):.0f} ms, p95 {np.quantile(times, 0.95):.0f} ms, longest {max(times):.0f} ms"


def interactions() -> Iterator[Interaction]:
    """Fifty: from the library into the long film and one of its frames."""
    yield from _library()
    yield Interaction("open the long film", "click", _click("link", LONG))
    yield from _film()
    yield Interaction("open a frame", "click", _click_in(".film-frame a"))
    yield Interaction("next frame", "keydown", _press("ArrowRight"))
    yield Interaction("another tag's heat", "click", _click_in(".frame-bar", 1))
    yield Interaction("back to the library", "click", _click_in("#navigation a"))


def _library() -> Iterator[Interaction]:
    for number in range(8):
        yield Interaction("scroll the library", "wheel", _scroll(900 * (number + 1)))
    yield Interaction("to its end", "keydown", _press("End"))
    yield Interaction("to its beginning", "keydown", _press("Home"))
    for text in ("07", "079", "0799", ""):
        yield Interaction("search", "input", _fill("searchbox", "Title", text))
    yield Interaction("open the themes", "click", _click("combobox", "Themes"))
    yield Interaction("look for a theme", "input", _fill("combobox", "Themes", "w"))
    yield Interaction("filter by a theme", "keydown", _press("Enter"))
    yield Interaction("move the least score", "input", _fill("slider", "Least score", "80"))
    yield Interaction("clear the filters", "click", _click("button", "Clear filters"))
    yield Interaction("order by length", "change", lambda page: page.get_by_role("combobox", name="Order").select_option("-duration"))


def _film() -> Iterator[Interaction]:
    for percent in ("60", "40", "20", "80", "55"):
        yield Interaction("move the threshold", "input", _fill("slider", "Threshold", percent))
    for name in ("All tags", "All that hold"):
        yield Interaction(f"rows: {name}", "click", _click("button", name))
    for number in range(4):
        yield Interaction("select a tag", "click", _click_in(".film-row-name", number))
    for number in range(6):
        yield Interaction("hover a row", "pointermove", _hover(".film-lane", number))
    for name in ("Closer", "Closer", "Closer", "Farther", "Fit"):
        yield Interaction(f"zoom: {name}", "click", _click("button", name))
    for number in range(3):
        yield Interaction("go to a moment", "click", _click_in(".film-lane", at=100 + 200 * number))


def _click(role: Any, name: str) -> Act:
    return lambda page: page.get_by_role(role, name=name, exact=True).first.click()


def _click_in(selector: str, number: int = 0, at: int = 10) -> Act:
    return lambda page: page.locator(selector).nth(number).click(position={"x": at, "y": 10})


def _fill(role: Any, name: str, text: str) -> Act:
    return lambda page: page.get_by_role(role, name=name, exact=True).fill(text)


def _hover(selector: str, number: int) -> Act:
    return lambda page: page.locator(selector).nth(number).hover()


def _press(key: str) -> Act:
    return lambda page: page.keyboard.press(key)


def _scroll(down: float) -> Act:
    def scroll(page: Page) -> None:
        page.mouse.move(SIZE["width"] / 2, SIZE["height"] / 2)
        page.mouse.wheel(0, down)

    return scroll


if __name__ == "__main__":
    main()
