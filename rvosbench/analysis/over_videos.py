"""Work that is done video by video, in this process or in several."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from rvosbench._kernels import SlowKernelWarning
from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.io.processes import deaf_to_interruptions
from rvosbench.masks.planes import KernelError
from rvosbench.masks.rle import RleError

T_co = TypeVar("T_co", covariant=True)
MOST_WORKERS = 8
MASKS_PER_WORKER = 4_000  # below this, starting a process costs more than it saves
_AHEAD = 2  # videos per worker that wait for their turn


class Work(Protocol[T_co]):
    """Is sent to every process once. What it opens, it opens where it is called."""

    def __call__(self, video: str) -> T_co: ...


def paying_workers(masks: int) -> int:
    """How many processes pay for so many masks."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MOST_WORKERS, masks // MASKS_PER_WORKER))


def over_videos(work: Work[T_co], videos: Sequence[str], workers: int) -> Iterator[T_co]:
    """What comes of each video, in their order."""
    if workers <= 1 or len(videos) < 2:
        answers: Iterator[_Answer[T_co]] = (_answer(work, video) for video in videos)
    else:
        answers = _in_workers(work, videos, workers)
    for answer in answers:
        if answer.refused is not None:
            raise answer.refused(*answer.problems)
        yield from answer.found


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T_co]):
    """What came of a video, or an error that a user can meet, which would not travel by itself."""

    found: tuple[T_co, ...]
    refused: type[RvosbenchError] | None = None
    problems: tuple[Problem, ...] = ()


def _answer(work: Work[T_co], video: str) -> _Answer[T_co]:
    try:
        return _Answer((work(video),))
    except RvosbenchError as error:
        return _Answer((), type(error), error.problems)
    except (KernelError, RleError) as error:
        return _Answer((), RvosbenchError, (_no_mask(video, error),))


def _in_workers(work: Work[T_co], videos: Sequence[str], workers: int) -> Iterator[_Answer[T_co]]:
    pool = ProcessPoolExecutor(
        min(workers, len(videos)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_Worker.start,
        initargs=(work,),
    )
    waiting: deque[Future[_Answer[T_co]]] = deque()
    try:
        for video in videos:
            with deaf_to_interruptions():  # the pool starts its processes when it gets work
                waiting.append(pool.submit(_Worker.do, video))
            if len(waiting) >= _AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise RvosbenchError(_worker_died()) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Worker:
    work: Work[object]

    @classmethod
    def start(cls, work: Work[object]) -> None:
        cls.work = work
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked at the start
        warnings.simplefilter("ignore", SlowKernelWarning)  # the parent has said it
        threading.Thread(target=_end_with_parent, daemon=True).start()

    @classmethod
    def do(cls, video: str) -> Any:
        return _answer(cls.work, video)


def _end_with_parent() -> None:
    """A parent that was killed cannot end its workers, and they would wait for work forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _no_mask(video: str, error: Exception) -> Problem:
    return Problem(
        Code.BAD_RLE,
        video,
        expected="masks of the size of the video, in the result and in the converted split",
        found=str(error),
        fix="`rvosbench doctor` checks the split; if that is whole, evaluate the predictions again",
    )


def _worker_died() -> Problem:
    return Problem(
        Code.WORKER_DIED,
        path="a worker process",
        expected="all worker processes alive to the end",
        found="one was killed, perhaps for want of memory",
        fix="run again with --workers 1, or on a machine with more memory",
    )
