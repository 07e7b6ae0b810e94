"""Sizes, modes and values: the headers of all files and the pixels of some tell most, `--deep` all of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scoring import make_split, png
from verdicts import codes, problem

from rvosbench.errors import Code, Severity
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.split import Split

HEIGHT, WIDTH = 24, 30
ERROR, WARNING = Severity.ERROR, Severity.WARNING
HALF = np.zeros((HEIGHT, WIDTH), np.uint8)
HALF[:12] = 1


def saved(image: Image.Image, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


def with_palette(colours: list[int]) -> bytes:
    image = Image.fromarray(HALF)
    image.putpalette(colours)
    return saved(image)


def steps(*values: int) -> NDArray[np.uint8]:
    return np.resize(np.repeat(np.array(values, np.uint8), WIDTH), (HEIGHT, WIDTH))


def replace_all(tree: Path, content: bytes) -> None:
    for path in tree.rglob("*.png"):
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("content", "code", "found"),
    [
        (png(np.ones((WIDTH, HEIGHT), np.uint8)), Code.WRONG_SIZE, "changed places"),
        (png(np.ones((12, 15), np.uint8)), Code.WRONG_SIZE, "size at which the model works"),
        (png(np.ones((64, 64), np.uint8)), Code.WRONG_SIZE, "64x64 where the video has 30x24; this looks"),
        (png(np.ones((25, 30), np.uint8)), Code.WRONG_SIZE, "30x25 where the video has 30x24"),
        (saved(Image.new("RGB", (WIDTH, HEIGHT))), Code.WRONG_MODE, "RGB, 8 bits"),
        (saved(Image.new("I;16", (WIDTH, HEIGHT))), Code.WRONG_MODE, "gray, 16 bits"),
        (saved(Image.new("LA", (WIDTH, HEIGHT))), Code.WRONG_MODE, "gray with alpha"),
        (b"", Code.UNREADABLE_FILE, "0 bytes"),
        (saved(Image.new("L", (WIDTH, HEIGHT)), "JPEG"), Code.UNREADABLE_FILE, "a JPEG file"),
        (b"\x89PNG\r\n", Code.UNREADABLE_FILE, "begin like a PNG"),
        (with_palette([0] * 6), Code.PALETTE_UNLIKE_GRAY, "black in a gray reading"),
    ],
)
@pytest.mark.parametrize("deep", [False, True])
def test_what_is_refused(
    deep: bool, content: bytes, code: Code, found: str, tree: Path, split: Split
) -> None:
    replace_all(tree, content)
    one = problem(tree, split, code, deep=deep)
    assert one.severity == ERROR
    assert found in one.found
    assert list(codes(tree, split)) == [code], "and nothing else is said"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (steps(0, 1, 2, 3), Code.LABEL_MAP),
        (steps(0, 50, 200, 255), Code.SOFT_MASK),
        (steps(0, 1), None),
        (steps(0, 255), None),
        (steps(0, 38), None),
    ],
)
@pytest.mark.parametrize("deep", [False, True])
def test_values(deep: bool, values: NDArray[np.uint8], code: Code | None, tree: Path, split: Split) -> None:
    """A mask may be written with any one value beside 0. What has several is a warning for `eval`."""
    for path in tree.rglob("0000[024].png"):
        path.write_bytes(png(values))
    found = codes(tree, split, deep=deep)
    assert found == ({} if code is None else {code: WARNING})


def test_a_server_that_reads_gray_refuses_label_maps_and_light_backgrounds(tree: Path, split: Split) -> None:
    replace_all(tree, png(steps(0, 1, 2)))
    assert codes(tree, split, "mevis")[Code.LABEL_MAP] == ERROR
    replace_all(tree, with_palette([255, 255, 255, 255, 0, 0]))
    assert codes(tree, split)[Code.PALETTE_UNLIKE_GRAY] == WARNING
    assert codes(tree, split, "mevis")[Code.PALETTE_UNLIKE_GRAY] == ERROR


def test_without_deep_it_is_said_how_many_masks_were_looked_at(tree: Path, split: Split) -> None:
    replace_all(tree, png(steps(0, 50, 200)))
    assert (
        "so in 4 of 4 masks that were looked at; --deep looks at all"
        in problem(tree, split, Code.SOFT_MASK).found
    )
    assert problem(tree, split, Code.SOFT_MASK, deep=True).count == 18


def test_one_bad_header_does_not_hide_what_other_masks_hold(tree: Path, split: Split) -> None:
    replace_all(tree, png(steps(0, 50, 200)))
    (tree / "bear" / "0" / "00002.png").write_bytes(saved(Image.new("RGB", (WIDTH, HEIGHT))))
    assert codes(tree, split) == {Code.WRONG_MODE: ERROR, Code.SOFT_MASK: WARNING}


def test_damaged_pixels_are_found_by_deep_alone(tree: Path, split: Split) -> None:
    path = tree / "bear" / "0" / "00001.png"
    content = bytearray(path.read_bytes())
    content[-15] ^= 1
    path.write_bytes(content)
    assert codes(tree, split) == {}
    assert codes(tree, split, deep=True) == {Code.UNREADABLE_FILE: ERROR}


def test_a_header_in_a_deflated_zip_is_read_too(
    tree: Path, split: Split, zipped: Callable[..., Path]
) -> None:
    replace_all(tree, saved(Image.new("RGB", (WIDTH, HEIGHT))))
    target = tree.parent / "deflated.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in tree.rglob("*.png"):
            archive.write(path, path.relative_to(tree).as_posix())
    assert codes(target, split) == codes(tree, split) == {Code.WRONG_MODE: ERROR}


def test_where_no_size_is_known_masks_are_compared_with_each_other(tmp_path: Path, home: Path) -> None:
    record = VideoRecord(
        "elk", None, None, ("00000", "00001", "00002"), expressions=(ExpressionRecord("0", "it", None),)
    )
    split = make_split(home, "mevis-v1", "valid", [record], ground_truth=False)
    place = tmp_path / "model" / "elk" / "0"
    place.mkdir(parents=True)
    for frame in range(3):
        (place / f"{frame:05d}.png").write_bytes(png(np.roll(HALF, frame, 0)))
    for deep in (False, True):
        assert codes(tmp_path / "model", split, "mevis", deep=deep) == {
            Code.SIZE_UNKNOWN: WARNING,
            Code.WRONG_FORM: WARNING,
        }
        assert codes(tmp_path / "model", split, deep=deep) == {Code.SIZE_UNKNOWN: WARNING}
    (place / "00001.png").write_bytes(png(HALF[:8]))
    for deep in (False, True):
        assert codes(tmp_path / "model", split, deep=deep)[Code.WRONG_SIZE] == ERROR
