"""Anatomy and language of a result of the size of MeViS valid_u: 50 videos, 793 sentences, 63,000 masks.

    python benchmarks/anatomy.py [--size 480p] [--workers 2] [--scale 1.0] [--folder FOLDER]

Prints seconds, on the wall and of processors, and peak memory. Masks are made up (see material.py): six
objects to a video, two of them meant; predictions that are inaccurate, on another object, on two, late,
empty, or about a part of the targets, so that every repair has something to do.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from material import SIZES, Mask, draw, stems
from numpy.typing import NDArray

from rvosbench.analysis.anatomy import KINDS, dissect
from rvosbench.analysis.language import read
from rvosbench.analysis.opened import open_result
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.io.manifest import Manifest
from rvosbench.masks import rle
from rvosbench.predictions.writer import ParquetWriter
from rvosbench.schema import ExpressionRecord, ObjectRecord, Role, VideoRecord
from rvosbench.splits.split import Split, open_folder
from rvosbench.splits.writer import SplitWriter

VIDEOS, SENTENCES, FRAMES, OBJECTS = 50, 793, 79, 6
DIFFERENT = 2  # videos are made; the others have the same masks
HABITS = 6  # of the made-up model, in turn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", choices=SIZES, default="480p")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of videos and sentences")
    parser.add_argument("--folder", type=Path, help="where it is made (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        split = make_split(folder / "split", SIZES[options.size], options.scale)
        evaluate(predict(split, folder / "guess.parquet"), split, Options(out=folder / "result"))
        opened = open_result(str(folder / "result"))
        before = clocks()
        anatomy = dissect(opened, split, workers=options.workers)
        between = clocks()
        gain = read(opened, split, workers=options.workers).gain.value or 0.0
        after = clocks()
    masks = sum(len(one.scored) for one in split.expressions)
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    here, worker = (kilobytes / 1e3 for kilobytes in peaks)
    print(f"{options.size}, {len(split.videos)} videos, {len(split.expressions)} sentences, {masks:,} masks")
    for name, (wall, cpu) in (("anatomy", between - before), ("language", after - between)):
        print(f"{name} {wall:.1f} s with {options.workers} workers, {cpu:.1f} s of processors")
    print(f"at most {here:.0f} MB here, {worker:.0f} MB in a worker\n")
    for kind in KINDS:
        share, second = 100 * anatomy.shares[kind.id], 100 * anatomy.second[kind.id]
        print(f"{kind.title:32} {share:6.2f} {second:6.2f}  {anatomy.frames(kind.id):7,} masks")
    print(f"{'1 - J&F':32} {100 * anatomy.total:6.2f}")
    print(f"\ngained by the right sentence: {100 * gain:.2f}")


def clocks() -> NDArray[np.float64]:
    """Seconds so far: on the wall, and of processors, those of workers that have ended included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return np.array([time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used)])


def make_split(folder: Path, size: tuple[int, int], scale: float) -> Split:
    """Objects 0 and 1 are meant, alone or together."""
    folder.mkdir(parents=True)
    number, sentences = max(1, round(VIDEOS * scale)), max(1, round(SENTENCES * scale))
    made = [objects_of(video, size) for video in range(min(DIFFERENT, number))]
    writer = SplitWriter(folder, ground_truth=True)
    for place in range(number):
        count = sentences // number + (place < sentences % number)
        meant = [("0",), ("1",), ("0", "1")]
        expressions = tuple(
            ExpressionRecord(str(one), "the blob that moves", meant[one % 3]) for one in range(count)
        )
        writer.add(
            VideoRecord(
                f"video{place:04d}",
                *size,
                tuple(stems(FRAMES)),
                objects=made[place % len(made)],
                expressions=expressions,
            )
        )
    fingerprint, tables = writer.close()
    empty = dict.fromkeys(("title", "licence", "citation", "homepage", "converter", "source"), "")
    Manifest(
        schema_version=1,
        dataset="mevis-v1",
        split="valid_u",
        options={},
        annotations=[],
        ground_truth=True,
        listed_videos=number,
        counts=dict(writer.counts),
        published_counts={},
        notes={},
        problems=[],
        tables=tables,
        fingerprint=fingerprint,
        **empty,
    ).write(folder)
    return open_folder(folder)


def objects_of(video: int, size: tuple[int, int]) -> tuple[ObjectRecord, ...]:
    """Blobs that are moved apart; each is out of sight in some frames."""
    rng = np.random.default_rng(video)
    found = []
    for thing in range(OBJECTS):
        truth, _ = draw(OBJECTS * video + thing, size, FRAMES)
        by = [int(side * rng.uniform(-0.4, 0.4)) for side in size]
        hidden = int(rng.integers(0, FRAMES))
        rows = [
            rle.array_to_mask(frame, shifted(mask, by))
            for frame, mask in enumerate(truth)
            if not hidden <= frame < hidden + 8
        ]
        role = Role.TARGET if thing < 2 else Role.DISTRACTOR
        kept = tuple(row for row in rows if row is not None)
        found.append(ObjectRecord(str(thing), str(thing), None, role, kept))
    return tuple(found)


def shifted(mask: Mask, by: Sequence[int]) -> Mask:
    """What leaves the picture comes in on the other side."""
    moved: Mask = np.roll(mask, by, (0, 1))
    return moved


def predict(split: Split, path: Path) -> Path:
    known: dict[object, bytes] = {}
    with ParquetWriter(path) as writer:
        for expression in split.expressions:
            video, targets = expression.video, expression.objects or ()
            habit = int(expression.name) % HABITS
            for frame in expression.scored:
                names, when, by = guess(habit, targets, frame)
                masks = [video.masks[name].get(when) for name in names]
                key = tuple(masks), by
                if key not in known:
                    whole = rle.union([one for one in masks if one is not None], *video.size)
                    known[key] = rle.encode(shifted(whole, (by, by)))
                writer.add_counts(video.name, expression.name, video.frames[frame], known[key], *video.size)
    return path


def guess(habit: int, targets: Sequence[str], frame: int) -> tuple[Sequence[str], int, int]:
    """Objects, the frame in which they are where the mask is, and how many pixels it is off."""
    match habit:
        case 0:
            return ("3",), frame, 0
        case 1:
            return (*targets, "3") if frame % 5 else targets, frame, 2
        case 2:
            return targets, max(0, frame - 6), 0
        case 3:
            return () if frame % 7 == 0 else targets[:1], frame, 3
        case 4:
            return ("4",) if frame > FRAMES * 0.7 else targets, frame, 4
    return targets, frame, 5


if __name__ == "__main__":
    main()
