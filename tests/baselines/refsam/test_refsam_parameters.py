"""How many parameters there are, and which of them train."""

from __future__ import annotations

import pytest
import torch
from rvosbench_baselines.refsam import build
from rvosbench_baselines.refsam.card import REFSAM
from rvosbench_baselines.refsam.image_encoder import Adapter
from rvosbench_baselines.refsam.model import RefSam
from rvosbench_baselines.refsam.text_encoder import TextEncoder, load_text_encoder
from torch import nn

from rvosbench.errors import Code, UsageError


def without_memory(variant: str, text: str | None = None) -> RefSam:
    with torch.device("meta"):
        return build(variant, text=text)


def count(*parts: nn.Module) -> int:
    return sum(parameter.numel() for part in parts for parameter in part.parameters())


def millions(number: int) -> float:
    return round(number / 1e6, 2)


def test_vit_b_has_as_many_parameters_as_the_published_parts() -> None:
    model = without_memory("refsam-b", text="t5-small")
    adapters = [part for part in model.modules() if isinstance(part, Adapter)]
    assert millions(count(model.image_encoder, model.prompt_encoder, model.mask_decoder)) == 97.29
    assert millions(count(*adapters)) == 3.55
    assert millions(count(model.mask_decoder)) == 4.06
    assert millions(count(model.track_net)) == 1.32
    assert millions(count(model.dense_conv)) == 0.13
    assert millions(count(model.resizer)) == 0.26


@pytest.mark.parametrize(
    ("variant", "sam"), [("refsam-b", 93.74), ("refsam-l", 312.34), ("refsam-h", 641.09)]
)
def test_without_adapters_the_rest_is_sam_of_that_size(variant: str, sam: float) -> None:
    model = without_memory(variant)
    adapters = [part for part in model.modules() if isinstance(part, Adapter)]
    whole = count(model.image_encoder, model.prompt_encoder, model.mask_decoder)
    assert millions(whole - count(*adapters)) == sam


@pytest.mark.parametrize("variant", [one.name for one in REFSAM.variants])
def test_the_card_tells_the_counts(variant: str) -> None:
    model, told = without_memory(variant), REFSAM.variant(variant)
    assert told is not None
    assert told.parameters == count(model)
    assert told.trainable == sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert told.trainable == sum(model.trainable_parts().values())


def test_the_named_parts_train_and_the_rest_of_sam_is_frozen() -> None:
    model = without_memory("refsam-b", text="t5-small")
    trains = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    for name, _ in model.named_parameters():
        own = name.startswith(("resizer", "dense_conv", "multi_scale_weight", "track_net", "mask_decoder"))
        assert (name in trains) is (own or "_Adapter." in name), name
    assert model.trainable_parts() == {
        "adapters": 3_550_464,
        "mask_decoder": 4_058_340,
        "resizer": 262_912,
        "dense_conv": 131_329,
        "track_net": 1_315_840,
    }


def test_gradients_reach_every_part_that_trains_and_no_other() -> None:
    model = build("refsam-small").train()
    for parameter in model.parameters():
        if parameter.requires_grad:
            nn.init.normal_(parameter, std=0.2)
    logits, token = model(torch.randn(2, 3, 128, 128), torch.randn(1, 4, 32))
    (logits.square().mean() + token.square().mean()).backward()
    untouched = ("iou_prediction_head", "output_hypernetworks_mlps.1", "output_hypernetworks_mlps.2")
    for name, parameter in model.named_parameters():
        if any(part in name for part in (*untouched, "output_hypernetworks_mlps.3")):
            continue  # of the masks and qualities that RefSAM does not ask for
        assert (parameter.grad is not None) is parameter.requires_grad, name


def test_half_of_the_blocks_have_adapters_the_later_one() -> None:
    adapted = [block.Space_Adapter is not None for block in without_memory("refsam-b").image_encoder.blocks]
    assert adapted == [False] * 6 + [True] * 6


def test_the_text_encoder_is_frozen() -> None:
    text = load_text_encoder("tiny", None)
    assert isinstance(text, TextEncoder)
    assert not any(p.requires_grad for p in text.encoder.parameters())


def test_an_unknown_variant_or_text_encoder_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match="refsam-b, refsam-l, refsam-h, refsam-small") as caught:
        build("refsam-huge")
    assert caught.value.problems[0].code is Code.UNKNOWN_VARIANT
    with pytest.raises(UsageError, match="t5-small, t5-3b, t5-11b, roberta-base"):
        build("refsam-b", text="bert")
