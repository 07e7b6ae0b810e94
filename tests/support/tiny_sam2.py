"""SAM 2 itself, of the package `sam2`, with made-up weights: the smallest size, and one smaller still."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf
from rvosbench_baselines.checkpoints import generate
from rvosbench_baselines.tracks.sam2_model import CONFIGS, Sam2, build
from torch import nn


@dataclass(frozen=True)
class Files:
    """What a user gives to the command."""

    config: Path
    weights: Path


def hiera_t(folder: Path, side: int = 64, seed: int = 0) -> Sam2:
    """The released size t, but for smaller pictures."""
    config = released()
    config.model.image_size = side
    OmegaConf.save(config, folder / "hiera_t.yaml")
    return Sam2(with_weights(folder / "hiera_t.yaml", seed), "cpu")


def small_files(folder: Path) -> Files:
    """For runs over whole splits: its backbone is narrow, and pictures have 64 pixels."""
    files = Files(folder / "small.yaml", folder / "small.pt")
    config = released()
    model = config.model
    trunk, memory = model.image_encoder.trunk, model.memory_attention
    trunk.embed_dim, trunk.stages, trunk.global_att_blocks = 16, [1, 1, 2, 1], [3]
    model.image_encoder.neck.backbone_channel_list = [128, 64, 32, 16]
    memory.num_layers, memory.layer.dim_feedforward = 1, 64
    model.image_size = 64
    OmegaConf.save(config, files.config)
    torch.save({"model": with_weights(files.config, 0).state_dict()}, files.weights)
    return files


def with_weights(config: Path, seed: int) -> nn.Module:
    """An object is always seen: else every mask would be empty, and every token the same."""
    model = build(str(config))
    generate(model, seed)
    with torch.no_grad():
        model.get_parameter("sam_mask_decoder.pred_obj_score_head.layers.2.bias").fill_(30.0)
    return model


def released() -> Any:
    import sam2

    return OmegaConf.load(Path(sam2.__file__).parent / CONFIGS["sam2_hiera_t"])
