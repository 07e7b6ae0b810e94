"""Pictures that are not what a mask should be: refused with a code and counted, or scored with a warning."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from png_files import chunk
from scoring import blobs, png, video, write_tree

from rvosbench.errors import PredictionsRefused, Problem
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

SIZE = 12, 16
FRAMES = 14


@pytest.fixture
def split(split_of: Callable[..., Split]) -> Split:
    noise = np.random.default_rng(1)
    expressions = [ExpressionRecord("0", "x", ("1",)), ExpressionRecord("1", "x", ("1",))]
    return split_of("mevis-v1", "valid_u", [video("bear", {"1": blobs(noise, FRAMES, *SIZE)}, expressions)])


@pytest.fixture
def tree(split: Split, tmp_path: Path) -> Path:
    noise = np.random.default_rng(2)
    masks = {("bear", name): blobs(noise, FRAMES, *SIZE) for name in ("0", "1")}
    return write_tree(tmp_path / "tree", masks, split)


def image(mode: str, size: tuple[int, int] = SIZE) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size[::-1], 1).save(file, "PNG")
    return file.getvalue()


def palette_png(values: np.ndarray[tuple[int, int], np.dtype[np.uint8]], colours: list[int]) -> bytes:
    picture = Image.fromarray(values)
    picture.putpalette(colours)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def refusal(tree: Path, split: Split) -> tuple[Problem, ...]:
    with pytest.raises(PredictionsRefused) as refused:
        evaluate(tree, split)
    return refused.value.problems


HALF = np.zeros(SIZE, np.uint8)
HALF[:6] = 1


@pytest.mark.parametrize(
    ("content", "code", "found"),
    [
        (image("L", (24, 32)), "RVB016", "32x24 where the video has 16x12"),
        (image("L", (16, 12)), "RVB016", "width and height have changed places"),
        (image("RGB"), "RVB017", "RGB, 8 bits"),
        (image("RGBA"), "RVB017", "RGBA, 8 bits"),
        (image("LA"), "RVB017", "gray with alpha"),
        (image("I;16"), "RVB017", "gray, 16 bits"),
        (png(HALF == 1)[:-30], "RVB015", "ends too early"),
        (b"", "RVB015", "an empty file, 0 bytes"),
        (b"\xff\xd8\xff\xe0 a JPEG", "RVB015", "a JPEG file that is named .png"),
        (b"no picture", "RVB015", "does not begin like a PNG"),
        (palette_png(HALF, [0, 0, 0, 0, 0, 0]), "RVB122", "black in a gray reading"),
    ],
)
def test_what_is_no_mask_is_refused(content: bytes, code: str, found: str, tree: Path, split: Split) -> None:
    (tree / "bear" / "1" / "00003.png").write_bytes(content)
    (problem,) = refusal(tree, split)
    assert (problem.code, problem.severity, problem.count) == (code, "error", 1)
    assert problem.path.startswith("bear/1/00003")
    assert found in problem.found
    assert problem.fix


def test_all_of_them_are_counted_and_ten_are_named_and_other_kinds_stand_beside(
    tree: Path, split: Split
) -> None:
    for path in (tree / "bear" / "0").glob("*.png"):
        path.write_bytes(image("RGB"))
    (tree / "bear" / "1" / "00000.png").write_bytes(image("L", (5, 5)))
    problems = {problem.code.value: problem for problem in refusal(tree, split)}
    assert problems.keys() == {"RVB016", "RVB017"}
    assert (problems["RVB017"].count, len(problems["RVB017"].examples)) == (FRAMES, 10)
    assert problems["RVB016"].count == 1


def test_a_damaged_checksum_is_found(tree: Path, split: Split) -> None:
    path = tree / "bear" / "0" / "00001.png"
    content = bytearray(path.read_bytes())
    content[-15] ^= 1
    path.write_bytes(content)
    (problem,) = refusal(tree, split)
    assert (problem.code, problem.path) == ("RVB015", "bear/0/00001")


def test_a_header_that_promises_too_much_is_refused_by_its_size(tree: Path, split: Split) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1 << 20, 1 << 20, 8, 0, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND")
    (tree / "bear" / "0" / "00001.png").write_bytes(content)
    (problem,) = refusal(tree, split)
    assert (problem.code, problem.found) == ("RVB016", "1048576x1048576 where the video has 16x12")


def test_soft_masks_are_scored_with_a_warning_and_every_value_but_zero_counts(
    tree: Path, split: Split
) -> None:
    soft = np.full(SIZE, 3, np.uint8)
    soft[:4], soft[4:8] = 0, 200
    (tree / "bear" / "0" / "00002.png").write_bytes(png(soft))
    result = evaluate(tree, split).results[0]
    (problem,) = result.problems
    assert (problem.code, problem.severity, problem.path) == ("RVB121", "warning", "bear/0/00002")
    (tree / "bear" / "0" / "00002.png").write_bytes(png(soft > 0))
    assert evaluate(tree, split).results[0].fingerprint == result.fingerprint


def test_a_palette_whose_background_is_light_is_scored_with_a_warning(tree: Path, split: Split) -> None:
    (tree / "bear" / "0" / "00002.png").write_bytes(palette_png(HALF, [255, 255, 255, 255, 0, 0]))
    (problem,) = evaluate(tree, split).results[0].problems
    assert (problem.code, problem.severity) == ("RVB122", "warning")


def test_how_a_mask_is_stored_does_not_change_its_score(tree: Path, split: Split) -> None:
    """0 and 255, 0 and 1, one bit, a palette: only what is not 0 matters."""
    plain = evaluate(tree, split).results[0]
    for number, path in enumerate(sorted((tree / "bear" / "0").glob("*.png"))):
        with Image.open(path) as picture:
            mask = np.asarray(picture) > 0
        forms = (
            png(mask.astype(np.uint8)),
            png(mask, "1"),
            palette_png(mask.astype(np.uint8), [0, 0, 0, 9, 99, 0]),
        )
        path.write_bytes(forms[number % len(forms)])
    stored_otherwise = evaluate(tree, split).results[0]
    assert stored_otherwise.fingerprint == plain.fingerprint
    assert stored_otherwise.predictions_sha256 != plain.predictions_sha256
    assert not stored_otherwise.problems


def test_nothing_is_written_when_predictions_are_refused(tree: Path, split: Split, tmp_path: Path) -> None:
    (tree / "bear" / "0" / "00002.png").write_bytes(image("RGB"))
    with pytest.raises(PredictionsRefused):
        evaluate(tree, split, Options(out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
