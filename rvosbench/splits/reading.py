"""Reads the videos of a release in order, in this process or in several, never far ahead of the writer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rvosbench.datasets.base import Release
from rvosbench.errors import Code, Problem, ProblemLog
from rvosbench.io.pool import in_processes
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
    return in_processes(partial(_read, release), videos, workers, AHEAD)


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
