"""Masks against frames for a whole split, and what there is to warn of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rvosbench.analysis.drift import VideoDrift, look_at
from rvosbench.analysis.over_videos import over_videos
from rvosbench.errors import Code, Problem, ProblemLog
from rvosbench.progress import Progress, Silent

if TYPE_CHECKING:
    from rvosbench.splits.split import Split

VIDEOS_PER_WORKER = 8  # below this, starting a process costs more than it saves
MOST_WORKERS = 8


@dataclass(frozen=True, slots=True)
class _Look:
    split: Split

    def __call__(self, video: str) -> VideoDrift:
        return look_at(self.split.videos[video])


def look(
    split: Split, *, workers: int | None = None, progress: Progress | None = None
) -> tuple[VideoDrift, ...]:
    """Every video, in order. Of a split without ground truth nothing can be said."""
    progress = progress or Silent()
    if not split.manifest.ground_truth:
        return tuple(VideoDrift(name, (), reason="the release hides the masks") for name in split.videos)
    if workers is None:
        workers = max(1, min(os.cpu_count() or 1, MOST_WORKERS, len(split.videos) // VIDEOS_PER_WORKER))
    found = []
    progress.start("looking at masks and frames", len(split.videos), "video")
    for one in over_videos(_Look(split), list(split.videos), workers):
        found.append(one)
        progress.advance()
    progress.finish()
    return tuple(found)


def problems_of(found: Sequence[VideoDrift]) -> tuple[Problem, ...]:
    """Warnings: edges are evidence, not proof."""
    log = ProblemLog()
    for one in found:
        if one.is_off_in_time:
            log.warn(
                Code.MASKS_LATE,
                one.video,
                expected="masks that fit their own frames better than those before and after",
                found=f"they fit frame {one.shift:+d} better, by {one.in_time.sureness:.0f} standard errors",
                fix="look at the pictures; then check which frame the release means by which mask",
            )
        elif one.is_aside:
            right, down = one.offset
            log.warn(
                Code.MASKS_BESIDE,
                one.video,
                expected="masks that lie on the edges of their objects",
                found=f"they fit better {right:+d} pixels across and {down:+d} down, "
                f"by {one.in_place.sureness:.0f} standard errors",
                fix="look at the pictures; then check whether frames or masks were cropped or resized",
            )
    return log.warnings
