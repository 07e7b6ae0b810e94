"""PNG files of every form that masks come in, read by both kernels."""

from __future__ import annotations

import io
import itertools
import zlib

import deflate_blocks
import numpy as np
import png_files
import pytest
import random_masks
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from png_files import ADAM7, GRAY, PALETTE, chunk, png

from rvosbench._kernels.interface import Kernel
from rvosbench.masks.planes import PngFacts

Pixels = NDArray[np.uint8]


def facts_of(values: Pixels, palette: bool = False, interlaced: bool = False) -> PngFacts:
    """Of an image whose palette, if it has one, is neither dark nor light in the wrong places."""
    used = np.unique(values[values != 0])
    return PngFacts(int(used.max(initial=0)), used.size, palette, interlaced, dark=False, light_zero=False)


def assert_read(kernel: Kernel, file: bytes, values: Pixels, facts: PngFacts | None = None) -> None:
    height, width = values.shape
    plane, seen = kernel.png_plane(file, height, width)
    labels, also_seen = kernel.png_labels(file, height, width)
    assert np.array_equal(np.frombuffer(labels, np.uint8).reshape(values.shape), values)
    assert plane == kernel.plane_from_pixels(values.tobytes(), height, width)
    assert PngFacts.from_bits(seen) == PngFacts.from_bits(also_seen) == (facts or facts_of(values))


def two_valued(shape: tuple[int, int], value: int, seed: int = 0) -> Pixels:
    mask = random_masks.blobs(np.random.default_rng(seed), shape)
    return np.where(mask, np.uint8(value), np.uint8(0))


@pytest.mark.parametrize("value", [1, 2, 85, 127, 128, 129, 170, 171, 254, 255])
@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (3,), (4,), (0, 1, 2, 3, 4), (4, 2, 1)])
def test_masks_of_any_value_and_filter(kernel: Kernel, filters: tuple[int, ...], value: int) -> None:
    """For some values two filters leave the same residuals, which bits cannot tell apart."""
    for seed, shape in enumerate([(37, 130), (5, 64), (64, 63), (3, 200), (1, 1)]):
        values = two_valued(shape, value, seed)
        assert_read(kernel, png(values, filters=filters), values)


@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (3,), (4,), (0, 1, 2, 3, 4), (2, 0)])
def test_soft_masks_and_label_maps_of_any_filter(kernel: Kernel, filters: tuple[int, ...]) -> None:
    random = np.random.default_rng(5)
    soft = random.integers(0, 256, (20, 75)).astype(np.uint8)
    labels = two_valued((40, 90), 1) + two_valued((40, 90), 2, seed=1)
    for values in (soft, labels):
        assert_read(kernel, png(values, filters=filters), values)


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("colour_type", [GRAY, PALETTE])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_every_depth(kernel: Kernel, depth: int, colour_type: int, interlace: int) -> None:
    random = np.random.default_rng(depth)
    palette = b"\0\0\0" + b"\x80\x80\x80" * 255
    for height, width in itertools.product((1, 2, 5, 8, 17), (1, 3, 4, 8, 9, 33, 64, 65)):
        values = random.integers(0, 1 << depth, (height, width)).astype(np.uint8)
        filters = random.integers(0, 5, 5).tolist()
        file = png(
            values,
            depth=depth,
            colour_type=colour_type,
            interlace=interlace,
            filters=filters,
            palette=palette,
        )
        assert_read(kernel, file, values, facts_of(values, colour_type == PALETTE, interlace == 1))


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_files_that_pillow_writes(kernel: Kernel, mode: str) -> None:
    """With the filters that a real encoder chooses, at a real size."""
    mask = random_masks.blobs(np.random.default_rng(2), (480, 854))
    values = np.where(mask, np.uint8(255 if mode == "L" else 1), np.uint8(0))
    image = Image.fromarray(mask if mode == "1" else values)
    if mode == "P":
        image.putpalette([0, 0, 0, 128, 0, 0])
    file = io.BytesIO()
    image.save(file, "PNG")
    assert_read(kernel, file.getvalue(), values, facts_of(values, palette=mode == "P"))


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 4, 8, 8, 8]),
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
    st.integers(0, 1),
    st.sampled_from([0, 0, 1, 7, 40]),
    st.integers(0, 9),
    st.integers(0, 4),
)
def test_any_file_is_read_as_pillow_reads_it(
    kernel: Kernel,
    seed: int,
    depth: int,
    filters: list[int],
    interlace: int,
    idat: int,
    level: int,
    strategy: int,
) -> None:
    random = np.random.default_rng(seed)
    shape = int(random.integers(1, 40)), int(random.integers(1, 150))
    values = random_masks.mask(random, shape) * np.uint8(random.integers(1, 1 << depth))
    if random.random() < 0.3:
        values = values ^ random_masks.mask(random, shape).astype(np.uint8)
    palette = b"\0\0\0" + b"\x80\x80\x80" * 255
    file = png(
        values,
        depth=depth,
        colour_type=PALETTE,
        palette=palette,
        filters=filters,
        interlace=interlace,
        idat=idat,
        level=level,
        strategy=strategy,
    )
    with Image.open(io.BytesIO(file)) as image:
        assert np.array_equal(np.asarray(image), values)
    assert_read(kernel, file, values, facts_of(values, palette=True, interlaced=interlace == 1))


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_a_stream_may_be_cut_into_chunks_anywhere(kernel: Kernel, size: int) -> None:
    values = two_valued((60, 100), 255)
    assert_read(kernel, png(values, filters=(4, 2), idat=size), values)


def test_a_chunk_of_pixels_may_be_empty(kernel: Kernel) -> None:
    values = two_valued((6, 10), 255)
    stream = png_files.compressed(png_files.raw_rows(values, (0,)))
    parts = [b"", stream[:5], b"", stream[5:], b""]
    file = (
        png_files.SIGNATURE
        + png_files.header(6, 10)
        + b"".join(chunk(b"IDAT", part) for part in parts)
        + chunk(b"IEND")
    )
    assert_read(kernel, file, values)


def test_the_default_image_of_an_animation_is_read(kernel: Kernel) -> None:
    """Its other frames are in chunks that readers of plain PNG do not know, and need not."""
    values, other = two_valued((6, 10), 255), two_valued((6, 10), 255, seed=9)
    frame = b"\0\0\0\1" + png_files.compressed(png_files.raw_rows(other, (0,)))
    extra = chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + chunk(b"fcTL", bytes(26))
    file = png(values, extra=extra)
    file = file[:-12] + chunk(b"fcTL", bytes(26)) + chunk(b"fdAT", frame) + file[-12:]
    assert_read(kernel, file, values)


def test_what_follows_the_end_of_the_image_is_left_alone(kernel: Kernel) -> None:
    values = two_valued((6, 10), 255)
    assert_read(kernel, png(values) + b"whatever an upload added", values)


@pytest.mark.parametrize("window", range(9, 16))
def test_the_declared_window_is_not_trusted(kernel: Kernel, window: int) -> None:
    """Optimisers write a smaller one than the matches need."""
    values = np.tile(np.random.default_rng(0).integers(0, 256, (1, 3000)).astype(np.uint8), (3, 1))
    stream = bytearray(png_files.compressed(png_files.raw_rows(values, (0,))))
    stream[0] = (window - 8) << 4 | 8
    stream[1] = 0
    stream[1] = 31 - (stream[0] << 8) % 31
    assert_read(kernel, png_files.with_stream(3, 3000, bytes(stream)), values)


def test_every_kind_of_compressed_block(kernel: Kernel) -> None:
    """Stored, fixed and dynamic ones, in one stream."""
    values = np.concatenate([two_valued((50, 300), 255, seed) for seed in range(3)])
    raw = png_files.raw_rows(values, (0, 2))
    third = len(raw) // 3
    stream = b"\x78\x9c"
    parts = ((raw[:third], 0, 0), (raw[third : 2 * third], 9, zlib.Z_FIXED), (raw[2 * third :], 9, 0))
    for number, (part, level, strategy) in enumerate(parts):
        squeezer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
        end = zlib.Z_FINISH if number == 2 else zlib.Z_FULL_FLUSH
        stream += squeezer.compress(part) + squeezer.flush(end)
    stream += zlib.adler32(raw).to_bytes(4, "big")
    assert_read(kernel, png_files.with_stream(150, 300, stream), values)


def test_codes_of_all_lengths(kernel: Kernel) -> None:
    """Those of more than nine bits are looked up in two steps."""
    stream, raw = deflate_blocks.long_codes()
    rows = np.frombuffer(raw, np.uint8)[1:]  # the first byte is the filter of the only row
    assert raw[0] == 0
    assert_read(kernel, png_files.with_stream(1, rows.size, stream), rows.reshape(1, -1))


def test_the_header_is_told_of_any_png(kernel: Kernel) -> None:
    for colour_type, depth in ((png_files.RGB, 8), (png_files.RGBA, 16), (GRAY, 4)):
        file = png_files.SIGNATURE + png_files.header(30, 20, depth, colour_type, 1)
        assert kernel.png_header(file) == (30, 20, depth, colour_type, 1)


def palette_facts(kernel: Kernel, colours: bytes, used: int) -> PngFacts:
    values = np.full((2, 2), used, np.uint8)
    return PngFacts.from_bits(kernel.png_plane(png(values, colour_type=PALETTE, palette=colours), 2, 2)[1])


def test_colours_that_official_scripts_would_lose_are_noticed(kernel: Kernel) -> None:
    """They read palettes as gray; blue is so dark that eight levels of it are none."""
    colours = b"\0\0\0" + b"\0\0\x08" + b"\0\0\x09" + b"\xff\xff\xff"
    assert [palette_facts(kernel, colours, used).dark for used in range(4)] == [False, True, False, False]


def test_a_value_beyond_the_palette_is_black(kernel: Kernel) -> None:
    assert palette_facts(kernel, b"\0\0\0" + b"\xff\xff\xff", 2).dark


def test_a_palette_with_a_light_background_is_noticed(kernel: Kernel) -> None:
    """Official scripts would take all of it for foreground."""
    assert palette_facts(kernel, b"\xff\xff\xff" + b"\0\0\0", 0).light_zero
    assert not palette_facts(kernel, b"\0\0\0" + b"\xff\xff\xff", 0).light_zero


def test_the_passes_of_an_interlaced_image_cover_it_once() -> None:
    """Of the files made here, on which the tests above rest."""
    times = np.zeros((16, 16), np.int64)
    for x, y, dx, dy in ADAM7:
        times[y::dy, x::dx] += 1
    assert (times == 1).all()
