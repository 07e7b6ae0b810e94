"""The kernel by itself: milliseconds for each mask, at three sizes, beside the least that any reader must do.

    python benchmarks/kernel.py [--masks 200] [--rounds 9] [--source FOLDER]

FOLDER holds label maps as PNG files, in any depth of folders; without it, and without real material in
RVOSBENCH_REAL_DATA, masks are made up. Ground truth is the label 1 of each, enlarged for the larger sizes;
the prediction is a copy of it, shifted by a few pixels, written by Pillow as 8-bit gray.

The floor is to read the files and to decompress them with the fastest binding that is installed, into memory
that nobody looks at. All stages take turns on the same files, on one core; times are CPU time.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import platform
import statistics
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rvosbench import _kernels
from rvosbench._kernels import twin
from rvosbench._kernels.disk import boundary_radius, spans
from rvosbench._kernels.interface import Kernel, Truth

Mask = NDArray[np.bool_]
Inflate = Callable[[bytes, int], object]

SIZES = {"480p": 480, "720p": 720, "1080p": 1080}
SHIFT = (3, 5)
TWIN_MASKS = 40
BINDINGS: dict[str, tuple[str, str]] = {
    "zlib-ng": ("zlib_ng.zlib_ng", "decompress"),
    "isal": ("isal.isal_zlib", "decompress"),
    "libdeflate": ("deflate", "zlib_decompress"),
    "zlib": ("zlib", "decompress"),
}


@dataclass(frozen=True)
class Material:
    """Predictions as files; ground truth in all the forms that the stages take."""

    paths: list[Path]
    files: list[bytes]
    sizes: list[tuple[int, int]]
    streams: list[bytes]
    truths: list[Mask]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--masks", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--source", type=Path, default=os.environ.get("RVOSBENCH_REAL_DATA"))
    options = parser.parse_args()
    masks = list(real(options.source, options.masks) if options.source else made_up(options.masks))
    kind = "real" if options.source else "made-up"
    print(f"Python {platform.python_version()}, {platform.machine()}, numpy {np.__version__}")
    print(f"{len(masks)} {kind} masks, {options.rounds} rounds, kernel: {_kernels.name()}\n")
    for name, height in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            material = prepared(masks, height, Path(folder))
            show(name, material, *timed(stages(material), options.rounds))


def real(source: Path, number: int) -> Iterator[Mask]:
    paths = sorted(source.rglob("*.png"))
    for path in paths[:: max(1, len(paths) // number)][:number]:
        with Image.open(path) as image:
            yield np.asarray(image) == 1


def made_up(number: int) -> Iterator[Mask]:
    """Ellipses with a wavy edge, as large as objects of DAVIS."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:480, :854]
    for _ in range(number):
        centre, half = random.uniform((120, 200), (360, 654)), random.uniform(30, 160, 2)
        angle = np.arctan2(y - centre[0], x - centre[1])
        wave = 1 + 0.1 * np.sin(7 * angle + random.uniform(0, 6)) + 0.05 * np.sin(23 * angle)
        yield ((y - centre[0]) / half[0]) ** 2 + ((x - centre[1]) / half[1]) ** 2 <= wave


def prepared(masks: list[Mask], height: int, folder: Path) -> Material:
    material = Material([], [], [], [], [])
    for number, mask in enumerate(masks):
        image = Image.fromarray(mask.astype(np.uint8) * 255)
        if image.height != height:
            width = round(image.width * height / image.height)
            image = image.resize((width, height), Image.Resampling.BICUBIC)
        truth = np.asarray(image) > 127
        path = folder / f"{number:05d}.png"
        Image.fromarray(np.roll(truth, SHIFT, (0, 1)).astype(np.uint8) * 255).save(path)
        material.paths.append(path)
        material.files.append(path.read_bytes())
        material.sizes.append((truth.shape[0], truth.shape[1]))
        material.streams.append(stream_of(material.files[-1]))
        material.truths.append(truth)
    return material


def stream_of(file: bytes) -> bytes:
    parts, at = io.BytesIO(), 8
    while at < len(file):
        length, kind = struct.unpack_from(">I4s", file, at)
        if kind == b"IDAT":
            parts.write(file[at + 8 : at + 8 + length])
        at += 12 + length
    return parts.getvalue()


def read(paths: list[Path]) -> list[bytes]:
    found = []
    for path in paths:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  (Path.open takes longer)
            found.append(file.read())
    return found


def stages(material: Material) -> dict[str, tuple[Callable[[], object], int]]:
    """Name -> what is timed, and how many masks it works on."""
    number = len(material.paths)
    found: dict[str, tuple[Callable[[], object], int]] = {"read": (lambda: read(material.paths), number)}
    for name, (module, function) in BINDINGS.items():
        try:
            inflate = getattr(importlib.import_module(module), function)
        except ImportError:
            continue
        found[f"inflate, {name}"] = (inflating(inflate, name == "libdeflate", material), number)
    found |= of_kernel(_kernels.kernel(), material, number)
    if _kernels.name() == _kernels.NATIVE:
        few = min(number, TWIN_MASKS)
        found |= {f"twin: {name}": stage for name, stage in of_kernel(twin, material, few).items()}
    return found


def inflating(inflate: Callable[..., object], only_size: bool, material: Material) -> Callable[[], object]:
    sizes = [height * (width + 1) for height, width in material.sizes]

    def run() -> None:
        for stream, size in zip(material.streams, sizes, strict=True):
            if only_size:
                inflate(stream, size)
            else:
                inflate(stream, 15, size)

    return run


def of_kernel(kernel: Kernel, material: Material, number: int) -> dict[str, tuple[Callable[[], object], int]]:
    sizes, files = material.sizes[:number], material.files[:number]
    disks = [spans(boundary_radius(*size)) for size in sizes]
    masks = [
        kernel.plane_from_pixels(mask.tobytes(), *size)
        for mask, size in zip(material.truths, sizes, strict=False)
    ]
    counts = [kernel.rle_counts(plane, *size) for plane, size in zip(masks, sizes, strict=True)]
    predictions = [kernel.png_plane(file, *size)[0] for file, size in zip(files, sizes, strict=True)]

    def prepare() -> list[Truth]:
        return [
            kernel.prepare(plane, height, width, disk)
            for plane, (height, width), disk in zip(masks, sizes, disks, strict=True)
        ]

    truths = prepare()
    return {
        "decode PNG": (
            lambda: [kernel.png_plane(file, *size) for file, size in zip(files, sizes, strict=True)],
            number,
        ),
        "decode RLE": (
            lambda: [kernel.rle_plane(text, *size) for text, size in zip(counts, sizes, strict=True)],
            number,
        ),
        "prepare ground truth": (prepare, number),
        "J and F of planes": (lambda: kernel.score_planes(truths, predictions), number),
        "J and F of PNGs in memory": (lambda: kernel.score_pngs(truths, files), number),
        "everything: read, decode both, prepare, J and F": (
            lambda: everything(kernel, material, disks, counts, number),
            number,
        ),
    }


def everything(
    kernel: Kernel, material: Material, disks: list[bytes], counts: list[bytes], number: int
) -> object:
    truths = [
        kernel.prepare(kernel.rle_plane(text, height, width), height, width, disk)
        for text, (height, width), disk in zip(counts, material.sizes, disks, strict=False)
    ]
    return kernel.score_pngs(truths, read(material.paths[:number]))


def timed(
    work: dict[str, tuple[Callable[[], object], int]], rounds: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds for each mask: medians, and the best."""
    seen: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, (run, number) in work.items():
            start = time.process_time()
            run()
            seen[name].append((time.process_time() - start) / number * 1000)
    return (
        {name: statistics.median(times) for name, times in seen.items()},
        {name: min(times) for name, times in seen.items()},
    )


def show(size: str, material: Material, median: dict[str, float], best: dict[str, float]) -> None:
    inflate = min((name for name in median if name.startswith("inflate")), key=lambda name: median[name])
    floor, least = median["read"] + median[inflate], best["read"] + best[inflate]
    length = statistics.mean(map(len, material.files))
    radius = boundary_radius(*material.sizes[0])
    print(f"### {size}: files of {length:.0f} bytes, radius {radius}\n")
    print("| | ms (median) | ms (best) | of the floor |\n|---|---|---|---|")
    print(f"| **floor: read + {inflate}** | {floor:.4f} | {least:.4f} | 1.00 |")
    for name in median:
        print(f"| {name} | {median[name]:.4f} | {best[name]:.4f} | {median[name] / floor:.2f} |")
    print()


if __name__ == "__main__":
    main()
