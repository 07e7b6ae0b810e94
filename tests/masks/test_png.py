"""Label maps and masks as PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rvosbench.masks import png

LABELS = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)


def test_a_label_map_is_read_as_labels_not_as_colours(tmp_path: Path) -> None:
    png.write_labels(tmp_path / "a.png", LABELS)
    assert np.array_equal(png.read_labels(tmp_path / "a.png"), LABELS)


def test_a_binary_mask_is_written_as_gray_0_and_255(tmp_path: Path) -> None:
    png.write_mask(tmp_path / "a.png", LABELS)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "L"
        assert np.array_equal(np.asarray(image), np.where(LABELS, 255, 0))


def test_a_one_bit_image_is_read(tmp_path: Path) -> None:
    Image.fromarray(LABELS != 0).save(tmp_path / "a.png")
    assert np.array_equal(png.read_labels(tmp_path / "a.png") != 0, LABELS != 0)


def test_the_palette_is_that_of_davis() -> None:
    """The first colours as every DAVIS viewer knows them."""
    colours = np.frombuffer(png.palette(), np.uint8).reshape(256, 3)
    assert colours[:5].tolist() == [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]]
    assert colours[255].tolist() == [224, 224, 192]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "I;16"])
def test_colours_and_deep_pixels_are_refused(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (3, 2)).save(tmp_path / "a.png")
    with pytest.raises(png.PngModeError, match=mode):
        png.read_labels(tmp_path / "a.png")


def test_another_size_is_refused_from_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    png.write_mask(path, np.random.default_rng(0).integers(0, 2, (200, 300)))
    path.write_bytes(path.read_bytes()[:80])  # most pixels are gone, the header is there
    with pytest.raises(png.PngSizeError, match="300x200"):
        png.read_labels(path, (300, 200))


@pytest.mark.parametrize("keep", [0, 10, 60])
def test_a_truncated_file_is_an_error_not_a_crash(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "a.png"
    png.write_mask(path, np.random.default_rng(0).integers(0, 2, (200, 200)))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(png.PngError):
        png.read_labels(path)


def test_a_missing_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(png.PngError, match="No such file"):
        png.read_labels(tmp_path / "a.png")
