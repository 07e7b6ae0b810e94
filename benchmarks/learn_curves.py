"""Draws how the loss of masks fell in the runs of `learn.py`, each as a mean over some steps.

python benchmarks/learn_curves.py --out learn --picture docs/pictures/learning.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from rvosbench_baselines.training.journal import read_lines

from rvosbench.report.plots.style import Width, blank, legend_above, looks, styled

LOSSES = {"refsam": "loss_dice", "soc": "loss_dice", "ssa": "loss_dice/video_0", "sola": "loss"}
"""What tells of the answer itself, under its name in the log; SOLA chooses, and has no masks to learn."""
POINTS = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("learn"))
    parser.add_argument("--picture", type=Path, default=Path("learning.png"))
    asked = parser.parse_args()
    runs = [name for name in LOSSES if (asked.out / name).exists()]
    with styled():
        figure = blank(Width.PAGE, 2.4)
        axes = figure.subplots()
        for name, look in zip(runs, looks(len(runs)), strict=True):
            steps, losses = curve(asked.out / name, LOSSES[name])
            axes.plot(steps, losses, label=name, color=look.colour, linestyle=look.line)
        axes.set_xlabel("steps")
        axes.set_ylabel("dice loss")
        legend_above(figure, axes, Width.PAGE, None)
        figure.savefig(asked.picture, dpi=200)


def curve(run: Path, loss: str) -> tuple[list[float], list[float]]:
    """The middles of equally long stretches of the run, and the mean loss in each."""
    lines = [line for line in read_lines(run) if line["event"] == "train"]
    parts = np.array_split(np.array([[line["step"], line[loss]] for line in lines]), min(POINTS, len(lines)))
    means = np.array([part.mean(0) for part in parts])
    return means[:, 0].tolist(), means[:, 1].tolist()


if __name__ == "__main__":
    main()
