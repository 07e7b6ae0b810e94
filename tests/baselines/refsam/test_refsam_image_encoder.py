"""What the equality with SAM does not show: adapters at work, windows, attention in parts."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refsam_clips import small_model
from rvosbench_baselines.refsam import build, image_encoder
from rvosbench_baselines.refsam.image_encoder import Adapter, Block, join_windows, split_windows
from torch import Tensor
from torch.nn import functional


@given(st.integers(1, 2), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3), st.integers(1, 5))
def test_windows_are_put_together_as_they_were_cut(
    batch: int, height: int, width: int, channels: int, side: int
) -> None:
    x = torch.arange(float(batch * height * width * channels)).reshape(batch, height, width, channels) + 1
    windows, padded = split_windows(x, side)
    joined = join_windows(windows, side, padded)
    assert torch.equal(joined[:, :height, :width], x)
    assert joined.sum() == x.sum()  # the rest is zeros
    assert torch.equal(windows[0, 0, 0], x[0, 0, 0])


@pytest.mark.parametrize("at_once", [1, 5000, 2**25])
@torch.no_grad()
def test_global_attention_in_parts_is_the_attention_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    model, pixels = small_model(), torch.randn(1, 3, 128, 128)
    whole, _ = model.image_encoder(pixels)
    monkeypatch.setattr(image_encoder, "MAX_WEIGHTS", at_once)
    parts, _ = model.image_encoder(pixels)
    torch.testing.assert_close(parts, whole, rtol=0, atol=1e-5)


def adapter_by_hand(adapter: Adapter, x: Tensor) -> Tensor:
    down = x @ adapter.D_fc1.weight.T + adapter.D_fc1.bias
    return functional.gelu(down) @ adapter.D_fc2.weight.T + adapter.D_fc2.bias


@torch.no_grad()
def test_one_adapter_follows_attention_and_half_of_the_other_runs_beside_the_mlp() -> None:
    block = small_model().image_encoder.blocks[3]
    assert isinstance(block, Block)
    assert block.window == 0
    assert block.Space_Adapter is not None
    assert block.MLP_Adapter is not None
    x = torch.randn(1, 8, 8, 48)
    attended = block.attn(block.norm1(x))
    middle = x + attended + adapter_by_hand(block.Space_Adapter, attended)
    normed = block.norm2(middle)
    expected = middle + block.mlp(normed) + 0.5 * adapter_by_hand(block.MLP_Adapter, normed)
    torch.testing.assert_close(block(x), expected)


@torch.no_grad()
def test_adapters_are_a_quarter_as_wide_inside_and_change_nothing_before_training() -> None:
    with torch.device("meta"):
        block = build("refsam-b").image_encoder.blocks[-1]
    assert isinstance(block.Space_Adapter, Adapter)
    assert block.Space_Adapter.D_fc1.out_features == 768 // 4
    fresh, pixels = build("refsam-small").eval(), torch.randn(1, 3, 128, 128)
    before, _ = fresh.image_encoder(pixels)
    for one in fresh.image_encoder.blocks:
        assert isinstance(one, Block)
        one.Space_Adapter = one.MLP_Adapter = None
    without, _ = fresh.image_encoder(pixels)
    assert torch.equal(before, without)
