"""A run that was stopped takes the course that it would have taken; its files are whole at any time."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from rvosbench_baselines.training.checkpoint import BEST, LAST
from rvosbench_baselines.training.journal import read_lines
from toy_recipe import SETTINGS, training

from rvosbench.errors import RvosbenchError, UsageError

SUPPORT = Path(__file__).parents[2] / "support"


def weights(folder: Path, name: str = LAST) -> dict[str, Any]:
    found: dict[str, Any] = torch.load(folder / name, weights_only=True)["model_state_dict"]
    return found


def same(one: Path, other: Path) -> bool:
    first, second = weights(one), weights(other)
    return all(torch.equal(first[name], second[name]) for name in first) and read_lines(one) == read_lines(
        other
    )


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    training(folder).run()
    return folder


def test_two_halves_are_the_whole_to_the_last_bit(uninterrupted: Path, tmp_path: Path) -> None:
    """Weights, and the curve of the loss: dropout, noise of the loss, samples and falling rates go on."""
    training(tmp_path, replace(SETTINGS, length=4)).run()
    assert not same(uninterrupted, tmp_path)
    training(tmp_path, resume=True).run()
    assert same(uninterrupted, tmp_path)
    assert [line["rate"] for line in read_lines(tmp_path)][4:] == [0.01, 0.01, 0.001, 0.001]


KILLED = """
import sys, time
from pathlib import Path
from toy_recipe import ToyRecipe, training
class Slow(ToyRecipe):
    def losses(self, batch, device):
        time.sleep(0.2)
        return super().losses(batch, device)
training(Path(sys.argv[1]), recipe=Slow()).run()
"""


def test_so_is_one_that_was_killed_at_any_moment(uninterrupted: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], env=environment)
    give_up = time.monotonic() + 600  # a busy machine takes its time to load torch
    while len(read_lines(tmp_path)) < 4 and time.monotonic() < give_up:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    assert 4 <= len(read_lines(tmp_path)) < 8
    training(tmp_path, resume=True).run()
    assert same(uninterrupted, tmp_path)


def test_what_was_logged_after_the_last_checkpoint_is_not_there_twice(tmp_path: Path) -> None:
    training(tmp_path, replace(SETTINGS, length=4)).run()
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write(json.dumps({"event": "train", "step": 5, "loss": 9.0}) + '\n{"event": "tra')
    training(tmp_path, resume=True).run()
    assert [line["step"] for line in read_lines(tmp_path)] == list(range(1, 9))


def test_several_batches_make_a_step_like_one_that_is_as_large(tmp_path: Path) -> None:
    def gradients(name: str, batch: int, accumulate: int) -> list[torch.Tensor]:
        from toy_recipe import ToyRecipe

        class Quiet(ToyRecipe):
            def losses(self, batch: torch.Tensor, device: torch.device) -> dict[str, torch.Tensor]:
                return {"loss": (self.model(batch) - 2 * batch).square().mean()}

        recipe = Quiet(dropout=0.0)
        made = training(tmp_path / name, replace(SETTINGS, batch=batch, accumulate=accumulate), recipe=recipe)
        numbers = torch.arange(4.0)[:, None]
        made.backward(list(torch.chunk(numbers, 4 // batch)))
        return [one.grad for one in recipe.model.parameters() if one.grad is not None]

    for one, other in zip(gradients("a", 4, 1), gradients("b", 1, 4), strict=True):
        torch.testing.assert_close(one, other)


def test_the_best_checkpoint_is_that_of_the_best_validation(tmp_path: Path) -> None:
    scores = iter([0.2, 0.6, 0.4, 0.5])
    settings = replace(SETTINGS, validate_every=2, save_every=0)
    kept: dict[float, dict[str, Any]] = {}

    def validate() -> dict[str, float]:
        score = next(scores)
        kept[score] = {name: one.clone() for name, one in made._recipe.model.state_dict().items()}
        return {"J&F": score}

    made = training(tmp_path, settings, validate=validate)
    made.run()
    best = weights(tmp_path, BEST)
    assert all(torch.equal(best[name], kept[0.6][name]) for name in best)
    assert not all(torch.equal(weights(tmp_path)[name], kept[0.6][name]) for name in best)


def test_rates_fall_when_validations_no_longer_improve(tmp_path: Path) -> None:
    losses = iter([3.0, 2.0, 2.5, 2.5, 1.0, 1.0, 1.0, 1.0])
    settings = replace(SETTINGS, patience=1, validate_every=1, drop_factor=0.5)
    made = training(tmp_path, settings, validate=lambda: {"J&F": 0.5, "loss": next(losses)})
    made.run()
    rates = [line["rate"] for line in read_lines(tmp_path) if line["event"] == "train"]
    assert rates == [0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.0025]


def test_a_loss_that_is_no_number_ends_the_run_and_harms_no_checkpoint(tmp_path: Path) -> None:
    from toy_recipe import ToyRecipe

    class Broken(ToyRecipe):
        def losses(self, batch: torch.Tensor, device: torch.device) -> dict[str, torch.Tensor]:
            broken = made.position.step == 3
            return {"loss": self.model(batch).sum() * (float("nan") if broken else 1.0)}

    made = training(tmp_path, recipe=Broken())
    with pytest.raises(RvosbenchError, match=r"RVB212.*step 4"):
        made.run()
    assert torch.load(tmp_path / LAST, weights_only=True)["position"]["step"] == 3


def test_weights_that_are_no_numbers_are_not_saved(tmp_path: Path) -> None:
    """The loss of the step that spoils them is a number still."""
    from toy_recipe import ToyRecipe

    class Steep(ToyRecipe):
        def losses(self, batch: torch.Tensor, device: torch.device) -> dict[str, torch.Tensor]:
            flat = self.model(batch).sum()
            return {"loss": (0 * flat).sqrt() if made.position.step == 3 else flat}

    made = training(tmp_path, recipe=Steep())
    with pytest.raises(RvosbenchError, match=r"RVB212.*step 4"):
        made.run()
    kept = torch.load(tmp_path / LAST, weights_only=True)
    assert kept["position"]["step"] == 3
    assert all(bool(one.isfinite().all()) for one in kept["model_state_dict"].values())


def test_a_checkpoint_for_which_there_is_no_room_leaves_the_one_before(tmp_path: Path) -> None:
    made = training(tmp_path, replace(SETTINGS, length=2))
    made.run()
    before = (tmp_path / LAST).read_bytes()
    more = training(tmp_path, resume=True)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(RvosbenchError, match=r"RVB007.*last\.pth"):
            more.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / LAST).read_bytes() == before
    assert not list(tmp_path.glob(".*.new"))


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again(
    uninterrupted: Path, tmp_path: Path
) -> None:
    training(tmp_path, replace(SETTINGS, length=2)).run()
    (tmp_path / LAST).unlink()
    training(tmp_path, resume=True).run()
    assert same(uninterrupted, tmp_path)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / LAST).write_bytes(b"not a checkpoint")
    with pytest.raises(UsageError, match="RVB211"):
        training(tmp_path, resume=True)
