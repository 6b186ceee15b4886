"""The README's pictures of the page, of films made of the example pictures: python -m benchmarks.page_pictures [docs/pictures]

Starts a service with the shipped model, tags the films, and keeps three views as WebP. Nothing but examples/ is shown.
"""

import argparse
import io
import tempfile
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.chromium import find_browser, launched, open_page, settle
from tests.running_service import RunningService, running_service
from tests.still_films import write_still_film

ROOT = Path(__file__).parent.parent
QUIET = {"MOVIETAGS_LOG_LEVEL": "error", "MOVIETAGS_DISK_RESERVE_BYTES": "0", "MOVIETAGS_REQUIRE_KEYS": "false"}
FILMS = {  # title -> the tags of its shots, in turn, and their first picture there; the last film is opened
    "A hard winter": (["destruction", "family"], 4),
    "The ward": (["hospital"], 20),
    "Sunday": (["family"], 0),
    "On parade": (["military"], 8),
    "After the storm": (["destruction", "hospital"], 10),
    "Letters from the front": (["war", "family", "military"], 5),
    "The field hospital": (["war", "hospital", "war", "family"], 0),
}
FILM_SIZE = (640, 426)
SHOT_SECONDS = 4
QUALITY = 82  # of WebP


def main() -> None:
    """Make the films, tag them, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "docs/pictures")
    given = parser.parse_args()
    path = find_browser()
    if path is None:
        raise SystemExit("No browser: install chromium, or name one in MOVIETAGS_BROWSER.")
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_service(environment=QUIET) as service, launched(path) as browser:
        movie = _tag_films(service, Path(folder))
        _take_pictures(browser, service, movie, given.out)


def _tag_films(service: RunningService, folder: Path) -> dict[str, Any]:
    """The last film, tagged."""
    service.wait(service.upload(ROOT / "examples/big-buck-bunny.mp4", title="Big Buck Bunny")["id"])
    for number, (title, (tags, first)) in enumerate(FILMS.items()):
        file = write_still_film(folder / f"{number}.mp4", tags, stills=4, seconds=SHOT_SECONDS, size=FILM_SIZE, first=first)
        movie = service.wait(service.upload(file, title=title, objects="true")["id"])
    return movie


def _take_pictures(browser: Browser, service: RunningService, movie: dict[str, Any], out: Path) -> None:
    origin = str(service.client.base_url).rstrip("/")
    first, second = (_best_frame(service, movie, theme["tag"]) for theme in movie["tags"][:2])
    views: dict[str, tuple[str, Literal["light", "dark"]]] = {
        "library": ("#/library", "light"),
        "film": (f"#/film/{movie['id']}?t={first['time_ms']}&tag={movie['tags'][0]['tag']}", "dark"),
        "why": (f"#/frame/{movie['id']}/{second['number']}?tag={movie['tags'][1]['tag']}", "light"),
    }
    for name, (address, scheme) in views.items():
        context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme, locale="en")
        page = open_page(context, f"{origin}/{address}")
        if name == "film":
            page.get_by_role("button", name="All that hold", exact=True).click()
        if name == "why":
            page.locator(".frame-heat").wait_for()
        settle(page, 1500)
        _keep(page, out / f"page-{name}.webp")
        context.close()


def _best_frame(service: RunningService, movie: dict[str, Any], tag: str) -> dict[str, Any]:
    """The key frame that shows a tag best."""
    frames: list[dict[str, Any]] = service.client.get(f"/v1/movies/{movie['id']}/frames", params={"limit": 500}).json()["frames"]
    return max(frames, key=lambda frame: max((found["score"] for found in frame["tags"] if found["tag"] == tag), default=0))


def _keep(page: Page, path: Path) -> None:
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(path, quality=QUALITY, method=6)
    print(f"{path}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
