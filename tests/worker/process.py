"""A worker process for tests: real in everything but the networks, and it can be held in each stage.

While a file `hold-STAGE` lies in the control folder, work stops at that stage.
"""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from service.context import open_service
from service.logs import begin_logging
from service.settings import Settings
from service.storage import LocalFiles
from service.worker.main import work
from tests.fakes import ColourTagger, PatchDetector

POISON_TOP = 13  # the parameter `top` that marks such a film


def hold(control: Path, stage: str) -> None:
    while (control / f"hold-{stage}").exists():
        time.sleep(0.02)


class HeldStorage(LocalFiles):
    """Fetches every film, as from far away."""

    def __init__(self, root: Path, control: Path) -> None:
        super().__init__(root)
        self._control = control

    def local_path(self, key: str) -> Path | None:
        return None if (self._control / "far").exists() else super().local_path(key)

    def fetch(self, key: str, target: Path) -> None:
        hold(self._control, "fetching")
        super().fetch(key, target)

    def move_in(self, path: Path, key: str) -> None:
        hold(self._control, "publishing")
        super().move_in(path, key)


class HeldTagger(ColourTagger):
    def __init__(self, control: Path, *, kills: bool) -> None:
        super().__init__()
        self._control, self._kills = control, kills

    def predict(self, views):
        if self._kills:
            os.kill(os.getpid(), signal.SIGKILL)
        hold(self._control, "tagging")
        return super().predict(views)


class HeldDetector(PatchDetector):
    def __init__(self, control: Path) -> None:
        super().__init__()
        self._control = control

    def detect(self, pictures, floor=0.05):
        hold(self._control, "detecting")
        return super().detect(pictures, floor)


def main(settings: Settings, control: Path) -> None:
    """The target of a process."""
    begin_logging("warning")
    service = open_service(settings)

    def tagger_for(parameters):
        hold(control, "probing")
        return HeldTagger(control, kills=parameters.top == POISON_TOP)

    work(replace(service, storage=HeldStorage(Path(settings.files), control)), tagger_for, lambda: HeldDetector(control))
    service.close()
