"""The oracle: transformers' SamModel, with the weights of ours under its names."""

from __future__ import annotations

import re

import torch
from rvosbench_baselines.refsam.config import RefSamConfig
from rvosbench_baselines.refsam.model import RefSam
from torch import Tensor
from transformers import (
    SamConfig,
    SamMaskDecoderConfig,
    SamModel,
    SamPromptEncoderConfig,
    SamVisionConfig,
)

# Our names, which are segment_anything's, to the names of transformers. The first that matches is taken.
NAMES = (
    (r"image_encoder\.patch_embed\.proj", "vision_encoder.patch_embed.projection"),
    (r"image_encoder\.neck\.0", "vision_encoder.neck.conv1"),
    (r"image_encoder\.neck\.1", "vision_encoder.neck.layer_norm1"),
    (r"image_encoder\.neck\.2", "vision_encoder.neck.conv2"),
    (r"image_encoder\.neck\.3", "vision_encoder.neck.layer_norm2"),
    (r"image_encoder\.blocks\.(\d+)\.norm(\d)", r"vision_encoder.layers.\1.layer_norm\2"),
    (r"image_encoder\.blocks", "vision_encoder.layers"),
    (r"image_encoder", "vision_encoder"),
    (
        r"prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix",
        "shared_image_embedding.positional_embedding",
    ),
    (r"prompt_encoder\.point_embeddings", "prompt_encoder.point_embed"),
    (r"prompt_encoder\.mask_downscaling\.0", "prompt_encoder.mask_embed.conv1"),
    (r"prompt_encoder\.mask_downscaling\.1", "prompt_encoder.mask_embed.layer_norm1"),
    (r"prompt_encoder\.mask_downscaling\.3", "prompt_encoder.mask_embed.conv2"),
    (r"prompt_encoder\.mask_downscaling\.4", "prompt_encoder.mask_embed.layer_norm2"),
    (r"prompt_encoder\.mask_downscaling\.6", "prompt_encoder.mask_embed.conv3"),
    (r"mask_decoder\.transformer\.norm_final_attn", "mask_decoder.transformer.layer_norm_final_attn"),
    (
        r"mask_decoder\.transformer\.layers\.(\d+)\.norm(\d)",
        r"mask_decoder.transformer.layers.\1.layer_norm\2",
    ),
    (r"mask_decoder\.output_upscaling\.0", "mask_decoder.upscale_conv1"),
    (r"mask_decoder\.output_upscaling\.1", "mask_decoder.upscale_layer_norm"),
    (r"mask_decoder\.output_upscaling\.3", "mask_decoder.upscale_conv2"),
    (
        r"mask_decoder\.(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.0",
        r"mask_decoder.\1.proj_in",
    ),
    (
        r"mask_decoder\.(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.1",
        r"mask_decoder.\1.layers.0",
    ),
    (
        r"mask_decoder\.(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.2",
        r"mask_decoder.\1.proj_out",
    ),
)
OWN_PARTS = re.compile(r"resizer|dense_conv|multi_scale_weight|track_net|.*(Space|MLP)_Adapter")
# One tensor with two names there.
TWICE = "prompt_encoder.shared_embedding.positional_embedding"


def sam_part(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """What a file of segment_anything would hold of our state."""
    return {name: value for name, value in state.items() if not OWN_PARTS.match(name)}


def their_name(name: str) -> str:
    for ours, theirs in NAMES:
        if found := re.match(ours, name):
            return found.expand(theirs) + name[found.end() :]
    return name


def randomise(model: torch.nn.Module, seed: int) -> None:
    """Every parameter and buffer, biases and norms included, of the scale that keeps values moderate."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            noise = torch.randn(value.shape, generator=generator)
            if (
                re.search(r"norm\w*\.weight|(neck|downscaling|upscaling)\.[134]\.weight", name)
                and value.ndim == 1
            ):
                value.copy_(1 + 0.2 * noise)
            elif "gaussian" in name:
                value.copy_(noise)
            elif value.ndim > 1 and "embed" not in name and "rel_pos" not in name and "token" not in name:
                value.copy_(noise * value[0].numel() ** -0.5)
            else:
                value.copy_(0.2 * noise)


def silence_adapters(model: RefSam) -> None:
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "Adapter.D_fc2" in name:
                value.zero_()


def sam_with_weights_of(model: RefSam, config: RefSamConfig) -> SamModel:
    vit = config.vit
    sam: SamModel = SamModel(
        SamConfig(
            vision_config=SamVisionConfig(
                hidden_size=vit.width,
                output_channels=config.width,
                num_hidden_layers=vit.depth,
                num_attention_heads=vit.heads,
                image_size=vit.image,
                patch_size=vit.patch,
                window_size=vit.window,
                global_attn_indexes=vit.global_blocks,
                num_pos_feats=config.width // 2,
                mlp_ratio=float(vit.mlp_ratio),
            ),
            prompt_encoder_config=SamPromptEncoderConfig(
                hidden_size=config.width,
                image_size=vit.image,
                patch_size=vit.patch,
                mask_input_channels=config.mask_channels,
            ),
            mask_decoder_config=SamMaskDecoderConfig(
                hidden_size=config.width,
                mlp_dim=config.decoder_mlp,
                num_hidden_layers=config.decoder_depth,
                num_attention_heads=config.decoder_heads,
                iou_head_hidden_dim=config.quality_width,
                # segment_anything leaves these norms at PyTorch's default; transformers would take 1e-6.
                layer_norm_eps=1e-5,
            ),
        )
    )
    sam.train(False)
    state = {their_name(name): value for name, value in sam_part(model.state_dict()).items()}
    state[TWICE] = state["shared_image_embedding.positional_embedding"]
    sam.load_state_dict(state, strict=True)
    return sam
