"""Masks and label maps, decoded one by one with all that is wrong with each; and several at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from rvosbench.errors import ProblemLog
from rvosbench.masks import planes
from rvosbench.masks.planes import KernelError, Plane
from rvosbench.predictions.base import Picture, Png
from rvosbench.protocols import pictures as report
from rvosbench.protocols.ref_davis17 import MAX_PROPOSALS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rvosbench.splits.split import Video

_MOST_THREADS = 8
_MOST_PIXELS = 1 << 26  # of a mask whose size only the file itself tells
Size = tuple[int, int]
T = TypeVar("T")


def size_of(video: Video, sizes: Mapping[str, Size]) -> Size | None:
    """Of a video whose size is not known, that of its masks in `sizes`."""
    if video.height is not None and video.width is not None:
        return video.height, video.width
    found = sizes.get(video.name)
    return found if found is not None and found[0] * found[1] <= _MOST_PIXELS else None


def decoded_mask(where: str, picture: Picture | None, size: Size, log: ProblemLog) -> Plane | None:
    """None for one that is not there or is refused."""
    if picture is None:
        return None
    if isinstance(picture, Png):
        try:
            plane, facts = planes.read_png(picture.content, *size)
        except KernelError as error:
            report.report_refused(where, error.reason, picture.content, size, log)
            return None
        report.report_mask_facts(where, facts, log)
        return None if facts.dark else plane
    if (picture.height, picture.width) != size:
        report.report_size(where, (picture.height, picture.width), size, log)
        return None
    try:
        return Plane.from_counts(picture.counts, *size)
    except KernelError as error:
        report.report_counts(where, str(error), log)
        return None


def decoded_labels(where: str, png: Png | None, size: Size, log: ProblemLog) -> NDArray[np.uint8] | None:
    if png is None:
        return None
    try:
        labels, facts = planes.read_labels(png.content, *size)
    except KernelError as error:
        report.report_labels_unreadable(where, error, png.content, size, log)
        return None
    if facts.largest > MAX_PROPOSALS:
        report.report_labels(where, facts.largest, MAX_PROPOSALS, log)
        return None
    return labels


def in_turn(work: Iterator[Callable[[], T]]) -> Iterator[T]:
    """What the calls give, with a few of them under way. The kernel and zlib work without the lock of the
    interpreter, so threads are enough."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = min(cores, _MOST_THREADS)
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[T]] = deque()
        for one in work:
            waiting.append(pool.submit(one))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
