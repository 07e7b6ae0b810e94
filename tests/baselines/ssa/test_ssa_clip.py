"""CLIP's two sides are those of transformers, which has them under other names."""

from __future__ import annotations

import re

import pytest
import torch
from rvosbench_baselines.checkpoints import generate
from rvosbench_baselines.ssa.clip import Clip
from rvosbench_baselines.ssa.config import ClipSize
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, ConvNextConfig, ConvNextModel

SIZE = ClipSize(
    depths=(1, 2, 1, 1),
    widths=(8, 12, 16, 24),
    embedding=10,
    text_width=16,
    text_heads=2,
    text_depth=2,
    vocabulary=40,
    context=12,
)


@pytest.fixture(scope="module")
def clip() -> Clip:
    model = Clip(SIZE)
    generate(model, 3)
    return model.eval()


def renamed(state: dict[str, Tensor], *rules: tuple[str, str]) -> dict[str, Tensor]:
    found = {}
    for key, value in state.items():
        for pattern, name in rules:
            key = re.sub(pattern, name, key)
        found[key] = value
    return found


@torch.inference_mode()
def test_pictures_are_seen_by_a_convnext(clip: Clip) -> None:
    theirs: nn.Module = ConvNextModel(
        ConvNextConfig(hidden_sizes=list(SIZE.widths), depths=list(SIZE.depths), layer_norm_eps=1e-6)
    )
    theirs.train(False)
    trunk = clip.visual.trunk
    names = renamed(
        trunk.state_dict(),
        (r"^stem\.0", "embeddings.patch_embeddings"),
        (r"^stem\.1", "embeddings.layernorm"),
        (r"^stages", "encoder.stages"),
        (r"downsample\b", "downsampling_layer"),
        (r"blocks", "layers"),
        (r"conv_dw", "dwconv"),
        (r"\.norm\.", ".layernorm."),
        (r"mlp\.fc", "pwconv"),
        (r"gamma", "layer_scale_parameter"),
        (r"^head\.layernorm", "layernorm"),
    )
    theirs.load_state_dict(names, strict=True)
    pixels = torch.randn(2, 3, 64, 96)
    torch.testing.assert_close(trunk(pixels), theirs(pixels).pooler_output, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_the_head_is_a_perceptron_without_a_last_bias(clip: Clip) -> None:
    pixels = torch.randn(1, 3, 32, 32)
    weights = dict(clip.visual.head.named_parameters())
    hidden = clip.visual.trunk(pixels) @ weights["mlp.fc1.weight"].T + weights["mlp.fc1.bias"]
    expected = nn.functional.gelu(hidden) @ weights["mlp.fc2.weight"].T
    torch.testing.assert_close(clip.visual(pixels), expected)
    assert clip.visual(pixels).shape == (1, SIZE.embedding)


@torch.inference_mode()
def test_words_are_read_by_a_causal_transformer(clip: Clip) -> None:
    theirs: nn.Module = CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=SIZE.vocabulary,
            hidden_size=SIZE.text_width,
            intermediate_size=4 * SIZE.text_width,
            projection_dim=SIZE.embedding,
            num_hidden_layers=SIZE.text_depth,
            num_attention_heads=SIZE.text_heads,
            max_position_embeddings=SIZE.context,
            hidden_act="gelu",
            eos_token_id=SIZE.vocabulary - 1,
            bos_token_id=SIZE.vocabulary - 2,
            pad_token_id=0,
        )
    )
    theirs.train(False)
    ours = {key: value for key, value in clip.state_dict().items() if not key.startswith("visual")}
    del ours["logit_scale"]
    ours["text_projection.weight"] = ours.pop("text_projection").T
    for key in [key for key in ours if "attn.in_proj" in key]:
        kind = key.rsplit("_", 1)[1]
        for name, part in zip("qkv", ours.pop(key).chunk(3), strict=True):
            ours[key.replace(f"in_proj_{kind}", f"{name}_proj.{kind}")] = part
    names = renamed(
        ours,
        (r"^positional_embedding$", "text_model.embeddings.position_embedding.weight"),
        (r"^token_embedding", "text_model.embeddings.token_embedding"),
        (r"^ln_final", "text_model.final_layer_norm"),
        (r"^transformer\.resblocks", "text_model.encoder.layers"),
        (r"\.ln_(\d)", r".layer_norm\1"),
        (r"\.attn\.", ".self_attn."),
        (r"c_fc", "fc1"),
        (r"c_proj", "fc2"),
    )
    theirs.load_state_dict(names, strict=True)
    ids = torch.tensor([[38, 5, 9, 11, 39, 0, 0, 0, 0, 0, 0, 0], [38, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 39]])
    text = clip.read(ids, words=7)
    found = theirs(ids)
    torch.testing.assert_close(text.sentence, found.text_embeds, rtol=1e-4, atol=1e-5)
    words = found.last_hidden_state[:, :7] @ clip.text_projection
    torch.testing.assert_close(text.words, words, rtol=1e-4, atol=1e-5)
    assert text.present.sum(1).tolist() == [5, 7]
