"""Worker processes that leave it to their parent what Ctrl-C means."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def deaf_to_interruptions() -> Iterator[None]:
    """A process that is started here never sees Ctrl-C, not even while it loads its modules and could not yet
    say so itself. The parent gets what came in the meantime afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it is started with the first worker and would lift the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
