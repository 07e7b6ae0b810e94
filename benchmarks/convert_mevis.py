"""Time and peak memory of converting a split as large as MeViS train, beside `json.load` of its masks alone.

    python benchmarks/convert_mevis.py [--scale 0.1] [--workers 2]

The release is synthetic, made anew with every run and removed at the end: 1,662 videos, 8,171 objects, about
443,000 masks, a `mask_dict.json` of about half a gigabyte. Every figure comes from a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from rvosbench.masks import rle

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]

VIDEOS, OBJECTS, EXPRESSIONS = 1662, 8171, 23051
SIZES = ((720, 1280), (1080, 1920))
ABSENT = 0.08  # of the frames an object is not to be seen in
COLUMNS = (200, 860)  # how wide an object is; the size of the file follows from it

CONVERT = """
import sys
from pathlib import Path
from rvosbench.datasets.base import find
from rvosbench.splits.convert import convert
source, data, workers = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
convert(find("mevis-v1"), source, "train", data=data, frames="none", workers=workers)
"""
LOAD = """
import json, sys
with open(sys.argv[1] + "/train/mask_dict.json", encoding="utf-8") as file:
    masks = json.load(file)
"""
MEASURE = """
import resource
peaks = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(max(int(peaks[0]), children.ru_maxrss))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the videos and objects")
    parser.add_argument("--workers", type=int, default=2, help="processes of the second conversion")
    parser.add_argument("--folder", type=Path, help="where the release is made (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        release, data = Path(name, "release"), Path(name, "data")
        run([sys.executable, __file__, "--make", str(release), str(options.scale)])
        size = (release / "train" / "mask_dict.json").stat().st_size
        print(f"mask_dict.json: {size / 1e6:,.0f} MB\n")
        rows = [("json.load of mask_dict.json alone", *measured(LOAD, release))]
        for workers in sorted({1, options.workers}):
            what = f"rvosbench convert, {workers} process{'es' if workers > 1 else ''}"
            rows.append((what, *measured(CONVERT, release, data / str(workers), workers)))
        show(rows)


def measured(program: str, *arguments: object) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak megabytes (of the largest process) of a program.

    The peak is the process's own high-water mark: `ru_maxrss` would start from that of its parent.
    """
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    output = run([sys.executable, "-c", program + MEASURE, *map(str, arguments)])
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, int(output.split()[-1]) * 1024 / 1e6


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def show(rows: list[tuple[str, float, float, float]]) -> None:
    _, wall_of_first, cpu_of_first, peak_of_first = rows[0]
    print("| | wall s | CPU s | peak MB | wall ratio | CPU ratio | memory ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for what, wall, cpu, peak in rows:
        ratios = f"{wall / wall_of_first:.2f} | {cpu / cpu_of_first:.2f} | {peak / peak_of_first:.2f}"
        print(f"| {what} | {wall:.1f} | {cpu:.1f} | {peak:,.0f} | {ratios} |")


def make_release(folder: Path, scale: float) -> None:
    rng = np.random.default_rng(2023)
    videos, objects = max(1, round(VIDEOS * scale)), max(1, round(OBJECTS * scale))
    frames = rng.integers(30, 89, videos)
    owner = rng.permutation(np.arange(objects) % videos)  # anno_ids of one video lie all over the file
    split = folder / "train"
    split.mkdir(parents=True)
    with (split / "mask_dict.json").open("w", encoding="ascii") as file:
        for anno_id, video in enumerate(owner.tolist()):
            file.write("{" if anno_id == 0 else ", ")
            size = SIZES[video % len(SIZES)]
            file.write(f'"{anno_id}": {json.dumps(track(rng, int(frames[video]), *size))}')
        file.write("}")
    meta = {
        f"video{video:04d}": {
            "vid_id": video,
            "frames": [f"{frame:05d}" for frame in range(frames[video])],
            "expressions": sentences(np.flatnonzero(owner == video).tolist(), round(EXPRESSIONS / VIDEOS)),
        }
        for video in range(videos)
    }
    (split / "meta_expressions.json").write_text(json.dumps({"videos": meta}), encoding="utf-8")


def sentences(anno_ids: list[int], count: int) -> dict[str, object]:
    """Each object is meant by some sentence."""
    return {
        str(number): {
            "exp": f"the one that moves as number {number}",
            "obj_id": [number % len(anno_ids)],
            "anno_id": [anno_ids[number % len(anno_ids)]],
        }
        for number in range(max(count, len(anno_ids)))
    }


def track(rng: np.random.Generator, frames: int, height: int, width: int) -> list[object]:
    """The masks of an object with a ragged outline, frame by frame; drawn as runs: pixels take hours."""
    columns = int(rng.integers(*COLUMNS))
    middle = height / 2 + np.cumsum(rng.normal(0, 2, columns))
    half = np.full(columns, rng.integers(40, height // 3)) + np.cumsum(rng.normal(0, 1.5, columns))
    left = int(rng.integers(0, width - columns))
    entry: list[object] = []
    for _ in range(frames):
        if rng.random() < ABSENT:
            entry.append(None)
            continue
        ragged = rng.integers(-3, 4, (2, columns))
        top = np.clip(middle - half + ragged[0], 1, height - 3).astype(np.int64)
        bottom = np.clip(middle + half + ragged[1], top + 1, height - 1).astype(np.int64)
        entry.append({"size": [height, width], "counts": counts(left, top, bottom, height, width)})
        left = int(np.clip(left + rng.integers(-4, 5), 0, width - columns))
    return entry


def counts(left: int, top: Integers, bottom: Integers, height: int, width: int) -> str:
    """One stretch from `top` to `bottom` in each column from `left` on."""
    start = (left + np.arange(top.size)) * height + top
    edges = np.column_stack((start, start + bottom - top)).ravel()
    return rle.compress(np.diff(edges, prepend=0, append=height * width)).decode("ascii")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make_release(Path(sys.argv[2]), float(sys.argv[3]))
    else:
        main()
