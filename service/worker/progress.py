"""How far an attempt is: per cent of each stage, and the time that is left by the speed so far."""

import threading
import time
from typing import Any

FETCHING, PROBING, TAGGING, PUBLISHING = "fetching", "probing", "tagging", "publishing"
STAGES = (FETCHING, PROBING, TAGGING, PUBLISHING)
TRUSTED_SHARE = 0.02  # of a film, from which its speed tells the time that is left


class Progress:
    """Of one attempt; it never goes back. Told by the thread that works, read by the one that writes it down."""

    def __init__(self) -> None:
        self.stage = FETCHING
        self._percent = dict.fromkeys(STAGES, 0)
        self._began = time.monotonic()  # of the stage
        self._share = 0.0
        self._lock = threading.Lock()

    def begin(self, stage: str) -> None:
        """A stage begins; the ones before it are done."""
        with self._lock:
            if STAGES.index(stage) <= STAGES.index(self.stage):
                return
            for earlier in STAGES[: STAGES.index(stage)]:
                self._percent[earlier] = 100
            self.stage, self._began, self._share = stage, time.monotonic(), 0.0

    def tell(self, share: float) -> None:
        """So much of the stage, 0 to 1, is done."""
        with self._lock:
            self._share = max(self._share, min(1.0, share))
            self._percent[self.stage] = max(self._percent[self.stage], int(100 * self._share))

    def state(self) -> dict[str, Any]:
        """As the run's row keeps it."""
        with self._lock:
            return {"stages": dict(self._percent), "remaining_seconds": self._remaining()}

    def _remaining(self) -> float | None:
        if self.stage == PUBLISHING:
            return 0.0
        if self.stage != TAGGING or self._share < TRUSTED_SHARE:
            return None
        spent = time.monotonic() - self._began
        return round(spent / self._share - spent, 1)
