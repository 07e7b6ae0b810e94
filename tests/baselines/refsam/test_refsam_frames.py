"""Pictures on their way to SAM and masks on their way back, against the image processor of transformers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from rvosbench_baselines.refsam.frames import in_original_size, prepare, with_long_side, with_short_side
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((720, 1280), (360, 640)),
        ((1280, 720), (640, 360)),
        ((480, 854), (360, 640)),  # 640.5, rounded down
        ((480, 910), (360, 682)),
        ((360, 640), (360, 640)),
        ((7, 7), (360, 360)),
        ((1, 3), (360, 1080)),
    ],
)
def test_the_short_side_becomes_360(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert with_short_side(size, 360) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [((360, 640), (576, 1024)), ((640, 360), (1024, 576)), ((360, 682), (541, 1024)), ((1, 9000), (1, 1024))],
)
def test_the_long_side_becomes_1024(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert with_long_side(size, 1024) == expected


@pytest.mark.parametrize("size", [(360, 640), (640, 360), (200, 200), (37, 1500), (3, 5)])
def test_sams_own_steps_are_those_of_transformers(size: tuple[int, int]) -> None:
    picture = noise(*size)
    theirs = SamImageProcessorPil()(images=Image.fromarray(picture), return_tensors="pt")
    ours = prepare(picture, side=1024, short_side=0)
    assert tuple(theirs["reshaped_input_sizes"][0].tolist()) == ours.inside
    assert tuple(theirs["original_sizes"][0].tolist()) == ours.original
    torch.testing.assert_close(ours.pixels, theirs["pixel_values"], rtol=0, atol=2e-6)

    logits = torch.randn(1, 2, 256, 256)
    processor: Any = SamImageProcessorPil()
    (expected,) = processor.post_process_masks(
        [logits], theirs["original_sizes"], theirs["reshaped_input_sizes"], binarize=False
    )
    torch.testing.assert_close(in_original_size(logits, ours), expected, rtol=0, atol=1e-6)


def test_the_first_resizing_is_pillows_bilinear_one() -> None:
    picture = noise(120, 200)
    small = np.asarray(Image.fromarray(picture).resize((600, 360), Image.Resampling.BILINEAR))
    twice, once = prepare(picture, side=1024, short_side=360), prepare(small, side=1024, short_side=0)
    assert torch.equal(twice.pixels, once.pixels)
    assert twice.shown == once.original == (360, 600)
    assert twice.original == (120, 200)


def test_outside_the_picture_are_zeros_and_inside_sams_normalised_colours() -> None:
    picture = np.full((50, 100, 3), (124, 116, 104), np.uint8)
    frame = prepare(picture, side=128, short_side=0)
    assert frame.inside == (64, 128)
    assert not frame.pixels[:, :, 64:].any()
    expected = torch.tensor([(124 - 123.675) / 58.395, (116 - 116.28) / 57.12, (104 - 103.53) / 57.375])
    torch.testing.assert_close(frame.pixels[0, :, :64].amax((1, 2)), expected)


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0, 1, 16, 360]))
def test_every_size_comes_back_whole(height: int, width: int, short_side: int) -> None:
    frame = prepare(noise(height, width), side=64, short_side=short_side)
    assert frame.pixels.shape == (1, 3, 64, 64)
    assert max(frame.inside) == 64
    back = in_original_size(torch.full((1, 1, 16, 16), -2.5), frame)
    assert back.shape == (1, 1, height, width)
    torch.testing.assert_close(back, torch.full_like(back, -2.5))


def test_a_strip_that_would_fill_the_memory_is_not_enlarged_first() -> None:
    frame = prepare(noise(1, 5000), side=64, short_side=4096)
    assert frame.shown == frame.original == (1, 5000)
    assert in_original_size(torch.zeros(1, 1, 16, 16), frame).shape == (1, 1, 1, 5000)
