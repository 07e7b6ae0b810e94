"""What becomes of memory that the process no longer needs.

glibc gives large blocks back to the system at once and takes them anew for the next tensor of that size. The
system clears every page of them each time, which is a third of what SOC-T takes on a processor.
"""

from __future__ import annotations

import ctypes
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as malloc.h numbers them
KEPT_BLOCK = 2**30
KEPT_IN_ALL = 2**31 - 1  # the greatest that mallopt takes


def keep_freed_memory() -> bool:
    """Has glibc keep blocks up to 1 GiB for later ones. False where there is no glibc, it refuses, or
    `GLIBC_TUNABLES` says what the user wants."""
    if sys.platform != "linux" or "GLIBC_TUNABLES" in os.environ or not _is_glibc():
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_MMAP_THRESHOLD, KEPT_BLOCK)) and bool(mallopt(_TRIM_THRESHOLD, KEPT_IN_ALL))


def _is_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (OSError, ValueError):
        return False
