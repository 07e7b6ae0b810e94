"""PNG files that are damaged, hostile or of another kind: refused for the same reason by both kernels."""

from __future__ import annotations

import tracemalloc
import zlib

import numpy as np
import png_files
import pytest
from hypothesis import given
from hypothesis import strategies as st
from png_files import SIGNATURE, chunk, compressed, header, pixel_chunks, png, raw_rows, with_stream

from rvosbench._kernels import twin
from rvosbench._kernels.interface import Kernel
from rvosbench._kernels.reasons import KernelError, Reason

VALUES = np.arange(6 * 10, dtype=np.uint8).reshape(6, 10)
RAW = raw_rows(VALUES, (0,))
STREAM = compressed(RAW)
PIXELS = pixel_chunks(STREAM)
END = chunk(b"IEND")
PALETTE = chunk(b"PLTE", bytes(768))


def reason(kernel: Kernel, file: bytes, height: int = 6, width: int = 10) -> Reason:
    """ACCEPTED, or why the file is refused, which must be the same for masks and label maps."""
    found = []
    for read in (kernel.png_plane, kernel.png_labels):
        try:
            read(file, height, width)
            found.append(Reason.ACCEPTED)
        except KernelError as error:
            found.append(error.reason)
    assert found[0] == found[1]
    return found[0]


def deflated(raw: bytes, adler: int | None = None, header_bytes: bytes = b"\x78\x9c") -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    checksum = zlib.adler32(raw) if adler is None else adler
    return header_bytes + squeezer.compress(raw) + squeezer.flush() + checksum.to_bytes(4, "big")


def bad_crc(one: bytes) -> bytes:
    return one[:-1] + bytes([one[-1] ^ 1])


REFUSED = {
    "nothing at all": (b"", Reason.NOT_PNG),
    "a JPEG": (b"\xff\xd8\xff\xe0" + bytes(60), Reason.NOT_PNG),
    "a signature alone": (SIGNATURE, Reason.TRUNCATED),
    "a file without pixels": (SIGNATURE + header(6, 10) + END, Reason.BAD_CHUNK),
    "a file without an end": (SIGNATURE + header(6, 10) + PIXELS, Reason.TRUNCATED),
    "pixels before the header": (SIGNATURE + PIXELS + header(6, 10) + END, Reason.BAD_CHUNK),
    "two headers": (SIGNATURE + header(6, 10) * 2 + PIXELS + END, Reason.BAD_CHUNK),
    "a short header": (SIGNATURE + chunk(b"IHDR", bytes(12)) + PIXELS + END, Reason.BAD_CHUNK),
    "no rows": (SIGNATURE + header(0, 10) + PIXELS + END, Reason.BAD_CHUNK),
    "2^31 columns": (SIGNATURE + header(6, 2**31) + PIXELS + END, Reason.BAD_CHUNK),
    "an unknown compression": (SIGNATURE + header(6, 10, rest=b"\1\0") + PIXELS + END, Reason.BAD_CHUNK),
    "an unknown filter method": (SIGNATURE + header(6, 10, rest=b"\0\1") + PIXELS + END, Reason.BAD_CHUNK),
    "an unknown interlacing": (SIGNATURE + header(6, 10, interlace=2) + PIXELS + END, Reason.BAD_CHUNK),
    "an unknown chunk that matters": (
        SIGNATURE + header(6, 10) + chunk(b"MASK") + PIXELS + END,
        Reason.BAD_CHUNK,
    ),
    "a chunk without a name": (
        SIGNATURE + header(6, 10) + chunk(b"a1b2") + PIXELS + END,
        Reason.BAD_CHUNK,
    ),
    "a chunk of 2^31 bytes": (SIGNATURE + header(6, 10) + b"\x80\0\0\0IDAT" + bytes(20), Reason.BAD_CHUNK),
    "a chunk that goes on after the file": (
        SIGNATURE + header(6, 10) + b"\0\0\1\0IDAT" + bytes(20),
        Reason.TRUNCATED,
    ),
    "pixels in two places": (
        SIGNATURE + header(6, 10) + PIXELS + chunk(b"tEXt") + PIXELS + END,
        Reason.BAD_CHUNK,
    ),
    "a palette image without palette": (
        SIGNATURE + header(6, 10, 8, png_files.PALETTE) + PIXELS + END,
        Reason.BAD_CHUNK,
    ),
    "a palette after the pixels": (
        SIGNATURE + header(6, 10, 8, png_files.PALETTE) + PIXELS + PALETTE + END,
        Reason.BAD_CHUNK,
    ),
    "two palettes": (
        SIGNATURE + header(6, 10, 8, png_files.PALETTE) + PALETTE * 2 + PIXELS + END,
        Reason.BAD_CHUNK,
    ),
    "a palette of half a colour": (
        SIGNATURE + header(6, 10, 8, png_files.PALETTE) + chunk(b"PLTE", bytes(4)) + PIXELS + END,
        Reason.BAD_CHUNK,
    ),
    "a header with a wrong checksum": (SIGNATURE + bad_crc(header(6, 10)) + PIXELS + END, Reason.BAD_CRC),
    "pixels with a wrong checksum": (SIGNATURE + header(6, 10) + bad_crc(PIXELS) + END, Reason.BAD_CRC),
    "an end with a wrong checksum": (SIGNATURE + header(6, 10) + PIXELS + bad_crc(END), Reason.BAD_CRC),
    "colours": (SIGNATURE + header(6, 10, 8, png_files.RGB) + PIXELS + END, Reason.WRONG_MODE),
    "colours and transparency": (
        SIGNATURE + header(6, 10, 8, png_files.RGBA) + PIXELS + END,
        Reason.WRONG_MODE,
    ),
    "gray and transparency": (
        SIGNATURE + header(6, 10, 8, png_files.GRAY_ALPHA) + PIXELS + END,
        Reason.WRONG_MODE,
    ),
    "16 bits": (SIGNATURE + header(6, 10, 16) + PIXELS + END, Reason.WRONG_MODE),
    "3 bits": (SIGNATURE + header(6, 10, 3) + PIXELS + END, Reason.WRONG_MODE),
    "another size": (png(VALUES.T.copy()), Reason.WRONG_SIZE),
    "no stream": (with_stream(6, 10, b""), Reason.TOO_LITTLE_DATA),
    "a stream of another kind": (with_stream(6, 10, deflated(RAW, None, b"\x1f\x8b")), Reason.BAD_STREAM),
    "a stream with a dictionary": (with_stream(6, 10, deflated(RAW, None, b"\x78\xbb")), Reason.BAD_STREAM),
    "a stream header that does not add up": (
        with_stream(6, 10, deflated(RAW, None, b"\x78\x9d")),
        Reason.BAD_STREAM,
    ),
    "a block of no kind": (with_stream(6, 10, b"\x78\x9c\x07\0\0\0\0"), Reason.BAD_STREAM),
    "a stored block that contradicts itself": (
        with_stream(6, 10, b"\x78\x9c\x01\x05\0\0\0hello"),
        Reason.BAD_STREAM,
    ),
    "a match before the beginning": (with_stream(6, 10, b"\x78\x9c\x03\x02\0\0\0\0"), Reason.BAD_STREAM),
    "one row too few": (with_stream(6, 10, compressed(RAW[:-11])), Reason.TOO_LITTLE_DATA),
    "one byte too few": (with_stream(6, 10, compressed(RAW[:-1])), Reason.TOO_LITTLE_DATA),
    "one byte too many": (with_stream(6, 10, compressed(RAW + b"\0")), Reason.TOO_MUCH_DATA),
    "half a stream": (with_stream(6, 10, STREAM[: len(STREAM) // 2]), Reason.TOO_LITTLE_DATA),
    "a stream without checksum": (with_stream(6, 10, STREAM[:-4]), Reason.TOO_LITTLE_DATA),
    "a wrong checksum of the pixels": (with_stream(6, 10, deflated(RAW, 12345)), Reason.BAD_ADLER),
    "something after the stream": (with_stream(6, 10, STREAM + b"\0"), Reason.TOO_MUCH_DATA),
    "an unknown filter": (with_stream(6, 10, compressed(RAW[:11] + b"\5" + RAW[12:])), Reason.BAD_FILTER),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(kernel: Kernel, name: str) -> None:
    file, expected = REFUSED[name]
    assert reason(kernel, file) == expected


def test_every_reason_of_a_png_is_tested() -> None:
    of_counts = {Reason.BAD_COUNTS, Reason.BAD_RUNS}
    assert {expected for _, expected in REFUSED.values()} == set(Reason) - of_counts - {Reason.ACCEPTED}


def test_every_reason_says_what_was_found() -> None:
    assert all(KernelError(one).reason is one and str(KernelError(one)) for one in Reason)


def test_a_file_cut_off_anywhere_is_refused(kernel: Kernel) -> None:
    file = png(VALUES, filters=(0, 1, 2, 3, 4), idat=20)
    for length in range(len(file)):
        assert reason(kernel, file[:length]) in {Reason.NOT_PNG, Reason.TRUNCATED}, length


def test_a_byte_changed_anywhere_is_noticed(kernel: Kernel) -> None:
    file = png(VALUES, filters=(0, 1, 2, 3, 4))
    for place in range(len(file)):
        changed = bytearray(file)
        changed[place] ^= 0x41
        assert reason(kernel, bytes(changed)) != Reason.ACCEPTED, place


def test_a_file_that_claims_to_be_huge_costs_nothing(kernel: Kernel) -> None:
    """Its header is compared with the size that is expected, before memory is asked for."""
    raw = compressed(bytes(10_000_000))
    file = SIGNATURE + header(60_000, 60_000) + pixel_chunks(raw) + END
    tracemalloc.start()
    assert reason(kernel, file) == Reason.WRONG_SIZE
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()


@pytest.mark.parametrize(("height", "width"), [(0, 10), (-1, 10), (10, 0), (65537, 10), (10, 65537)])
def test_sizes_that_no_image_has_are_an_error_of_the_caller(kernel: Kernel, height: int, width: int) -> None:
    for call in (kernel.png_plane, kernel.png_labels, kernel.rle_plane):
        with pytest.raises(ValueError, match="an image of"):
            call(b"", height, width)


@given(st.binary(max_size=80))
def test_any_stream_has_the_same_outcome_for_both(native: Kernel, stream: bytes) -> None:
    """The twin trusts zlib."""
    file = with_stream(6, 10, b"\x78\x9c" + stream)
    assert reason(native, file) == reason(twin, file)


@given(st.binary(min_size=1, max_size=30), st.integers(0, 40), st.integers(0, 2))
def test_a_damaged_dynamic_block_has_the_same_outcome_for_both(
    native: Kernel, noise: bytes, place: int, size: int
) -> None:
    """Longer or shorter than it should be, at that."""
    values = np.random.default_rng(1).integers(0, 40, (30, 40)).astype(np.uint8)
    stream = bytearray(compressed(raw_rows(values, (0,))))
    stream[2 + place : 2 + place + len(noise)] = noise
    width = (39, 40, 41)[size]
    file = with_stream(30, width, bytes(stream))
    assert reason(native, file, 30, width) == reason(twin, file, 30, width)


def test_what_is_refused_leaves_nothing_behind(kernel: Kernel) -> None:
    """Memory is used again: after each refusal the next image must be as before."""
    good = png(VALUES)
    expected = kernel.png_plane(good, 6, 10)
    for file, _ in REFUSED.values():
        reason(kernel, file)
        assert kernel.png_plane(good, 6, 10) == expected
