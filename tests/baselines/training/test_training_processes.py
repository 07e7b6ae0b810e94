"""Two processes learn what one learns from twice as much, and agree on the scores of all."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import torch
from toy_recipe import SETTINGS, ToyRecipe, training

from rvosbench.metrics.jf import JF

SUPPORT = Path(__file__).parents[2] / "support"
NUMBERS = (0.1, 0.9, 0.4, 0.7)

ONE_OF_TWO = """
import sys
from dataclasses import replace
from pathlib import Path
import torch
from rvosbench.metrics.torch_jf import TorchJF
from rvosbench_baselines.training.parallel import joined
from toy_recipe import SETTINGS, training
from test_training_processes import NUMBERS, Quiet
folder = Path(sys.argv[1])
with joined("cpu") as place:
    recipe = Quiet(dropout=0.0)
    made = training(folder / str(place.rank), SETTINGS, place=place, recipe=recipe)
    own = torch.tensor(NUMBERS)[:, None].split(2)[place.rank]
    made.backward([own[:1], own[1:]])
    torch.save([one.grad for one in recipe.model.parameters()], folder / f"gradients{place.rank}")
    scores = TorchJF()
    for size in range(place.rank, 3):  # three in the first process, two in the other
        scores.update(torch.ones(9, 9).bool(), torch.ones(9, 9).bool().tril(size))
    print(repr(scores.compute().mean))
"""


class Quiet(ToyRecipe):
    def losses(self, batch: torch.Tensor, device: torch.device) -> dict[str, torch.Tensor]:
        return {"loss": (self.model(batch) - 2 * batch).square().mean()}


def test_gradients_and_scores_are_those_of_one_process(tmp_path: Path) -> None:
    here = os.pathsep.join([str(SUPPORT), str(Path(__file__).parent)])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_OF_TWO, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": here,
                "OMP_NUM_THREADS": "1",
                "RANK": str(rank),
                "WORLD_SIZE": "2",
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(29_000 + os.getpid() % 1000),
            },
        )
        for rank in range(2)
    ]
    said = [one.communicate(timeout=600)[0].strip() for one in running]
    scores = JF()
    for size in (0, 1, 2, 1, 2):
        scores.update(torch.ones(9, 9).bool().tril(size).numpy(), torch.ones(9, 9).bool().numpy())
    assert said == [repr(scores.compute().mean)] * 2

    recipe = Quiet(dropout=0.0)
    alone = training(tmp_path / "alone", replace(SETTINGS, batch=4), recipe=recipe)
    alone.backward([torch.tensor(NUMBERS)[:, None]])
    for rank in range(2):
        found = torch.load(tmp_path / f"gradients{rank}", weights_only=True)
        for one, weight in zip(found, recipe.model.parameters(), strict=True):
            torch.testing.assert_close(one, weight.grad)
