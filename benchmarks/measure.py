"""Run a command and measure it: seconds of wall clock and the peak memory of its whole process tree."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

MOVIETAGS = str(Path(sys.executable).with_name("movietags"))
_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Measured:
    """One run."""

    seconds: float
    peak_mib: float  # proportional set size of the process tree; 0 when not sampled
    output: str


def run(command: Sequence[str], *, memory: bool = False) -> Measured:
    """Run to the end; a command that fails stops the benchmark. Sampling memory costs time: take times without it."""
    start = time.perf_counter()
    # A file takes any amount of output; a pipe that nobody reads would stop the command.
    with tempfile.TemporaryFile("w+") as output, subprocess.Popen(command, stdout=output) as process:
        peak = 0.0
        if memory:
            tree = psutil.Process(process.pid)
            while process.poll() is None:
                peak = max(peak, _tree_mib(tree))
                time.sleep(_SAMPLE_SECONDS)
        if process.wait():
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        seconds = time.perf_counter() - start
        output.seek(0)
        return Measured(seconds, peak, output.read())


def _tree_mib(process: psutil.Process) -> float:
    total = 0.0
    try:
        for member in (process, *process.children(recursive=True)):
            total += float(member.memory_full_info().pss) / 2**20
    except psutil.NoSuchProcess:
        pass  # it ended between two looks
    return total
