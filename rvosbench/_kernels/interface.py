"""What a kernel can do. Both implementations are modules with these functions, and equal in every outcome.

A *plane* is bytes: for each row ceil(width / 64) words of 64 bits in the order of the machine, bit k of word
j being pixel 64 j + k. The spare bits of the last word of a row are zero. `spans` are those of `disk.spans`.
Everything that can be wrong with bytes of others raises `KernelError`; arguments that do not fit each other
raise `ValueError`. Nothing is allocated by what a file says of itself: sizes are those that the caller
expects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Buffer = bytes | bytearray | memoryview
Truth = Any
"""Ground truth, prepared; of use only to the implementation that made it. Has an `area`."""
Records = tuple[bytes, list[bytes | None] | None]
"""A record for each frame (`planes.FRAME`), and the planes of the predictions if they were to be kept."""


class Kernel(Protocol):
    def png_header(self, data: Buffer, /) -> tuple[int, int, int, int, int]:
        """Height, width, depth, colour type and interlacing of any PNG, also of one that is refused later."""

    def png_plane(self, data: Buffer, height: int, width: int, /) -> tuple[bytes, int]:
        """The pixels that are not 0, and facts about the image (`planes.PngFacts`)."""

    def png_labels(self, data: Buffer, height: int, width: int, /) -> tuple[bytes, int]:
        """The values of the pixels as the file has them, a byte each: palette indices or unscaled grays."""

    def rle_plane(self, counts: Buffer, height: int, width: int, /) -> bytes:
        """The plane of COCO compressed run lengths."""

    def rle_counts(self, plane: Buffer, height: int, width: int, /) -> bytes:
        """The canonical COCO compressed run lengths of a plane."""

    def plane_from_pixels(self, pixels: Buffer, height: int, width: int, label: int = -1, /) -> bytes:
        """The pixels, a byte each, that are not 0; or that equal `label`."""

    def plane_to_pixels(self, plane: Buffer, height: int, width: int, /) -> bytes:
        """A byte for each pixel, 0 or 1."""

    def union(self, a: Buffer, b: Buffer, /) -> bytes:
        """The pixels that either plane has."""

    def area(self, plane: Buffer, /) -> int:
        """How many pixels are set."""

    def intersection_union(self, a: Buffer, b: Buffer, void: Buffer | None = None, /) -> tuple[int, int]:
        """How many pixels both planes have, and how many either has, outside of `void`."""

    def boundary(self, plane: Buffer, height: int, width: int, /) -> bytes:
        """Pixels that differ from their right, lower or lower right neighbour; never the border of the
        image."""

    def dilate(self, plane: Buffer, height: int, width: int, spans: Buffer, /) -> bytes:
        """Every pixel grown to a disk: set if a pixel at one of the offsets of the disk is set."""

    def prepare(
        self, plane: Buffer, height: int, width: int, spans: Buffer, void: Buffer | None = None, /
    ) -> Truth:
        """Ground truth of a frame, ready for scoring any number of predictions. Pixels of `void` are taken
        out of it, and later out of the predictions, before anything is measured."""

    def score(self, truth: Truth, plane: Buffer, /) -> tuple[float, float]:
        """J and boundary F, as the official scripts compute them."""

    def score_pngs(self, truths: Sequence[Truth], files: Sequence[Buffer], keep: bool = False, /) -> Records:
        """Scores whole PNG files, one for each truth; what is refused has its reason in its record."""

    def score_counts(
        self, truths: Sequence[Truth], counts: Sequence[Buffer], keep: bool = False, /
    ) -> Records:
        """Scores run lengths."""

    def score_planes(self, truths: Sequence[Truth], planes: Sequence[Buffer], /) -> Records:
        """Scores planes; one of another size is a `ValueError`."""
