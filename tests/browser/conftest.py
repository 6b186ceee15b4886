"""A browser, services to look at, and pages in it. Without a browser these tests are skipped, or fail with MOVIETAGS_BROWSER_REQUIRED=1."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from service import keys
from service.context import Service
from tests.api.serving import service_in, serving
from tests.browser.chromium import WAIT_MS, Watch, find_browser, launched, open_page
from tests.running_service import RunningService, free_port, running_service
from tests.still_films import write_still_film

QUIET = {"MOVIETAGS_LOG_LEVEL": "error", "MOVIETAGS_DISK_RESERVE_BYTES": "0", "MOVIETAGS_REQUIRE_KEYS": "false"}
SIZES = {"wide": (1440, 900), "desktop": (1280, 800), "tablet": (820, 1180), "phone": (390, 844), "narrow": (360, 740)}
THEMES = ("war", "hospital")  # of `film`, one after the other

PageOf = Callable[..., Page]


@dataclass(frozen=True)
class Site:
    """A service without workers in this process: its address, and itself for tests/seed.py. `key` where it wants one."""

    url: str
    service: Service
    key: str | None = None


class Restartable:
    """A service as `Site`, on a port and a folder that it keeps when it is stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port, self._running = folder, free_port(), ExitStack()
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Answer."""
        self.service = service_in(self._folder)
        self._running.enter_context(serving(self.service, self._port))

    def stop(self) -> None:
        """Answer no more; what is under way may end."""
        self._running.close()


@pytest.fixture(scope="package", autouse=True)
def browser() -> Iterator[Browser]:
    """One for all files here; ended before other tests run, whose event loops it would be in the way of."""
    path = find_browser()
    if path is None:
        told = "No browser: install chromium, or name one in MOVIETAGS_BROWSER."
        if os.environ.get("MOVIETAGS_BROWSER_REQUIRED") == "1":
            pytest.fail(told)
        pytest.skip(told)
    expect.set_options(timeout=WAIT_MS)
    with launched(path) as browser:
        yield browser


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails a test whose pages wrote errors or warnings to the console, or asked another host, unless it allowed that."""
    watch = Watch()
    yield watch
    watch.check()


@pytest.fixture
def pages() -> Iterator[ExitStack]:
    """What the test has opened in the browser: closed before the services that it looks at, which it would miss."""
    with ExitStack() as pages:
        yield pages


@pytest.fixture
def page_of(browser: Browser, watch: Watch, pages: ExitStack) -> PageOf:
    """page_of(service, "#/library", size="phone", scheme="dark", language="es", **context): a page in a fresh context."""

    def page_of(
        of: Any, view: str = "#/library", *, size: str = "desktop", scheme: Any = "light", language: str = "en", **given: Any
    ) -> Page:
        origin = url_of(of)
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=language, reduced_motion="reduce", **given
        )
        pages.callback(context.close)
        watch.over(context, origin)
        return open_page(context, f"{origin}/{view}")

    return page_of


@pytest.fixture
def page(page_of: PageOf, service: RunningService) -> Page:
    """The library of `service`."""
    return page_of(service)


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """`movietags serve` with the shipped model. Tests share it: whoever deletes or changes a film uploads one for it."""
    with running_service(environment=QUIET, data_dir=tmp_path_factory.mktemp("data")) as service:
        yield service


@pytest.fixture(scope="package")
def film_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 s: three pictures of war, then three of a hospital, three seconds each, a key frame every second."""
    return write_still_film(tmp_path_factory.mktemp("films") / "front.mp4", THEMES)


@pytest.fixture(scope="package")
def film(service: RunningService, film_file: Path) -> dict[str, Any]:
    """`film_file`, tagged in `service`, as GET /v1/movies/ID has it."""
    return service.wait(service.upload(film_file, title="The front")["id"], 120)


@pytest.fixture
def site_of(pages: ExitStack, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """site_of(root_path="/films", ...): a service with these settings and no film; tests/seed.py puts some into its `service`.

    Nothing is ever tagged: it has no worker and no model's process.
    """
    with ExitStack() as sites:

        def site_of(**settings: Any) -> Site:
            service = service_in(tmp_path / f"site-{len(list(tmp_path.iterdir()))}", **settings)
            key = keys.create_key(service.database, "the tests", ["write"]).text if service.settings.needs_keys else None
            return Site(sites.enter_context(serving(service)) + service.settings.root_path, service, key)

        yield site_of
        pages.close()


@pytest.fixture
def empty_service(site_of: Callable[..., Site]) -> Site:
    """No film in it; answers everybody."""
    return site_of()


@pytest.fixture
def keyed_service(site_of: Callable[..., Site]) -> Site:
    """No film in it; answers only who has a key: its `key`, with the scope "write"."""
    return site_of(require_keys=True)


@pytest.fixture
def restartable(pages: ExitStack, tmp_path: Path) -> Iterator[Restartable]:
    """As `empty_service`, with start() and stop()."""
    restartable = Restartable(tmp_path / "restartable")
    yield restartable
    pages.close()
    restartable.stop()


@pytest.fixture
def shot() -> Callable[..., None]:
    """shot(page, "library-dark") keeps a picture of the page in the folder MOVIETAGS_SCREENSHOTS, where that is set."""

    def shot(page: Page, name: str, *, whole: bool = False) -> None:
        folder = os.environ.get("MOVIETAGS_SCREENSHOTS")
        if folder:
            page.screenshot(path=Path(folder) / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}.png", full_page=whole)

    return shot


def url_of(of: Site | Restartable | RunningService) -> str:
    """The address of a service, without a slash at its end."""
    return str(of.client.base_url).rstrip("/") if isinstance(of, RunningService) else of.url
