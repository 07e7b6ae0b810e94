"""What every form needs: what was asked for, the videos one after the other, the frames that count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from rvosbench.errors import Code, DatasetError, Problem, ProblemLog
from rvosbench.io.frame_source import IMAGE_SUFFIXES
from rvosbench.progress import Progress, Silent
from rvosbench.splits.checks import check_name
from rvosbench.splits.split import Split, Video


class Overlap(StrEnum):
    """What becomes of a pixel that two objects share, in a form that holds one object per pixel."""

    REFUSE = "refuse"
    LOWEST = "lowest"  # the object with the lowest number keeps it


@dataclass(frozen=True, slots=True)
class Options:
    """How one export is made. `log` takes what its reader should know."""

    overlap: Overlap = Overlap.REFUSE
    progress: Progress = field(default_factory=Silent)
    log: ProblemLog = field(default_factory=ProblemLog)


def each_video(split: Split, task: str, progress: Progress) -> Iterator[Video]:
    """Every video, opened anew: its masks are let go with it, so that memory stays that of one video."""
    progress.start(task, len(split.videos), "video")
    for video in split.videos.values():
        yield replace(video)
        progress.advance()
    progress.finish()


def annotated_frames(video: Video) -> list[int]:
    """The frames that are scored or hold a mask. Of the others the release says nothing, not even that they
    are empty: A2D annotates three to five frames of a video."""
    scored = {frame for sentence in video.expressions.values() for frame in sentence.scored}
    if not video.expressions or len(scored) == len(video.frames):
        return list(range(len(video.frames)))
    return sorted(scored.union(*(thing.present for thing in video.objects.values())))


def frame_files(video: Video) -> list[str]:
    """`<video>/<stem>.jpg`, as the releases name frames; another suffix where the linked folder has it."""
    suffix = _suffix(video)
    return [f"{video.name}/{stem}{suffix}" for stem in video.frames]


def _suffix(video: Video) -> str:
    uri = video.frames_uri or ""
    if uri.startswith("file:") and video.frames:
        folder = video.folder.resolve() / uri.removeprefix("file:")
        for suffix in IMAGE_SUFFIXES:
            if Path(folder, video.frames[0] + suffix).is_file():
                return suffix
    return IMAGE_SUFFIXES[0]


def require_ground_truth(split: Split) -> None:
    if not split.manifest.ground_truth:
        raise DatasetError(
            Problem(
                Code.NO_GROUND_TRUTH,
                f"{split.manifest.dataset}:{split.manifest.split}",
                expected="a split with masks",
                found="the release hides the masks of this split",
                fix="export another split, or this one --to hub or croissant, which need no masks",
            )
        )


def require_safe_names(split: Split) -> None:
    """Names become paths; a split that came from elsewhere may hold names that lead out of the folder."""
    log = ProblemLog()
    for video in split.videos.values():
        check_name(video.name, "video", log, slash=True)
        for stem in video.frames:
            check_name(stem, f"{video.name}: frame", log)
        for expression in video.expressions:
            check_name(expression, f"{video.name}: expression", log)
    if log.has_errors:
        raise DatasetError(*log)
