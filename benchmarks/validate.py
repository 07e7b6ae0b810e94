"""Time and peak memory of `rvosbench validate` and `pack` on a submission as large as that for MeViS valid.

    python benchmarks/validate.py [--videos 140] [--deep] [--pack]

140 videos of 79 frames with 16 sentences each: 176,960 masks of 480p in one zip, written by code from a few
different masks; stored, and deflated as `zip -r` does it. Each command runs in a process of its own, from its
start to its verdict. `--deep` also decodes all of them, `--pack` also writes the zip anew; both take minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np

from rvosbench.datasets.base import find
from rvosbench.masks import rle
from rvosbench.masks.planes import Plane
from rvosbench.pack.pngs import gray_png
from rvosbench.pack.zip_file import ZipWriter
from rvosbench.splits.convert import convert

SIZE = 480, 854
FRAMES, SENTENCES, DIFFERENT = 79, 16, 50
NAME = "mevis-v1:valid_u"


def blob(number: int) -> Plane:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    distance = ((rows - 240) / (80 + number)) ** 2 + ((columns - 300 - 3 * number) / 140) ** 2
    return Plane.from_array(distance < 1 + 0.1 * np.sin(rows / 9) * np.sin(columns / 7))


def release(folder: Path, videos: int) -> None:
    counts = {"size": list(SIZE), "counts": rle.encode(blob(0).to_array()).decode()}
    frames = [f"{frame:05d}" for frame in range(FRAMES)]
    sentence = {"exp": "the blob", "obj_id": [0]}
    about = {
        f"{video:012x}": {
            "vid_id": video,
            "frames": frames,
            "expressions": {str(one): sentence | {"anno_id": [video]} for one in range(SENTENCES)},
        }
        for video in range(videos)
    }
    target = folder / "valid_u"
    target.mkdir(parents=True)
    (target / "meta_expressions.json").write_text(json.dumps({"videos": about}))
    masks = {str(video): [counts] * FRAMES for video in range(videos)}
    (target / "mask_dict.json").write_text(json.dumps(masks))


def names(videos: int) -> list[str]:
    return [
        f"{video:012x}/{sentence}/{frame:05d}.png"
        for video in range(videos)
        for sentence in range(SENTENCES)
        for frame in range(FRAMES)
    ]


def write_zips(folder: Path, videos: int) -> dict[str, Path]:
    pngs = [gray_png(blob(number)) for number in range(DIFFERENT)]
    stored, deflated = folder / "stored.zip", folder / "deflated.zip"
    with stored.open("wb") as file:
        writer = ZipWriter(file)
        for place, name in enumerate(names(videos)):
            writer.add(name, pngs[place % DIFFERENT])
        writer.close()
    with zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, name in enumerate(names(videos)):
            archive.writestr(name, pngs[place % DIFFERENT])
    return {"stored": stored, "deflated": deflated}


def run(*arguments: object) -> tuple[float, float, float, int]:
    """Wall and CPU seconds, peak megabytes, and the exit code."""
    command = [sys.executable, "-m", "rvosbench.cli", *map(str, arguments)]
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    process = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=140)
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--pack", action="store_true")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        release(folder / "release", arguments.videos)
        convert(find("mevis-v1"), folder / "release", "valid_u", data=folder / "home", frames="none")
        zips = write_zips(folder, arguments.videos)
        options = ("--dataset", NAME, "--data", folder / "home", "--for", "mevis")
        jobs: list[tuple[object, ...]] = [("validate", path, *options) for path in zips.values()]
        labels = [f"validate, {name}" for name in zips]
        if arguments.deep:
            jobs.append(("validate", zips["stored"], *options, "--deep"))
            labels.append("validate --deep, stored")
        if arguments.pack:
            jobs.append(("pack", zips["stored"], *options, "--out", folder / "packed.zip"))
            labels.append("pack")
        print(
            f"{len(names(arguments.videos)):,} masks, {zips['stored'].stat().st_size / 1e6:,.0f} MB stored\n"
        )
        print("| | wall s | CPU s | peak MB | exit |\n|---|---:|---:|---:|---:|")
        for label, job in zip(labels, jobs, strict=True):
            wall, cpu, peak, code = run(*job)
            print(f"| `{label}` | {wall:.1f} | {cpu:.1f} | {peak:,.0f} | {code} |", flush=True)


if __name__ == "__main__":
    main()
