"""Masks as bit planes: what scoring works on, through whichever kernel this process has.

A plane takes an eighth of a byte for each pixel, and everything that scores are made of (intersection, union,
boundary, distance to a boundary) is done on 64 pixels at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rvosbench._kernels import kernel
from rvosbench._kernels.disk import boundary_radius, spans
from rvosbench._kernels.interface import Buffer, Records
from rvosbench._kernels.reasons import KernelError, Reason

__all__ = [
    "FRAME",
    "FrameScores",
    "KernelError",
    "Plane",
    "PngFacts",
    "PngHeader",
    "Reason",
    "Truth",
    "boundary_radius",
    "prepare",
    "read_header",
    "read_labels",
    "read_png",
    "score",
    "score_counts",
    "score_planes",
    "score_pngs",
]

FRAME = np.dtype(
    [
        ("J", np.float64),
        ("F", np.float64),
        ("intersection", np.int64),
        ("union", np.int64),
        ("area", np.int64),  # of the prediction, outside the void
        ("facts", np.uint32),
        ("reason", np.int32),  # 0, or why the prediction was refused
    ]
)


class PngHeader(NamedTuple):
    """What any PNG says of itself, also one that is refused later."""

    height: int
    width: int
    depth: int
    colour_type: int
    interlace: int


@dataclass(frozen=True, slots=True)
class PngFacts:
    """What a reader of masks should know of an image beside its mask."""

    largest: int
    """The largest value of a pixel."""
    distinct: int
    """How many values other than 0 occur; a mask has one at most, a soft mask or a label map more."""
    palette: bool
    interlaced: bool
    dark: bool
    """A value other than 0 is used whose colour is 0 in a gray reading: official scripts would lose it."""
    light_zero: bool
    """The colour of 0 is not 0 in a gray reading: official scripts would take it for foreground."""

    @classmethod
    def from_bits(cls, bits: int) -> PngFacts:
        """Takes apart what the kernel packs into one number."""
        flags = [bool(bits >> place & 1) for place in (16, 17, 18, 19)]
        return cls(bits & 0xFF, bits >> 8 & 0xFF, *flags)


@dataclass(frozen=True, slots=True)
class Plane:
    """A mask, 64 pixels to a word; how exactly, is said in `rvosbench._kernels.interface`."""

    words: bytes
    height: int
    width: int

    @classmethod
    def from_array(cls, mask: NDArray[np.generic]) -> Plane:
        """Whatever is not zero is foreground."""
        if mask.ndim != 2:
            raise ValueError(f"a mask has two dimensions, not {mask.ndim}")
        pixels = np.ascontiguousarray(mask)
        if pixels.dtype.itemsize != 1:
            pixels = pixels != 0
        height, width = pixels.shape
        return cls(kernel().plane_from_pixels(pixels.data.cast("B"), height, width), height, width)

    @classmethod
    def from_label(cls, labels: NDArray[np.uint8], label: int) -> Plane:
        """The pixels that have this label."""
        height, width = labels.shape
        pixels = np.ascontiguousarray(labels, np.uint8).data.cast("B")
        return cls(kernel().plane_from_pixels(pixels, height, width, label), height, width)

    @classmethod
    def from_counts(cls, counts: Buffer, height: int, width: int) -> Plane:
        """From COCO compressed run lengths."""
        return cls(kernel().rle_plane(counts, height, width), height, width)

    @classmethod
    def empty(cls, height: int, width: int) -> Plane:
        return cls(bytes(height * -(-width // 64) * 8), height, width)

    def to_array(self) -> NDArray[np.bool_]:
        pixels = np.frombuffer(kernel().plane_to_pixels(self.words, self.height, self.width), np.bool_)
        return pixels.reshape(self.height, self.width)

    def to_counts(self) -> bytes:
        """Canonical COCO compressed run lengths."""
        return kernel().rle_counts(self.words, self.height, self.width)

    @property
    def area(self) -> int:
        return kernel().area(self.words)

    def __or__(self, other: Plane) -> Plane:
        self._check_size(other)
        return Plane(kernel().union(self.words, other.words), self.height, self.width)

    def intersection_union(self, other: Plane, void: Plane | None = None) -> tuple[int, int]:
        """How many pixels both have, and how many either has, outside of `void`."""
        for one in (other, void):
            if one is not None:
                self._check_size(one)
        return kernel().intersection_union(self.words, other.words, None if void is None else void.words)

    def boundary(self) -> Plane:
        """Pixels that differ from their right, lower or lower right neighbour; never the border."""
        return Plane(kernel().boundary(self.words, self.height, self.width), self.height, self.width)

    def dilated(self, radius: float) -> Plane:
        """Every pixel grown to a disk of this radius."""
        words = kernel().dilate(self.words, self.height, self.width, spans(radius))
        return Plane(words, self.height, self.width)

    def _check_size(self, other: Plane) -> None:
        if (self.height, self.width) != (other.height, other.width):
            raise ValueError(f"planes of {self.width}x{self.height} and {other.width}x{other.height} pixels")


def read_header(file: Buffer) -> PngHeader:
    return PngHeader(*kernel().png_header(file))


def read_png(file: Buffer, height: int, width: int) -> tuple[Plane, PngFacts]:
    """The mask of a whole PNG file of this size: every pixel that is not 0."""
    words, facts = kernel().png_plane(file, height, width)
    return Plane(words, height, width), PngFacts.from_bits(facts)


def read_labels(file: Buffer, height: int, width: int) -> tuple[NDArray[np.uint8], PngFacts]:
    """The label map of a whole PNG file of this size: values as the file has them, not colours."""
    labels, facts = kernel().png_labels(file, height, width)
    return np.frombuffer(labels, np.uint8).reshape(height, width), PngFacts.from_bits(facts)


@dataclass(frozen=True, slots=True)
class Truth:
    """Ground truth of one frame, prepared once and shared by all predictions that are scored against it."""

    prepared: Any
    height: int
    width: int

    @property
    def area(self) -> int:
        """Outside of the void."""
        area: int = self.prepared.area
        return area


def prepare(plane: Plane, radius: float | None = None, void: Plane | None = None) -> Truth:
    """Ground truth, ready for scoring, with the radius of DAVIS unless another one is given. `void` does not
    count, neither here nor in the predictions."""
    if void is not None and (void.height, void.width) != (plane.height, plane.width):
        raise ValueError(f"a void of {void.width}x{void.height} for {plane.width}x{plane.height} pixels")
    disk = spans(boundary_radius(plane.height, plane.width) if radius is None else radius)
    left_out = None if void is None else void.words
    prepared = kernel().prepare(plane.words, plane.height, plane.width, disk, left_out)
    return Truth(prepared, plane.height, plane.width)


def score(truth: Truth, prediction: Plane) -> tuple[float, float]:
    """J and boundary F of one frame."""
    _check_fit(truth, prediction)
    return kernel().score(truth.prepared, prediction.words)


@dataclass(frozen=True, slots=True)
class FrameScores:
    """`frames` has a `FRAME` for each prediction; `planes` has their masks if they were asked for."""

    frames: NDArray[np.void]
    planes: tuple[Plane | None, ...] | None


def score_pngs(
    truths: Sequence[Truth], files: Sequence[Buffer], *, threads: int = 1, keep: bool = False
) -> FrameScores:
    """Scores whole PNG files, one for each truth, in as many threads as asked for. A file that is refused
    gets its reason instead of scores, and no plane."""
    return _in_threads(kernel().score_pngs, truths, files, threads, keep)


def score_counts(
    truths: Sequence[Truth], counts: Sequence[Buffer], *, threads: int = 1, keep: bool = False
) -> FrameScores:
    """The same for COCO compressed run lengths."""
    return _in_threads(kernel().score_counts, truths, counts, threads, keep)


def score_planes(truths: Sequence[Truth], planes: Sequence[Plane], *, threads: int = 1) -> FrameScores:
    """The same for planes."""
    for truth, plane in zip(truths, planes, strict=False):
        _check_fit(truth, plane)

    def work(prepared: Sequence[Any], words: Sequence[Buffer], keep: bool) -> Records:
        return kernel().score_planes(prepared, words)

    return _in_threads(work, truths, [plane.words for plane in planes], threads, keep=False)


def _check_fit(truth: Truth, plane: Plane) -> None:
    if (truth.height, truth.width) != (plane.height, plane.width):
        raise ValueError(
            f"a prediction of {plane.width}x{plane.height} pixels for {truth.width}x{truth.height}"
        )


def _in_threads(
    work: Callable[[Sequence[Any], Sequence[Buffer], bool], Records],
    truths: Sequence[Truth],
    sources: Sequence[Buffer],
    threads: int,
    keep: bool,
) -> FrameScores:
    """The kernel works without the interpreter lock, so threads are enough to use all cores."""
    if len(truths) != len(sources):
        raise ValueError("as many predictions as frames of ground truth are needed")
    prepared = [truth.prepared for truth in truths]
    parts = max(1, min(threads, len(prepared)))
    bounds = [len(prepared) * part // parts for part in range(parts + 1)]
    if parts == 1:
        results = [work(prepared, sources, keep)]
    else:
        with ThreadPoolExecutor(parts) as pool:
            tasks = [pool.submit(work, prepared[a:b], sources[a:b], keep) for a, b in pairwise(bounds)]
            results = [task.result() for task in tasks]
    frames = np.frombuffer(b"".join(records for records, _ in results), FRAME)
    if not keep:
        return FrameScores(frames, None)
    words = [plane for _, planes in results for plane in planes or ()]
    planes = (
        None if plane is None else Plane(plane, truth.height, truth.width)
        for plane, truth in zip(words, truths, strict=True)
    )
    return FrameScores(frames, tuple(planes))
