"""`rvosbench serve`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON
from rvosbench_leaderboard.commands.parts import require_server

if TYPE_CHECKING:
    from rvosbench_leaderboard.database.engine import Database
    from rvosbench_leaderboard.processes.place import Place
    from rvosbench_leaderboard.scoring.cell import Isolation

DB = Annotated[
    str | None,
    typer.Option(
        "--db",
        help="Address of a PostgreSQL database; $RVOSBENCH_DB is taken too. Default: a file in the folder.",
        show_default=False,
    ),
]
WORKERS = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, max=256, help="Submissions that are scored at once.", show_default="cores / 4"
    ),
]


def serve(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the server keeps everything; made if absent.")
    ] = Path("rvosbench-server"),
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8080,
    workers: WORKERS = None,
    db: DB = None,
    data: DATA = None,
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin",
            help="The address people type, such as https://bench.example.org, where a proxy stands in front.",
            show_default=False,
        ),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Run an evaluation server: benchmarks, submissions, scoring, boards. Stops with Ctrl-C.

    Benchmarks are files in FOLDER/benchmarks; their ground truth is converted splits in --data. Works in an
    empty folder, and prints a link that makes the first administrator.

    Example: rvosbench serve --folder server --data data
    """
    require_server()
    from rvosbench_leaderboard.processes import front
    from rvosbench_leaderboard.processes.place import checked_origin, find_place, require_truth
    from rvosbench_leaderboard.processes.supervisor import Supervisor, launched
    from rvosbench_leaderboard.processes.told import stop_on_signals
    from rvosbench_leaderboard.scoring.cell import isolation

    place = find_place(folder, data, db)
    origin = checked_origin(origin) if origin else None
    require_truth(place, data)
    place.make()
    with front.locked(place), front.listen(host, port) as listener:
        cell = isolation()
        web = front.the_web(place, listener, cell, origin)
        with launched(web) as loading:
            from rvosbench_leaderboard.processes import serve as parts

            database = _ready(place)
            _warn(cell)
            shown = f"[{host}]" if ":" in host else host
            address = origin or f"http://{shown}:{listener.getsockname()[1]}"
            crew = parts.Crew(workers or parts.default_workers())
            _announce(place, address, parts.admin_link(database, address), crew.workers, cell, as_json)
            the_rest = parts.the_workers(place, database, crew, cell, console.note)
            supervisor = Supervisor([web, *the_rest], console.note, {web.name: loading})
            stop_on_signals(supervisor.stopping)
            supervisor.run()
            database.close()
    console.note("stopped; what was being scored goes on at the next start")


def _ready(place: Place) -> Database:
    """With its tables, free of what a killed server held, and with the definitions of the folder."""
    from rvosbench_leaderboard.database.upgrade import upgrade
    from rvosbench_leaderboard.processes.serve import take_over

    database = place.reach()
    upgrade(database)
    take_over(database)
    _define(place, database)
    return database


def _define(place: Place, database: Database) -> None:
    """A file with errors keeps nobody from being served: what was in force before stays so."""
    from datetime import UTC, datetime

    from rvosbench.errors import RvosbenchError
    from rvosbench_leaderboard.definitions import load_folder

    try:
        load_folder(database, place.benchmarks, datetime.now(UTC), console.note)
    except RvosbenchError as error:
        console.problems(error.problems)


def _warn(cell: Isolation) -> None:
    for gap in cell.gaps:
        console.note(f"warning: {gap}; install bubblewrap, and see `rvosbench admin doctor`")


def _announce(
    place: Place, address: str, link: str | None, workers: int, cell: Isolation, as_json: bool
) -> None:
    if as_json:
        console.emit(
            {
                "address": address,
                "admin_link": link,
                "folder": str(place.folder),
                "data": str(place.data),
                "workers": workers,
                "isolation": cell.means,
            }
        )
        return
    console.out(f"{address}  {place.folder}")
    console.out(f"  ground truth in {place.data}; {workers} scoring at once; isolation: {cell.means}")
    if link:
        console.out(f"  the first administrator: {link}")
        console.note("Next: open that link once; then put a benchmark in force, see docs/server.md")
