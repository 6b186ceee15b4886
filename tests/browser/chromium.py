"""The browser that the tests drive: found, started, and watched for what a page must not do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOCAL = ("blob", "data")  # schemes that ask nobody
WAIT_MS = 60_000  # for what a test expects; a machine at work on other things is slow


def find_browser() -> str | None:
    """Path of MOVIETAGS_BROWSER, or else of the first that is installed; None where there is none."""
    return os.environ.get("MOVIETAGS_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """The browser, without a window."""
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What the pages of a test did that no page may do: errors, warnings, requests to anybody else."""

    seen: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def allow(self, *texts: str) -> None:
        """The test means this to happen: what holds one of the texts is no mistake ("401", "ERR_CONNECTION_REFUSED")."""
        self.allowed.extend(texts)

    def over(self, context: BrowserContext, origin: str) -> None:
        """Watch the pages of a context that belongs to the service at `origin`."""
        host = urlsplit(origin).netloc

        def console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning", "assert"):
                self.seen.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

        def request(asked: Request) -> None:
            address = urlsplit(asked.url)
            if address.scheme not in LOCAL and address.netloc != host:
                self.seen.append(f"a request to another host: {asked.url}")

        context.on("console", console)
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))
        context.on("request", request)

    def check(self) -> None:
        """Fails where something was seen that the test did not allow."""
        wrong = [text for text in self.seen if not any(allowed in text for allowed in self.allowed)]
        assert not wrong, "\n".join(wrong)


def open_page(context: BrowserContext, address: str) -> Page:
    """A page whose first view stands."""
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(address)
    page.locator("main h1").first.wait_for()
    return page


# Resolves when nothing in the document has changed for a while.
_SETTLED = """(quiet) => new Promise((resolve) => {
  let timer;
  const done = () => { watching.disconnect(); resolve(); };
  const again = () => { clearTimeout(timer); timer = setTimeout(done, quiet); };
  const watching = new MutationObserver(again);
  watching.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  again();
})"""


def settle(page: Page, quiet_ms: int = 250) -> None:
    """Wait until nothing in the page changes: what it asked the service for has been shown."""
    page.evaluate(_SETTLED, quiet_ms)
