"""What the parts of a worker process share."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from service.context import Service
from service.predictors.predictions import ObjectDetector, Predictor
from service.results import Parameters
from service.worker.metrics import Metrics

GiveTagger = Callable[[Parameters], Predictor]
GiveDetector = Callable[[], ObjectDetector]


@dataclass(frozen=True)
class Workplace:
    """One worker process; nothing of it is a global."""

    service: Service
    tagger_for: GiveTagger
    detector: GiveDetector
    executor_id: str  # fresh at every start
    metrics: Metrics
    host: str = field(default_factory=socket.gethostname)
    process_id: int = field(default_factory=os.getpid)

    @property
    def scratch(self) -> Path:
        """The folder for this process's temporary files."""
        return self.service.settings.scratch / self.executor_id


def fresh_executor_id() -> str:
    """Of this process and no other, before or after."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{os.urandom(6).hex()}"
