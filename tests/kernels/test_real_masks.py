"""Real masks, all of them: the compiled kernel, its twin and the oracle, equal to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import score_oracle as oracle
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from rvosbench._kernels import twin
from rvosbench._kernels.disk import boundary_radius, spans
from rvosbench._kernels.interface import Kernel

Mask = NDArray[np.bool_]
FRAMES = 1999


@pytest.fixture(scope="module")
def sequences(real_data: Path) -> list[list[Path]]:
    folders = sorted(path for path in (real_data / "davis_masks" / "osvos").iterdir() if path.is_dir())
    return [sorted(folder.glob("*.png")) for folder in folders]


def test_no_mask_is_left_out(sequences: list[list[Path]]) -> None:
    assert sum(map(len, sequences)) == FRAMES


def test_real_files_are_read_as_pillow_reads_them(kernel: Kernel, sequences: list[list[Path]]) -> None:
    for path in (path for frames in sequences for path in frames):
        with Image.open(path) as image:
            values = np.asarray(image)
        content = path.read_bytes()
        plane, facts = kernel.png_plane(content, *values.shape)
        assert plane == kernel.plane_from_pixels(values.tobytes(), *values.shape), path
        assert kernel.png_labels(content, *values.shape) == (values.tobytes(), facts), path


def copies(frames: list[Path]) -> Iterator[tuple[str, Mask, list[Mask]]]:
    """The object with the label 1 of each frame; it shifted, eroded, and as it was in the frame before."""
    before: Mask | None = None
    for number, path in enumerate(frames):
        with Image.open(path) as image:
            truth: Mask = np.asarray(image) == 1
        shifted = np.roll(truth, (number % 13 - 6, number % 17 - 8), (0, 1))
        eroded = ndimage.binary_erosion(truth, iterations=1 + number % 9)
        yield str(path), truth, [shifted, eroded, truth if before is None else before]
        before = truth


def scores(kernel: Kernel, truth: Mask, predictions: list[Mask]) -> list[tuple[float, float]]:
    height, width = truth.shape
    planes = [kernel.plane_from_pixels(mask.tobytes(), height, width) for mask in (truth, *predictions)]
    prepared = kernel.prepare(planes[0], height, width, spans(boundary_radius(height, width)))
    return [kernel.score(prepared, plane) for plane in planes[1:]]


@pytest.mark.full
def test_scores_of_real_masks(native: Kernel, sequences: list[list[Path]]) -> None:
    """All three copies by both kernels; by the oracle, which takes its time, one of them by turns."""
    number = 0
    for name, truth, predictions in (case for frames in sequences for case in copies(frames)):
        found = scores(native, truth, predictions)
        assert found == scores(twin, truth, predictions), name
        turn = number % 3
        assert found[turn] == oracle.score(truth, predictions[turn]), name
        number += 1
    assert number == FRAMES
