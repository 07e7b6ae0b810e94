"""`rvosbench baseline`: reference predictors, listed and run."""

from __future__ import annotations

import typer

from rvosbench_baselines.bench.command import bench
from rvosbench_baselines.freed_memory import keep_freed_memory
from rvosbench_baselines.list_command import list_baselines
from rvosbench_baselines.run_command import run
from rvosbench_baselines.tracks.command import tracks
from rvosbench_baselines.training.command import train

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def baseline() -> None:
    """Reference predictors: which there are, and predictions from them.

    Example: rvosbench baseline list
    """
    keep_freed_memory()


app.command("list")(list_baselines)
app.command("run")(run)
app.command("tracks")(tracks)
app.command("train")(train)
app.command("bench")(bench)
