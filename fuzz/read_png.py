"""Any bytes as a PNG file, read by the NumPy twin: refused for the same reason as by the compiled kernel, or
read as the same pixels. Checksums of chunks are put right first: hardly any mutation would get past them."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Mapping

import campaign

if __name__ == "__main__":
    campaign.instrument("rvosbench._kernels.twin")

from rvosbench._kernels import twin
from rvosbench._kernels.interface import Kernel
from rvosbench._kernels.reasons import KernelError

try:
    from rvosbench._kernels import native
except ImportError:
    native = None  # type: ignore[assignment]  # no compiler: nothing to compare with

MOST_PIXELS = 40_000


def seeds() -> Mapping[str, bytes]:
    sys.path.insert(0, str(campaign.HERE))
    import make_corpus

    return make_corpus.pngs()


def outcome(kernel: Kernel, file: bytes) -> object:
    try:
        height, width = kernel.png_header(file)[:2]
        if height * width > MOST_PIXELS:
            height, width = 5, 70
        plane, facts = kernel.png_plane(file, height, width)
        labels, of_labels = kernel.png_labels(file, height, width)
    except KernelError as error:
        return error.reason
    if facts != of_labels or plane != kernel.plane_from_pixels(labels, height, width):
        raise campaign.Finding("the mask and the label map of one file differ")
    return plane, labels, facts


def check(data: bytes) -> None:
    for file in {data, with_right_checksums(data)}:
        found = outcome(twin, file)
        if native is not None and outcome(native, file) != found:
            raise campaign.Finding("the kernels come to different outcomes")


def with_right_checksums(file: bytes) -> bytes:
    repaired, at = bytearray(file), 8
    while at + 12 <= len(file):
        (length,) = struct.unpack_from(">I", file, at)
        end = at + 8 + length
        if end + 4 > len(file):
            break
        repaired[end : end + 4] = zlib.crc32(file[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(repaired)


if __name__ == "__main__":
    campaign.main("png", seeds, check)
