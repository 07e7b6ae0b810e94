"""Ctrl-C reaches every process of a terminal: workers leave it to their parent, from their first moment."""

from __future__ import annotations

import subprocess
import sys

FIRST_WORKER = """
import multiprocessing, os, signal, time
from rvosbench.io.processes import deaf_to_interruptions
with deaf_to_interruptions():
    worker = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0.1,))
    worker.start()
os.kill(worker.pid, signal.SIGINT)  # while it loads its modules
worker.join()
print(worker.exitcode)
"""

# In a process without other threads, which could be given the signal.
PARENT = """
import os, signal
from rvosbench.io.processes import deaf_to_interruptions
try:
    with deaf_to_interruptions():
        os.kill(os.getpid(), signal.SIGINT)
        print("reached")
except KeyboardInterrupt:
    print("interrupted")
print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""


def test_a_worker_that_has_only_begun_to_start_does_not_see_it() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_WORKER], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_what_came_in_the_meantime_the_parent_gets_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("reached\ninterrupted\nFalse\n", "")
