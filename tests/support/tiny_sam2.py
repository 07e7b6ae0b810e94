"""SAM 2 itself, of the package `sam2`, but small, with made-up weights: files as a user would give them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from omegaconf import OmegaConf
from rvosbench_baselines.checkpoints import generate
from rvosbench_baselines.tracks.sam2_model import CONFIGS, Sam2, build

SIDE = 128


@dataclass(frozen=True)
class Files:
    config: Path
    weights: Path


def write(folder: Path, name: str = "sam2_hiera_t", seed: int = 0) -> Files:
    """The smallest released configuration, or `name`, but for pictures of 128 pixels. An object is always
    seen, else every mask would be empty and every token the same."""
    import sam2

    config = OmegaConf.load(Path(sam2.__file__).parent / CONFIGS[name])
    config.model.image_size = SIDE
    files = Files(folder / "sam2.yaml", folder / "sam2.pt")
    folder.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, files.config)
    model = build(str(files.config))
    generate(model, seed)
    with torch.no_grad():
        model.get_parameter("sam_mask_decoder.pred_obj_score_head.layers.2.bias").fill_(30.0)
    torch.save({"model": model.state_dict()}, files.weights)
    return files


def small(folder: Path) -> Files:
    """Smaller still, for runs over whole splits."""
    import sam2

    path = folder / "small.yaml"
    config = OmegaConf.load(Path(sam2.__file__).parent / CONFIGS["sam2_hiera_t"])
    trunk, memory = config.model.image_encoder.trunk, config.model.memory_attention
    trunk.embed_dim, trunk.stages, trunk.global_att_blocks = 16, [1, 1, 2, 1], [3]
    config.model.image_encoder.neck.backbone_channel_list = [128, 64, 32, 16]
    memory.num_layers, memory.layer.dim_feedforward = 1, 64
    config.model.image_size = 64
    OmegaConf.save(config, path)
    model = build(str(path))
    generate(model, 0)
    with torch.no_grad():
        model.get_parameter("sam_mask_decoder.pred_obj_score_head.layers.2.bias").fill_(30.0)
    weights = folder / "small.pt"
    torch.save({"model": model.state_dict()}, weights)
    return Files(path, weights)


def model_of(files: Files) -> Sam2:
    from rvosbench_baselines.tracks.sam2_model import load

    return load(files.weights, str(files.config), "cpu")
