"""`rvosbench admin`: what is done on the machine of an evaluation server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON
from rvosbench_leaderboard.commands.parts import require_server

if TYPE_CHECKING:
    from rvosbench_leaderboard.processes.place import Place

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

FOLDER = Annotated[Path, typer.Option("--folder", help="The folder that `rvosbench serve` was given.")]
DB = Annotated[
    str | None,
    typer.Option(
        "--db",
        help="Address of the PostgreSQL database, if there is one; $RVOSBENCH_DB is taken too.",
        show_default=False,
    ),
]
DEFAULT = Path("rvosbench-server")


@app.callback()
def admin() -> None:
    """Look after an evaluation server: checks, backups, links, definitions, exports.

    Example: rvosbench admin doctor --folder server
    """


@app.command()
def doctor(folder: FOLDER = DEFAULT, data: DATA = None, db: DB = None, as_json: JSON = False) -> None:
    """Is everything as promised: isolation, ground truth out of reach, workers, disk, nothing stuck.

    Ground truth is looked at where --data or $RVOSBENCH_HOME names it.

    Exits with 1 if there is an error; warnings alone leave 0.

    Example: rvosbench admin doctor --folder server --data data
    """
    from datetime import UTC, datetime

    from rvosbench.errors import ProblemLog

    place = _existing(folder, db, data)
    _answers(place)
    from rvosbench_leaderboard.checkup import checkup
    from rvosbench_leaderboard.processes.place import names_truth

    log = ProblemLog()
    checkup(place, datetime.now(UTC), log, truth=names_truth(data))
    console.problems(log)
    if as_json:
        console.emit({"well": not log.has_errors, "problems": [problem.as_json() for problem in log]})
    elif not len(log):
        console.out("all is well")
    if log.has_errors:
        raise typer.Exit(1)
    console.note(f"Next: {console.command('admin', 'backup', 'BACKUP.tar', folder=folder)}")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="BACKUP.tar", help="A file that is not there yet.")],
    folder: FOLDER = DEFAULT,
    db: DB = None,
    blobs: Annotated[
        bool, typer.Option("--blobs/--no-blobs", help="With the files of all submissions.")
    ] = True,
    as_json: JSON = False,
) -> None:
    """One file with everything that the server keeps, while it runs. Ground truth is not in it.

    Example: rvosbench admin backup backup.tar --folder server
    """
    from datetime import UTC, datetime

    place = _existing(folder, db)
    place.ready(older=True).close()
    from rvosbench_leaderboard.backup.archive import back_up

    bar = console.progress()
    bar.start("backup", None, "byte")
    try:
        made = back_up(place, target, datetime.now(UTC), blobs=blobs, advance=bar.advance)
    finally:
        bar.finish()
    about = {"backup": str(target), "made_at": made.made_at, "files": made.files, "submissions": made.blobs}
    if as_json:
        console.emit(about)
    else:
        console.out(f"{target}: the database and the files of {made.blobs:,} submissions, {made.made_at}")
    console.note(f"Next: keep it on another machine; rvosbench admin restore {target} --folder ANOTHER")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP.tar", help="What `backup` made.")],
    folder: FOLDER = DEFAULT,
    db: DB = None,
    as_json: JSON = False,
) -> None:
    """A backup into an empty folder, and an empty database where --db is used.

    Example: rvosbench admin restore backup.tar --folder restored
    """
    place = _place(folder, None, db)
    _answers(place)
    from rvosbench_leaderboard.backup.archive import restore as unpack

    bar = console.progress()
    bar.start("restore", None, "byte")
    try:
        made = unpack(source, place, advance=bar.advance)
    finally:
        bar.finish()
    if as_json:
        console.emit({"folder": str(place.folder), "made_at": made.made_at, "submissions": made.blobs})
    else:
        console.out(
            f"{place.folder}: as it was at {made.made_at}, with the files of {made.blobs:,} submissions"
        )
    console.note(f"Next: {console.command('serve', folder=folder)} --data TRUTH, with the same ground truth")


@app.command()
def link(
    email: Annotated[
        str | None,
        typer.Argument(metavar="[EMAIL]", help="Whose password is to be set; none: a new administrator."),
    ] = None,
    folder: FOLDER = DEFAULT,
    db: DB = None,
    origin: Annotated[
        str, typer.Option("--origin", help="The address under which people reach the server.")
    ] = "http://127.0.0.1:8080",
    as_json: JSON = False,
) -> None:
    """A link that works once: it makes an administrator, or sets the password of an account.

    Example: rvosbench admin link ada@example.org --origin https://bench.example.org
    """
    from datetime import UTC, datetime

    place = _existing(folder, db)
    from rvosbench_leaderboard.organisers.machine import new_link
    from rvosbench_leaderboard.processes.place import checked_origin

    origin = checked_origin(origin)
    database = place.ready()
    path = new_link(database, email, datetime.now(UTC))
    database.close()
    address = f"{origin}{path}"
    if as_json:
        console.emit({"link": address})
    else:
        console.out(address)
    console.note("It works once, within seven days. Next: open it, or send it to the person.")


@app.command()
def define(
    file: Annotated[Path, typer.Argument(metavar="BENCHMARK.toml", help="The definition of a benchmark.")],
    folder: FOLDER = DEFAULT,
    db: DB = None,
    as_json: JSON = False,
) -> None:
    """Puts a definition in force without a restart. A mistake changes nothing: all of them are listed.

    Example: rvosbench admin define mevis.toml --folder server
    """
    from datetime import UTC, datetime

    place = _existing(folder, db)
    from rvosbench_leaderboard.organisers.machine import define_file

    database = place.ready()
    made = define_file(database, file, datetime.now(UTC))
    database.close()
    for address in made.unknown:
        console.note(f"warning: the organiser {address} has no account yet; define again later")
    if as_json:
        console.emit({"benchmark": made.slug, "version": made.version, "changed": made.changed})
    else:
        what = "is in force" if made.changed else "was in force already"
        console.out(f"{made.slug}: version {made.version} {what}")
    console.note(f"Next: see it at /b/{made.slug}")


@app.command()
def export(
    phase: Annotated[str, typer.Argument(metavar="BENCHMARK/TRACK/PHASE", help="Whose board.")],
    form: Annotated[str, typer.Option("--form", help="csv or json.")] = "csv",
    out: Annotated[
        Path | None, typer.Option("--out", help="A file; default: stdout.", show_default=False)
    ] = None,
    folder: FOLDER = DEFAULT,
    db: DB = None,
) -> None:
    """The public board of a phase as CSV or JSON, formula-safe.

    Example: rvosbench admin export mevis/valid/open --form json --out board.json
    """
    from datetime import UTC, datetime

    place = _existing(folder, db)
    from rvosbench_leaderboard.organisers.machine import board_text

    database = place.ready()
    text = board_text(database, phase, form, datetime.now(UTC))
    database.close()
    if out is None:
        console.out(text.rstrip("\r\n"))
    else:
        out.write_text(text, encoding="utf-8", newline="")
        console.out(str(out))


def _place(folder: Path, data: Path | None, db: str | None) -> Place:
    require_server()
    from rvosbench_leaderboard.processes.place import find_place

    return find_place(folder, data, db)


def _existing(folder: Path, db: str | None, data: Path | None = None) -> Place:
    place = _place(folder, data, db)
    from rvosbench_leaderboard.organisers.machine import require_server_folder

    require_server_folder(place)
    return place


def _answers(place: Place) -> None:
    """Before anything else is tried."""
    if place.database is not None and place.database.startswith("postgresql"):
        place.reach().close()
