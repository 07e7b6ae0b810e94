"""One binary PNG per sentence and scored frame, `<video>/<expression>/<stem>.png`: what a perfect prediction
looks like to the scorer and to the servers."""

from __future__ import annotations

import shutil
from pathlib import Path

from rvosbench.errors import Code, DatasetError, ProblemLog
from rvosbench.export.base import Options, each_video, require_ground_truth, require_safe_names
from rvosbench.masks.png import write_mask
from rvosbench.splits.split import Split, Video


def write(split: Split, folder: Path, options: Options) -> None:
    require_ground_truth(split)
    require_safe_names(split)
    _require_objects(split)
    for video in each_video(split, "masks", options.progress):
        _write_video(video, folder / video.name)


def _require_objects(split: Split) -> None:
    log = ProblemLog()
    for one in split.expressions:
        if one.objects is None:
            log.add(
                Code.NO_GROUND_TRUTH,
                f"{one.video.name}, expression {one.name}",
                expected="sentences whose objects are known",
                found="the release does not say which objects it means",
                fix="convert again with --expressions FILE, which says it",
            )
    if log.has_errors:
        raise DatasetError(*log)


def _write_video(video: Video, folder: Path) -> None:
    """Sentences that mean the same objects have the same pictures, which are encoded once."""
    written: dict[tuple[frozenset[str], int], Path] = {}
    for one in video.expressions.values():
        (folder / one.name).mkdir(parents=True)
        for frame in one.scored:
            path = folder / one.name / f"{video.frames[frame]}.png"
            key = (frozenset(one.objects or ()), frame)
            if key in written:
                shutil.copyfile(written[key], path)
            else:
                write_mask(path, one.mask(frame))
                written[key] = path
