"""A second block of a size costs no new page: counted by the system, in a process that sets nothing else."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest
from rvosbench_baselines.freed_memory import keep_freed_memory

PAGES = 64 * 2**20 // resource.getpagesize()
PROGRAM = """
import resource
from rvosbench_baselines.freed_memory import keep_freed_memory

kept = {call}
bytearray(b"x") * (64 << 20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
bytearray(b"x") * (64 << 20)
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def second_block(call: str, **variables: str) -> tuple[bool, int]:
    """What `call` said, and the pages that the system gave for a second block of 64 MiB."""
    environment = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(call=call)],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    said, pages = process.stdout.split()
    return said == "True", int(pages)


def test_freed_memory_serves_again() -> None:
    _, pages = second_block("False")
    assert pages == pytest.approx(PAGES, rel=0.1)
    said, pages = second_block("keep_freed_memory()")
    assert said
    assert pages < PAGES / 100


def test_what_the_user_tells_glibc_stands() -> None:
    tunables = "glibc.malloc.mmap_threshold=4096"
    said, pages = second_block("keep_freed_memory()", GLIBC_TUNABLES=tunables)
    assert not said
    assert pages == pytest.approx(PAGES, rel=0.1)


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory()
