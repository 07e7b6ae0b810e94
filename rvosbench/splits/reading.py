"""Reads the videos of a release in order, in this process or in several, never far ahead of the writer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from rvosbench.datasets.base import Release
from rvosbench.errors import Code, Problem, ProblemLog, RvosbenchError
from rvosbench.io.processes import deaf_to_interruptions
from rvosbench.schema import VideoRecord

Outcome = tuple[VideoRecord | None, tuple[Problem, ...]]

# Below this many videos the start of worker processes costs more than it saves.
FEW_VIDEOS = 16
AHEAD = 4  # videos per worker that may wait to be written


def read_videos(release: Release, workers: int) -> Iterator[Outcome]:
    """Every video of the release, sorted by name."""
    videos = sorted(release.videos)
    if workers <= 1 or len(videos) < FEW_VIDEOS:
        return (_read(release, video) for video in videos)
    return _read_in_workers(release, videos, workers)


def _read_in_workers(release: Release, videos: list[str], workers: int) -> Iterator[Outcome]:
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_Worker.start,
        initargs=(release,),
    )
    waiting: deque[Future[Outcome]] = deque()
    try:
        for video in videos:
            with deaf_to_interruptions():  # the pool starts its processes when it gets work
                waiting.append(pool.submit(_Worker.read, video))
            if len(waiting) >= AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise RvosbenchError(_worker_died()) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Worker:
    """The release is sent to each process once, not with every video."""

    release: Release

    @classmethod
    def start(cls, release: Release) -> None:
        cls.release = release
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked at the start
        threading.Thread(target=_end_with_parent, daemon=True).start()

    @classmethod
    def read(cls, video: str) -> Outcome:
        return _read(cls.release, video)


def _end_with_parent() -> None:
    """A parent that was killed cannot end its workers, and they would wait for work forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read(release: Release, video: str) -> Outcome:
    log = ProblemLog()
    record = release.read(video, log)
    if record is None and not len(log):  # an adapter that gives nothing must say why, or a video vanishes
        log.add(
            Code.NOTHING_FOUND,
            video,
            expected="every listed video, or a reason why not",
            found="neither",
            fix="report this to the author of the dataset's adapter",
        )
    return record, tuple(log)


def _worker_died() -> Problem:
    return Problem(
        Code.WORKER_DIED,
        path="a worker process",
        expected="all worker processes alive to the end",
        found="one was killed, perhaps for want of memory",
        fix="run again with --workers 1, or on a machine with more memory",
    )
