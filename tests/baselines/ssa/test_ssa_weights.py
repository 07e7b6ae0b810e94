"""The authors' files load as they are, what does not fit is said precisely, and the card counts right."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from rvosbench_baselines.base import Setup
from rvosbench_baselines.options import parse_options
from rvosbench_baselines.ssa import build
from rvosbench_baselines.ssa.card import SSA
from rvosbench_baselines.ssa.model import Ssa
from rvosbench_baselines.ssa.weights import generated_model, released_model
from torch import Tensor, nn

from rvosbench.errors import Code, RvosbenchError, UsageError


def equal(one: nn.Module, other: nn.Module) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[key]) for key, value in one.state_dict().items())


@pytest.fixture
def saved(small: Ssa) -> dict[str, Tensor]:
    return dict(small.state_dict())


def test_a_checkpoint_of_detectron2_loads_with_all_it_holds_beside(
    small: Ssa, saved: dict[str, Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "model_final.pth"
    extras = {"pixel_mean": torch.zeros(3, 1, 1), "pixel_std": torch.ones(3, 1, 1)}
    state = {
        "model": saved | extras,
        "optimizer": {"state": {}},
        "scheduler": {"last": 3},
        "iteration": 74999,
    }
    torch.save(state, path)
    assert equal(released_model(path, "ssa-small"), small)


def test_constants_of_the_losses_may_be_there_or_not(
    small: Ssa, saved: dict[str, Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "model.pth"
    without = {key: value for key, value in saved.items() if not key.endswith("empty_weight")}
    assert len(without) == len(saved) - 2
    torch.save({"model": without}, path)
    assert equal(released_model(path, "ssa-small"), small)


def test_the_initial_weights_of_training_are_no_model_that_predicts(
    saved: dict[str, Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "clip_mask2former.pth"
    torch.save({"model": {key: one for key, one in saved.items() if "vita" not in key}}, path)
    with pytest.raises(RvosbenchError) as refused:
        released_model(path, "ssa-small")
    (problem,) = refused.value.problems
    assert problem.code is Code.WEIGHTS_DO_NOT_FIT
    assert "are not in the file: vita_module." in problem.found
    assert "where their training begins" in problem.fix


def test_files_of_another_size_are_refused_with_the_shapes(saved: dict[str, Tensor], tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    saved["resizer.fc.weight"] = torch.zeros(256, 768)
    torch.save({"model": saved}, path)
    with pytest.raises(RvosbenchError, match=r"resizer\.fc\.weight: \[256, 768\] for \[64, 64\]"):
        released_model(path, "ssa-small")


def test_generated_weights_follow_from_their_seed() -> None:
    assert equal(generated_model("ssa-small", 1), generated_model("ssa-small", 1))
    assert not equal(generated_model("ssa-small", 1), generated_model("ssa-small", 2))


def test_without_the_tokenizer_the_message_says_which_file_and_from_where() -> None:
    setup = Setup("ssa", "masks", "mevis-v1", seed=0, options=parse_options([], SSA, "mevis-v1"))
    with pytest.raises(UsageError) as refused:
        SSA.load(setup)  # before the model is built
    assert "bpe_simple_vocab_16e6.txt.gz" in str(refused.value)
    assert "--text-model" in str(refused.value)


@pytest.mark.parametrize(
    ("dataset", "rule", "side"),
    [
        ("mevis-v1", "union", 448),
        ("mevis-v2", "union", 448),
        ("ref-youtube-vos", "top1", 480),
        ("ref-davis17", "top1", 480),
    ],
)
def test_the_defaults_are_those_of_the_authors_configurations(dataset: str, rule: str, side: int) -> None:
    options = parse_options([], SSA, dataset)
    assert (options["queries"], options["short-side"]) == (rule, side)
    assert (options["long-side"], options["threshold"]) == (1333, 0.5)
    assert (options["chunk"], options["mask-chunk"]) == (18, 5)


def count(module: nn.Module, *, trained: bool = False) -> int:
    return sum(weight.numel() for weight in module.parameters() if weight.requires_grad or not trained)


@pytest.mark.parametrize("variant", [one.name for one in SSA.variants])
def test_the_card_counts_the_parameters(variant: str) -> None:
    card = SSA.variant(variant)
    assert card is not None
    with torch.device("meta"):
        model = build(variant)
    assert (count(model), count(model, trained=True)) == (card.parameters, card.trainable)


def test_the_parts_have_as_many_parameters_as_the_authors() -> None:
    with torch.device("meta"):
        model = build("ssa")
    millions = {
        "total": count(model),
        "trained": count(model, trained=True),
        "clip": count(model.backbone.clip_model),
        "visual": count(model.backbone.clip_model.visual),
        "adapters": count(model.backbone.stage_adapter_layers),
        "pixel decoder": count(model.sem_seg_head.pixel_decoder),
        "frame decoder": count(model.sem_seg_head.predictor),
        "video": count(model.vita_module),
        "resizer": count(model.resizer),
    }
    assert {name: round(number / 1e6, 2) for name, number in millions.items()} == {
        "total": 398.62,
        "trained": 46.85,
        "clip": 351.77,
        "visual": 199.77,
        "adapters": 7.02,
        "pixel decoder": 10.53,
        "frame decoder": 16.79,
        "video": 12.32,
        "resizer": 0.20,
    }
    adapters = [round(count(one) / 1e6, 2) for one in model.backbone.stage_adapter_layers]
    assert adapters == [0.81, 1.15, 1.84, 3.22]
    assert count(model.backbone.clip_model, trained=True) == 0
    assert len(model.state_dict()) == 1260
