"""Frames are scaled as detectron2 scales them; maps come back from memory and from a file alike."""

from __future__ import annotations

import os
import tempfile

import numpy as np
import pytest
import torch
from PIL import Image
from rvosbench_baselines.ssa.frame_maps import FrameMaps
from rvosbench_baselines.ssa.frames import as_tensor, fitted_size, padded_size

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("size", "short", "long", "fitted"),
    [
        ((480, 854), 448, 1333, (448, 797)),
        ((720, 1280), 480, 1333, (480, 853)),
        ((1280, 720), 480, 1333, (853, 480)),
        ((360, 360), 448, 1333, (448, 448)),
        ((100, 1000), 448, 1333, (133, 1333)),
        ((1000, 100), 448, 1333, (1333, 133)),
        ((64, 96), 64, 1333, (64, 96)),
    ],
)
def test_the_shorter_side_is_fitted_and_the_longer_one_is_bounded(
    size: tuple[int, int], short: int, long: int, fitted: tuple[int, int]
) -> None:
    assert fitted_size(size, short, long) == fitted


def test_pictures_are_padded_to_multiples_of_the_stride() -> None:
    assert padded_size((448, 797)) == (448, 800)
    assert padded_size((1, 33)) == (32, 64)


def test_pixels_are_scaled_on_eight_bits() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    theirs = np.asarray(Image.fromarray(frame).resize((33, 20), Image.Resampling.BILINEAR))
    ours = as_tensor(frame, (20, 33))
    assert ours.dtype == torch.float32
    assert (ours.permute(1, 2, 0).numpy() == theirs).all()
    assert (as_tensor(frame, (12, 20)).permute(1, 2, 0).numpy() == frame).all()


@pytest.mark.parametrize("room", [0, 1, 3, 100])
def test_maps_are_kept_as_far_as_there_is_room_and_none_is_lost(room: int) -> None:
    maps = torch.randn(7, 2, 3, 4)
    with FrameMaps(room * maps[0].nbytes, CPU) as kept:
        kept.add(maps[:4])
        kept.add(maps[4:])
        assert len(kept) == 7
        assert kept.in_file == max(0, 7 - room)
        assert torch.equal(kept.take([6, 0, 3, 0], CPU), maps[[6, 0, 3, 0]])
        assert torch.equal(kept.take(range(7), CPU), maps)


def test_what_is_kept_does_not_hold_the_whole_chunk() -> None:
    """A map is a copy, so that the rest of the chunk can be freed."""
    maps = torch.randn(5, 2, 3, 4)
    with FrameMaps(10**6, CPU) as kept:
        kept.add(maps)
        found = kept._kept[0]
        assert isinstance(found, torch.Tensor)
        assert found.untyped_storage().nbytes() == maps[0].nbytes


def test_the_file_has_no_name_and_is_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with FrameMaps(0, CPU) as kept:
        kept.add(torch.zeros(2, 1, 1, 1))
        file = kept._file
        assert file is not None
        assert os.listdir(str(tmp_path)) == []  # noqa: PTH208 - a str
    assert file.closed
