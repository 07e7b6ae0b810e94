"""Ours computes what the authors' code computed with the same weights, within the tolerance that is stored
with each array. `python tests/golden/soc_case.py` prints the table."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from rvosbench_baselines.soc import build
from rvosbench_baselines.soc.model import Soc
from soc_case import Golden, batch, evaluated, trained

full_size = pytest.mark.full
VARIANTS = ["soc-small", pytest.param("soc-t", marks=full_size), pytest.param("soc-b", marks=full_size)]


@cache
def golden(variant: str) -> Golden:
    return Golden(variant)


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(variant: str) -> Soc:
    return golden(variant).model()


def test_the_state_has_the_keys_and_shapes_of_the_authors(variant: str, model: Soc) -> None:
    ours = {key: list(value.shape) for key, value in model.state_dict().items()}
    assert ours == golden(variant).keys


def test_integer_buffers_are_those_of_the_authors(variant: str, model: Soc) -> None:
    assert golden(variant).structural(model) == golden(variant).meta["int_buffers"]


def test_every_stored_array_is_met(variant: str, model: Soc) -> None:
    stored = golden(variant)
    seen = 0
    for place in stored.runs(training=False):
        for one in stored.differences(place, evaluated(model, stored.meta["runs"][place])):
            assert one.fits, one
            seen += 1
    assert seen == 32 * len(stored.runs(training=False))


def test_losses_and_gradients_are_those_of_the_authors(variant: str, model: Soc) -> None:
    stored = golden(variant)
    for place in stored.runs(training=True):
        differences = list(stored.differences(place, trained(model, stored.meta["runs"][place])))
        assert all(one.fits for one in differences), [one for one in differences if not one.fits]
        assert len(differences) == 6 * model.config.decoder_depth + 1 + 17


def test_evaluation_gives_the_first_layer_and_training_all_of_them() -> None:
    model = golden("soc-small").model()
    frames, padding, ids, present = batch(golden("soc-small").meta["runs"][0])
    with torch.inference_mode():
        evaluation = model(frames, ids, present, padding)
        model.train()
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout | torch.nn.MultiheadAttention):
                module.eval()
        training = model(frames, ids, present, padding)
    assert evaluation.earlier == ()
    assert len(training.earlier) == 1
    # The boxes of a layer start from what the layer before it refined, so those of the last differ.
    assert not torch.allclose(evaluation.pred_boxes, training.pred_boxes, atol=1e-2)
    assert evaluation.pred_masks.shape == training.earlier[0].pred_masks.shape


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "total", "trainable"), [("soc-t", 174.12, 49.48), ("soc-b", 234.62, 109.97)], ids=["t", "b"]
)
def test_full_size_models_have_the_number_of_parameters_of_the_authors(
    name: str, total: float, trainable: float
) -> None:
    with torch.device("meta"):
        model = build(name)
    assert round(sum(weight.numel() for weight in model.parameters()) / 1e6, 2) == total
    learning = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    assert round(learning / 1e6, 2) == trainable
