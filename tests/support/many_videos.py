"""Splits of many tiny videos, all with the same frames: enough of them to be interrupted in between."""

from __future__ import annotations

from pathlib import Path

import frame_files
from scoring import make_split

from rvosbench.io.frames import folder_uri, tar_uri, video_uri
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.split import Split

SPLITS = {"sample": "valid", "ref-davis17": "val", "a2d-sentences": "test"}
SIZES = {"folder": (frame_files.HEIGHT, frame_files.WIDTH), "tar": (24, 40), "video": (64, 64)}


def make(
    home: Path, dataset: str = "sample", *, videos: int = 8, frames: int = 4, kind: str = "folder"
) -> Split:
    split = SPLITS[dataset]
    stems = [f"{number:05d}" for number in range(1, frames + 1)]
    uri = _frames(home / "frames", stems, kind, home / dataset / split)
    height, width = SIZES[kind]
    return make_split(
        home,
        dataset,
        split,
        [
            VideoRecord(f"video-{number}", height, width, tuple(stems), uri, None, (), _sentences(dataset))
            for number in range(videos)
        ],
    )


def _frames(place: Path, stems: list[str], kind: str, target: Path) -> str:
    target.parent.mkdir(parents=True)
    if kind == "folder":
        return folder_uri(frame_files.write_folder(place, stems), target)
    if kind == "tar":
        members = {f"clip/{stem}.png": frame_files.encoded(place) for place, stem in enumerate(stems)}
        return tar_uri(frame_files.write_tar(place.with_suffix(".tar"), members), "clip", target)
    return video_uri(frame_files.write_video(place.with_suffix(".mp4"), len(stems)), target)


def _sentences(dataset: str) -> tuple[ExpressionRecord, ...]:
    if dataset == "ref-davis17":
        return tuple(
            ExpressionRecord(str(4 * thing + annotator), f"thing {thing}", (str(thing + 1),), annotator)
            for thing in range(2)
            for annotator in range(4)
        )
    frames = (0, 2) if dataset == "a2d-sentences" else None
    return tuple(ExpressionRecord(name, f"the {name}", ("1",), None, None, frames) for name in ("0", "1"))
