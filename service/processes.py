"""Processes that end with the one that started them."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with_parent(parent_id: int | None = None, number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel (Linux) to send this process `number` when the one that started it dies, by whatever cause.

    `parent_id` is the process that is meant to be the parent: if it died before this call, this process ends at once. The
    kernel watches the thread that started this process, so that must be one that lives as long as its process, best the main
    thread. Where the system is not Linux nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"prctl(PR_SET_PDEATHSIG): {os.strerror(error)}")
    if parent_id is not None and os.getppid() != parent_id:
        os.kill(os.getpid(), number)
