"""How many bytes a mask takes in a report page, by the way it is written down. The table of decision 0016.

    RVOSBENCH_REAL_DATA=FOLDER python benchmarks/small_masks.py [--side 240] [--every 3]

Reads the masks of OSVOS for DAVIS (one folder for each sequence in FOLDER/davis_masks/osvos) and takes object
1 of every third sequence. All ways are deflated, sequence by sequence.
"""

from __future__ import annotations

import argparse
import os
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rvosbench.masks import rle
from rvosbench.report.page.edges import Reduction, pack, small_size

Frames = NDArray[np.bool_]  # [frame, column, row]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--side", type=int, default=240)
    parser.add_argument("--every", type=int, default=3)
    options = parser.parse_args()
    folder = Path(os.environ["RVOSBENCH_REAL_DATA"]) / "davis_masks" / "osvos"
    sequences = sorted(path for path in folder.iterdir() if path.is_dir())[:: options.every]
    taken: Counter[str] = Counter()
    count = 0
    for sequence in sequences:
        edges, small = reduced(sequence, options.side)
        frames = pixels(edges, small)
        for name, way in WAYS.items():
            taken[name] += len(zlib.compress(way(frames), 9))
        taken["what the page holds"] += len(pack(edges))
        count += len(edges)
    print(f"{len(sequences)} sequences, {count:,} masks, {options.side} pixels on the short side\n")
    print("| | bytes per mask |\n|---|---:|")
    for name, size in taken.items():
        print(f"| {name} | {size / count:.0f} |")


def reduced(sequence: Path, side: int) -> tuple[list[NDArray[np.int64]], tuple[int, int]]:
    masks = [np.asarray(Image.open(path).convert("P")) == 1 for path in sorted(sequence.glob("*.png"))]
    height, width = masks[0].shape
    small = small_size(height, width, side)
    reduction = Reduction((height, width), small)
    return [reduction.edges(rle.encode(mask)) for mask in masks], small


def pixels(edges: Sequence[NDArray[np.int64]], small: tuple[int, int]) -> Frames:
    height, width = small
    changes = np.zeros((len(edges), width * height), np.int64)
    for row, places in zip(changes, edges, strict=True):
        row[places] = 1
    found: Frames = (np.cumsum(changes, axis=1) % 2 == 1).reshape(len(edges), width, height)
    return found


def difference(frames: Frames) -> Frames:
    """To the frame before; the first one as it is."""
    found = frames.copy()
    found[1:] ^= frames[:-1]
    return found


def bits(frames: Frames) -> bytes:
    return np.packbits(frames.reshape(len(frames), -1), axis=1).tobytes()


def runs(frames: Frames) -> bytes:
    return b"".join(varints(lengths(frame)) for frame in frames)


def coco_runs(frames: Frames) -> bytes:
    """Each run less the one two before, with the sign in the lowest bit."""
    parts = []
    for frame in frames:
        found = lengths(frame)
        found[2:] -= found[:-2].copy()
        parts.append(varints(np.where(found < 0, -2 * found - 1, 2 * found)))
    return b"".join(parts)


def lengths(frame: NDArray[np.bool_]) -> NDArray[np.int64]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], frame.ravel().view(np.int8), [0]))))
    return np.diff(np.concatenate(([0], edges)))


def varints(values: NDArray[np.int64]) -> bytes:
    found = bytearray()
    for value in values.tolist():
        while value >= 128:
            found.append(value & 127 | 128)
            value >>= 7
        found.append(value)
    return bytes(found)


WAYS: dict[str, Callable[[Frames], bytes]] = {
    "bit planes, difference to the frame before": lambda frames: bits(difference(frames)),
    "run lengths of that difference": lambda frames: runs(difference(frames)),
    "run lengths row by row": lambda frames: runs(np.ascontiguousarray(frames.transpose(0, 2, 1))),
    "run lengths column by column": runs,
    "the same, each less the run two before (COCO counts)": coco_runs,
}

if __name__ == "__main__":
    main()
