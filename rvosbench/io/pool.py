"""Items that several processes work on, in order, never far ahead of who takes the answers."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.io.processes import deaf_to_interruptions

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def in_processes(
    work: Callable[[Item], Answer], items: Sequence[Item], workers: int, ahead: int
) -> Iterator[Answer]:
    """`work` is sent to each process once, not with every item. `ahead` is how many items for a process are
    handed out before an answer is taken."""
    pool = ProcessPoolExecutor(
        min(workers, len(items)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_Worker.start,
        initargs=(work,),
    )
    waiting: deque[Future[Answer]] = deque()
    try:
        for item in items:
            with deaf_to_interruptions():  # the pool starts its processes when it gets work
                waiting.append(pool.submit(_Worker.do, item))
            if len(waiting) >= ahead * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise RvosbenchError(_worker_died()) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Worker:
    work: Callable[[Any], Any]

    @classmethod
    def start(cls, work: Callable[[Any], Any]) -> None:
        cls.work = staticmethod(work)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked at the start
        threading.Thread(target=_end_with_parent, daemon=True).start()

    @classmethod
    def do(cls, item: Any) -> Any:
        return cls.work(item)


def _end_with_parent() -> None:
    """A parent that was killed cannot end its workers, and they would wait for work forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _worker_died() -> Problem:
    return Problem(
        Code.WORKER_DIED,
        path="a worker process",
        expected="all worker processes alive to the end",
        found="one was killed, perhaps for want of memory",
        fix="run again with --workers 1, or on a machine with more memory",
    )
