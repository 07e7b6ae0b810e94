"""Work that is done video by video, in this process or in several."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from rvosbench._kernels import SlowKernelWarning
from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.io.pool import in_processes
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
        answers = in_processes(partial(_answer_in_worker, work), videos, workers, _AHEAD)
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


def _answer_in_worker(work: Work[T_co], video: str) -> _Answer[T_co]:
    warnings.simplefilter("ignore", SlowKernelWarning)  # the parent has said it
    return _answer(work, video)


def _no_mask(video: str, error: Exception) -> Problem:
    return Problem(
        Code.BAD_RLE,
        video,
        expected="masks of the size of the video, in the result and in the converted split",
        found=str(error),
        fix="`rvosbench doctor` checks the split; if that is whole, evaluate the predictions again",
    )
