"""`rvosbench worker`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA
from rvosbench.errors import Code, Problem, UsageError
from rvosbench_leaderboard.commands.parts import require_server
from rvosbench_leaderboard.commands.serve import DB, WORKERS


def worker(
    folder: Annotated[
        Path, typer.Option("--folder", help="The folder of the server, shared between the machines.")
    ],
    db: DB = None,
    data: DATA = None,
    workers: WORKERS = None,
) -> None:
    """Score submissions on a further machine, for a server whose database is PostgreSQL. Stops with Ctrl-C.

    The machine sees the folder of the server and has the same converted splits in --data.

    Example: rvosbench worker --db postgresql://bench@db/bench --folder /mnt/server --data data
    """
    require_server()
    from rvosbench_leaderboard.processes import serve as parts
    from rvosbench_leaderboard.processes.place import find_place, require_truth
    from rvosbench_leaderboard.processes.supervisor import Supervisor
    from rvosbench_leaderboard.processes.told import stop_on_signals
    from rvosbench_leaderboard.scoring.cell import isolation

    place = find_place(folder, data, db)
    if place.database is None or not place.database.startswith("postgresql"):
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--db",
                expected="the address of the server's PostgreSQL database",
                found="none",
                fix="give --db or $RVOSBENCH_DB; on SQLite `serve` has all workers itself, see its --workers",
            )
        )
    require_truth(place, data)
    database = place.ready()
    cell = isolation()
    for gap in cell.gaps:
        console.note(f"warning: {gap}; install bubblewrap")
    crew = parts.Crew(workers or parts.default_workers())
    supervisor = Supervisor(parts.the_workers(place, database, crew, cell, console.note), console.note)
    console.note(f"{crew.workers} scoring at once, ground truth in {place.data}; isolation: {cell.means}")
    stop_on_signals(supervisor.stopping)
    supervisor.run()
    database.close()
