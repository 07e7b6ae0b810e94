"""`rvosbench leaderboard`: tables of results as data."""

from __future__ import annotations

import typer

from rvosbench_leaderboard.commands.leaderboard_add import add, import_table
from rvosbench_leaderboard.commands.leaderboard_build import build
from rvosbench_leaderboard.commands.leaderboard_export import export
from rvosbench_leaderboard.commands.leaderboard_floors import floors
from rvosbench_leaderboard.commands.leaderboard_verify import reproduce, verify

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def leaderboard() -> None:
    """Tables of published results as records: checked, scored again, exported, and built into a site.

    Example: rvosbench leaderboard verify
    """


app.command()(add)
app.command("import")(import_table)
app.command()(floors)
app.command()(verify)
app.command()(reproduce)
app.command()(export)
app.command()(build)
