"""Each reduced model learns one example in a few steps: its losses are connected to its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rvosbench_baselines.layers.drop_path import DropPath
from rvosbench_baselines.training import pixel_tracks, recipe
from rvosbench_baselines.training.recipe import Materials, Recipe
from rvosbench_baselines.training.settings import read_settings
from transformers import RobertaModel

from rvosbench.splits.locate import locate, open_located
from rvosbench.splits.split import Split

SMALL = {
    "soc": ["variant=soc-small", "frames=2", "short_side=32", "long_side=48", "train_text=true"],
    "ssa": ["variant=ssa-small", "frames=2", "short_sides=[32]", "crop=[]", "points=200"],
    "refsam": ["variant=refsam-small", "text=tiny", "frames=2", "short_side=0", "whole_sam=true"],
    "sola": ["variant=sola-small", 'prompts=["grid"]'],
}
STEPS = 30


@pytest.fixture(scope="module")
def split(home: Path) -> Split:
    return open_located(locate("sample:valid", home))


@pytest.fixture(scope="module")
def tracks(split: Split, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pixel_tracks.write(split, tmp_path_factory.mktemp("tracks"))


def small(name: str, tracks: Path) -> Recipe:
    torch.manual_seed(0)
    kind = recipe.find(name)
    settings = read_settings(kind.KIND, name, SMALL[name])
    return kind(settings, Materials(tracks=tracks, val_tracks=tracks))


@pytest.mark.parametrize("name", ["soc", "ssa", "refsam"])
def test_photographs_are_learnt_from_as_videos_of_one_frame(name: str, home: Path) -> None:
    torch.manual_seed(0)
    kind = recipe.find(name)
    made = kind(read_settings(kind.KIND, name, [*SMALL[name], "frames=1"]), Materials())
    split = open_located(locate("refcoco:val", home))
    reader = made.reader(split, learning=True)
    places = [one if isinstance(one, tuple) else (one,) for one in reader.samples]
    named = {place.expression for group in places for place in group}
    assert named == {one.name for one in split.expressions}
    batch = made.collate([reader(place, np.random.default_rng(0)) for place in reader.samples[:2]])
    loss = made.losses(batch, torch.device("cpu"))["loss"]
    torch.autograd.backward(loss)
    assert loss.isfinite()
    gradients = [one.grad for one in made.model.parameters() if one.grad is not None]
    assert any(bool(one.abs().sum() > 0) for one in gradients)


@pytest.mark.parametrize(("name", "rate"), [("soc", 1e-3), ("ssa", 1e-3), ("refsam", 1e-2), ("sola", 1e-3)])
def test_the_loss_of_one_example_falls(name: str, rate: float, split: Split, tracks: Path) -> None:
    made = small(name, tracks)
    reader = made.reader(split, learning=False)
    batch = made.collate([reader(reader.samples[0], np.random.default_rng(0))])
    optimiser = torch.optim.AdamW([{**group, "lr": rate} for group in made.groups()])
    made.model.train()
    losses = []
    for _ in range(STEPS):
        loss = made.losses(batch, torch.device("cpu"))["loss"]
        losses.append(loss.item())
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(made.model.parameters(), 1.0)
        optimiser.step()
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


@pytest.mark.parametrize("name", ["refsam", "soc"])
def test_sentences_of_a_window_cost_together_what_they_cost_alone(
    name: str, split: Split, tracks: Path
) -> None:
    kind = recipe.find(name)
    still = ["model.dropout=0.0", "model.clips_apart=true"] if name == "soc" else ["text=bare"]
    settings = read_settings(kind.KIND, name, [*SMALL[name], *still, "sentences=3"])
    torch.manual_seed(0)
    made = kind(settings, Materials())
    # SOC gives all that is trained on in training mode alone; what is random has to rest.
    made.model.train(name == "soc")
    for module in made.model.modules():
        if isinstance(module, DropPath | RobertaModel):
            module.eval()
    reader = made.reader(split, learning=False)
    sample = next(one for one in reader.samples if len(one) == 3)
    read = reader(sample, np.random.default_rng(0))
    assert len({one.text for one in read}) == 3
    together = made.losses(made.collate([read]), torch.device("cpu"))["loss"]
    alone = [made.losses(made.collate([[one]]), torch.device("cpu"))["loss"] for one in read]
    torch.testing.assert_close(together, torch.stack(alone).mean(), rtol=1e-4, atol=1e-4)


def test_the_text_side_of_the_small_clip_learns(split: Split, tracks: Path) -> None:
    made = small("ssa", tracks)
    reader = made.reader(split, learning=False)
    batch = made.collate([reader(reader.samples[0], np.random.default_rng(0))])
    torch.autograd.backward(made.losses(batch, torch.device("cpu"))["loss"])
    words = made.model.get_parameter("backbone.clip_model.token_embedding.weight")
    assert words.grad is not None
    assert bool(words.grad.any())
