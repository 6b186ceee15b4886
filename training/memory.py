"""The C library's memory, as training wants it."""

import ctypes

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4  # of glibc's mallopt
_NEVER, _AT_ONCE = 2**31 - 1, 256 << 20


def keep_freed_memory() -> None:
    """Have freed memory used again in place of given back: a step frees and takes the same large buffers thousands of times.

    The system fills each page anew with zeros: two fifths of the time of a small network on a virtual machine. Where the C library is
    another one nothing is changed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _AT_ONCE)):
            mallopt(option, value)
