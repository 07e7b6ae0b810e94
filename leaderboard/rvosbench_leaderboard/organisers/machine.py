"""What is done from the command line of the server, with the rights of who owns its folder."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from rvosbench.errors import Code, Problem, ProblemLog, RvosbenchError, UsageError
from rvosbench.io.json import read_text
from rvosbench_leaderboard.database.engine import Database
from rvosbench_leaderboard.database.tables import User
from rvosbench_leaderboard.definitions import NO_TOML, Defined, define
from rvosbench_leaderboard.organisers import accounts
from rvosbench_leaderboard.organisers.audit import MACHINE, record
from rvosbench_leaderboard.pages import export
from rvosbench_leaderboard.pages.basis import basis_of, board_of
from rvosbench_leaderboard.pages.links import link_path
from rvosbench_leaderboard.processes.place import Place
from rvosbench_leaderboard.web.accounts.links import Purpose, make_link
from rvosbench_leaderboard.web.security.subjects import phase_query

FORMS = ("csv", "json")


def require_server_folder(place: Place) -> None:
    if place.database is None and not (place.folder / "server.db").is_file():
        raise UsageError(
            Problem(
                Code.NOT_THERE,
                str(place.folder),
                expected="the folder of a server",
                found="no server.db in it",
                fix="name the folder that `rvosbench serve` was given, by --folder",
            )
        )


def new_link(database: Database, email: str | None, now: datetime) -> str:
    """The path of a link that makes an administrator, or sets the password of an account."""
    with database.write() as session:
        if email is None:
            record(session, actor=MACHINE, action="administrator link", on="site", now=now)
            return link_path(Purpose.ADMIN, make_link(session, Purpose.ADMIN, None, now))
        user = session.scalar(select(User.id).where(User.email == email.strip().lower()))
        if user is None:
            raise _unknown(email, "the e-mail address of an account")
        _, secret = accounts.reset_link(session, user, actor=MACHINE, now=now)
        return link_path(Purpose.RESET, secret)


def define_file(database: Database, path: Path, now: datetime) -> Defined:
    log = ProblemLog()
    if not path.is_file():
        log.add(Code.MISSING_FILE, path, expected="a definition", found="no such file", fix="check the path")
        raise UsageError(*log)
    text = read_text(path, log, fix=NO_TOML)
    if text is None:
        raise RvosbenchError(*log)
    with database.write() as session:
        made = define(session, text, name=path.name, author=MACHINE, now=now)
        if made.changed:
            on = f"benchmark:{made.slug}"
            record(session, actor=MACHINE, action="define", on=on, now=now, version=made.version)
    return made


def board_text(database: Database, path: str, form: str, now: datetime) -> str:
    """What everybody may see of a phase: one whose scores are not public has no board."""
    if form not in FORMS:
        raise UsageError(Problem(Code.BAD_OPTION, "--form", " or ".join(FORMS), form, "choose one of them"))
    slugs = path.split("/")
    with database.read() as session:
        row = session.execute(phase_query(*slugs)).one_or_none() if len(slugs) == 3 else None
        if row is None or row[0].visibility != "public":
            raise _unknown(path, "BENCHMARK/TRACK/PHASE with a public board")
        phase, track, benchmark = row
        basis = basis_of(session, benchmark, track, phase, now)
    board = board_of(basis)
    if form == "csv":
        return export.as_csv(board)
    return (
        json.dumps(export.as_json(board, basis.title), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    )


def _unknown(found: str, expected: str) -> UsageError:
    return UsageError(
        Problem(Code.UNKNOWN_NAME, found, expected, "no such one", "check the name, and --folder")
    )
