"""Codes of positions are waves over what is not padding."""

from __future__ import annotations

import math

import pytest
import torch
from rvosbench_baselines.layers.position_codes import sine_1d, sine_2d


def wave(position: float, channels: int) -> list[float]:
    code = []
    for channel in range(channels):
        angle = position / 10000 ** (2 * (channel // 2) / channels)
        code.append(math.sin(angle) if channel % 2 == 0 else math.cos(angle))
    return code


def padding(height: int, width: int, seen: tuple[int, int]) -> torch.Tensor:
    mask = torch.ones(height, width, dtype=torch.bool)
    mask[: seen[0], : seen[1]] = False
    return mask


@pytest.mark.parametrize(
    ("normalize", "half_cell"), [(True, True), (True, False), (False, False)], ids=["soc", "detr", "counted"]
)
def test_pixels_are_coded_by_row_and_column(normalize: bool, half_cell: bool) -> None:
    mask = torch.stack([padding(4, 6, (4, 6)), padding(4, 6, (3, 5))])
    codes = sine_2d(mask, 12, normalize=normalize, half_cell=half_cell)
    assert codes.shape == (2, 12, 4, 6)
    for index, (rows, columns) in enumerate([(4, 6), (3, 5)]):
        for row in range(rows):
            for column in range(columns):
                y, x = float(row + 1), float(column + 1)
                if normalize:
                    back = 0.5 if half_cell else 0.0
                    y = (y - back) / (rows + 1e-6) * 2 * math.pi
                    x = (x - back) / (columns + 1e-6) * 2 * math.pi
                expected = torch.tensor(wave(y, 6) + wave(x, 6))
                assert torch.allclose(codes[index, :, row, column], expected, atol=1e-5)


def test_the_code_of_a_picture_does_not_depend_on_how_far_it_is_padded() -> None:
    alone = sine_2d(padding(3, 5, (3, 5))[None], 8, half_cell=True)
    padded = sine_2d(padding(7, 9, (3, 5))[None], 8, half_cell=True)
    assert torch.equal(alone, padded[:, :, :3, :5])


@pytest.mark.parametrize("normalize", [True, False])
def test_words_are_coded_by_their_place(normalize: bool) -> None:
    mask = torch.tensor([[False, False, False, True], [False] * 4])
    codes = sine_1d(mask, 6, normalize=normalize)
    for index, words in enumerate([3, 4]):
        for word in range(words):
            place = (word + 1) / (words + 1e-6) * 2 * math.pi if normalize else float(word + 1)
            assert torch.allclose(codes[index, word], torch.tensor(wave(place, 6)), atol=1e-5)
