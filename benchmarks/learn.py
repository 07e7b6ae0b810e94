"""Proof of learning: reduced models, trained on made-up videos with objects of one size, tested on others.

    python benchmarks/learn.py --out learn --minutes 60

Prints a table: J&F of the largest object, of the model, and of the same weights with sentences exchanged.
What is there already is not made again, so a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rvosbench_baselines.cards import find as find_card
from rvosbench_baselines.inference.blind import open_blind
from rvosbench_baselines.training import learning, pixel_tracks
from rvosbench_baselines.training.checkpoint import LAST
from rvosbench_baselines.training.journal import read_lines
from rvosbench_baselines.training.recipe import RECIPES, Materials, find, prediction_setup
from rvosbench_baselines.training.settings import read_settings

from rvosbench import sample
from rvosbench.datasets import base
from rvosbench.sample.recipe import TRAINING, Recipe
from rvosbench.splits.convert import convert
from rvosbench.splits.locate import locate, open_located, require

SEED = 7  # of the videos
TRAIN, TEST = "train", "valid"
TOY = replace(TRAINING, name="toy", frames=4, train=3, valid=2, test=1, sentences=4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("learn"))
    parser.add_argument("--only", nargs="*", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--minutes", type=int, default=60, help="of the processor, for each training")
    parser.add_argument("--steps", type=int, help="instead of those of the configuration")
    parser.add_argument("--toy", action="store_true", help="a few videos and steps: whether everything runs")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    home = material(asked.out, TOY if asked.toy else TRAINING)
    rows = []
    for name in asked.only:
        train(name, asked.out, home, asked.minutes, asked.steps or (2 if asked.toy else None))
        rows.append(judged(name, asked.out, home))
        (asked.out / f"{name}.json").write_text(json.dumps(rows[-1], indent=2) + "\n", encoding="utf-8")
    print(table(rows))


def material(out: Path, recipe: Recipe) -> Path:
    """The made-up videos, converted, and their tracks."""
    home, release = out / "home", out / "release"
    if not release.exists():
        sample.write(release, recipe, SEED, only=["sample"], predictions=False)
    for split in (TRAIN, TEST):
        if not (home / "sample" / split).exists():
            convert(base.find("sample"), release / "sample", split, data=home)
        tracks = tracks_of(out, split)
        if not (tracks / "grid.labels.parquet").exists():
            pixel_tracks.write(open_located(locate(f"sample:{split}", home)), tracks)
    return home


def tracks_of(out: Path, split: str) -> Path:
    return out / "tracks" / split


def train(name: str, out: Path, home: Path, minutes: int, steps: int | None) -> None:
    """In a process whose processor time is bounded; its last checkpoint counts."""
    run = out / name
    command = [
        *(sys.executable, "-m", "rvosbench.cli", "baseline", "train", name, "--config", f"learn-{name}"),
        *("--dataset", f"sample:{TRAIN}", "--data", str(home), "--out", str(run), "--device", "cpu"),
    ]
    if name == "sola":
        command += ["--tracks", str(tracks_of(out, TRAIN))]
    if steps is not None:
        command += ["--set", f"length={steps}"]
    if (run / LAST).exists():
        if (run / "done").exists():
            return
        command.append("--resume")
    bound = partial(resource.setrlimit, resource.RLIMIT_CPU, (60 * minutes, 60 * minutes + 60))
    done = subprocess.run(command, preexec_fn=bound, check=False)
    if not (run / LAST).exists():
        sys.exit(f"training of {name} ended with {done.returncode} before its first checkpoint")
    (run / "done").touch()


def judged(name: str, out: Path, home: Path) -> dict[str, Any]:
    """The three scores on videos that the model has never seen."""
    located = locate(f"sample:{TEST}", home)
    truth, blind = open_located(located), open_blind(require(located))
    tracks = tracks_of(out, TEST) if name == "sola" else None
    materials = Materials(weights=None, val_tracks=tracks)
    kind = find(name)
    settings = read_settings(kind.KIND, f"learn-{name}")
    recipe = kind(settings, materials)
    load_last(recipe.model, out / name / LAST)
    setup = prediction_setup(find_card(name).baseline, settings, "sample", "cpu", materials)
    predictor = recipe.predictor(setup)
    scores = {
        "largest": learning.largest(truth),
        "model": learning.predicted(predictor, truth, blind),
        "exchanged": learning.predicted(predictor, truth, blind, learning.exchanged(truth, SEED)),
    }
    lines = [line for line in read_lines(out / name) if line["event"] == "train"]
    return {
        "baseline": name,
        "variant": settings.variant,
        "steps": lines[-1]["step"],
        "sentences": len(scores["model"].of),
        "videos": len(truth.videos),
        **{key: {"J&F": one.mean, "interval": one.interval()} for key, one in scores.items()},
        "loss": [(line["step"], line["loss"]) for line in lines[:: max(1, len(lines) // 50)]],
    }


def load_last(model: Any, path: Path) -> None:
    import torch

    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["model_state_dict"])


def table(rows: list[dict[str, Any]]) -> str:
    """J&F in percent, with the interval that holds 95 of 100 draws of videos."""
    lines = ["| | steps | largest object | model | sentences exchanged |", "|---|---|---|---|---|"]
    for row in rows:
        cells = [
            f"{100 * row[key]['J&F']:.1f} ({100 * row[key]['interval'][0]:.1f} to "
            f"{100 * row[key]['interval'][1]:.1f})"
            for key in ("largest", "model", "exchanged")
        ]
        lines.append(f"| {row['variant']} | {row['steps']} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
