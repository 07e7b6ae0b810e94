"""SOLA's selection module gives what the authors' code gave with the same generated weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from inputs import sola_labels, sola_tokens
from parity import Golden
from rvosbench_baselines.sola import build
from rvosbench_baselines.sola.losses import losses
from rvosbench_baselines.sola.model import Sola
from torch import Tensor
from weights import fill


@pytest.fixture(scope="module")
def golden() -> Golden:
    return Golden("sola", "sola")


@pytest.fixture(scope="module")
def model() -> Sola:
    torch.manual_seed(0)
    built = build("sola")
    built.load_state_dict(fill(built.state_dict()))
    return built.eval()


def inputs_of(run: dict[str, Any]) -> tuple[Tensor, Tensor]:
    tokens, words = sola_tokens(run["N"], run["T"], run["L"], run["seed"])
    return torch.from_numpy(tokens[0]), torch.from_numpy(words[0])


def test_the_state_has_exactly_the_authors_keys(golden: Golden, model: Sola) -> None:
    assert {key: tuple(value.shape) for key, value in model.state_dict().items()} == golden.shapes
    assert len(golden.shapes) == 84


def test_it_has_as_many_parameters_as_theirs(model: Sola) -> None:
    assert sum(weight.numel() for weight in model.parameters()) == 32_980_480
    assert all(weight.requires_grad for weight in model.parameters())


def test_every_stored_output_is_reached(golden: Golden, model: Sola) -> None:
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        return lambda module, given, result: seen.update({name: result})

    hooks = [model.short_motion_encoder.register_forward_hook(keep("mid/motion_encoder"))]
    for place, layer in enumerate(model.object_lang_align_layers):
        hooks.append(layer.register_forward_hook(keep(f"dig/layer.{place}")))
        for number, norm in enumerate(layer.get_submodule("norm").children()):
            hooks.append(norm.register_forward_hook(keep(f"dig/layer.{place}.norm.{number}")))
    with torch.no_grad():
        selection = model(*inputs_of(golden.meta["runs"][0]))
    for hook in hooks:
        hook.remove()
    seen["out/score_map"] = selection.scores[None]
    seen["out/score_tokens"] = selection.tokens[None]
    seen["int/selected"] = selection.scores[None].sigmoid() > 0.5
    golden.check(0, {name: value.numpy() for name, value in seen.items()})


def test_the_losses_and_their_gradients_are_reached(golden: Golden, model: Sola) -> None:
    run = golden.meta["runs"][1]
    tokens, words = inputs_of(run)
    labels = torch.from_numpy(sola_labels(run["N"])[0])
    found = losses(model(tokens, words), labels, words, model.negative_token.weight)
    names = run["train"]["grads"]
    gradients = torch.autograd.grad(found.total, [model.get_parameter(name) for name in names])
    ours = {"bce": found.selection, "alignment": found.alignment, "total": found.total}
    golden.check(
        1,
        {f"loss/{name}": value.item() for name, value in ours.items()}
        # In double precision: a sum of three million squares in single precision misses the tolerance.
        | {f"grad/{name}": one.double().norm().item() for name, one in zip(names, gradients, strict=True)},
    )
