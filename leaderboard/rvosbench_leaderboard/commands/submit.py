"""`rvosbench submit`"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON
from rvosbench.errors import Code, PredictionsRefused, Problem, RvosbenchError, UsageError

if TYPE_CHECKING:
    from rvosbench_leaderboard.submitting.connection import Server
    from rvosbench_leaderboard.submitting.run import Delivered

ADDRESS = "RVOSBENCH_SERVER"


def submit(
    predictions: Annotated[
        Path | None,
        typer.Argument(
            metavar="PREDS", help="Folder, zip, COCO results or Parquet table.", show_default=False
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option("--server", help="Address of the server; else $RVOSBENCH_SERVER.", show_default=False),
    ] = None,
    phase: Annotated[
        str | None,
        typer.Option("--phase", metavar="BENCHMARK/TRACK/PHASE", help="Where to.", show_default=False),
    ] = None,
    team: Annotated[
        str | None, typer.Option("--team", help="Which of your teams, if in several.", show_default=False)
    ] = None,
    method: Annotated[
        str | None, typer.Option("--method", help="Name of the method on the board.", show_default=False)
    ] = None,
    data: DATA = None,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", help="File with a token; else $RVOSBENCH_TOKEN.", show_default=False),
    ] = None,
    login: Annotated[
        bool, typer.Option("--login", help="Ask for e-mail and password, and keep a token for later.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the verdict.")] = True,
    as_json: JSON = False,
) -> None:
    """Send predictions to an evaluation server, and wait for its verdict.

    They are validated here first, if the split is converted here. A folder is packed. After any break the
    same command goes on where it stopped. Exits with 3 if they are refused.

    Example: rvosbench submit preds.zip --server https://bench.example.org --phase mevis/valid/dev
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from rvosbench_leaderboard.submitting.following import follow, look
    from rvosbench_leaderboard.submitting.run import Order, deliver, mistakes

    progress = console.progress()
    wrong: list[Problem] = []
    if predictions is None and not login:
        wrong.append(_needed("PREDS", "predictions to submit"))
    if phase is None and not (login and predictions is None):
        wrong.append(_needed("--phase", "where they are submitted to, as BENCHMARK/TRACK/PHASE"))
    wrong += mistakes(predictions, phase)
    there = _server(server, token_file, wrong, progress.say, login=login)
    if predictions is None or phase is None:
        console.note("Next: rvosbench submit PREDS --server ... --phase BENCHMARK/TRACK/PHASE")
        return
    done = deliver(there, Order(predictions, phase, team, method, data), progress)
    page = f"{there.origin}/submissions/{done.submission}"
    console.problems(done.prepared.problems)
    if not done.prepared.fully:
        console.note("the split is not converted here, so the server alone judges what is in the files")
    console.note(f"received: {page}")
    answer = follow(there, done.submission, console.note) if wait else look(there, done.submission)
    if as_json:
        console.emit(_document(there, done, answer))
    else:
        _show(answer, page)
    if answer["state"] == "rejected":
        raise typer.Exit(PredictionsRefused.exit_code)
    if answer["state"] in ("failed_internal", "cancelled"):
        raise typer.Exit(RvosbenchError.exit_code)


def _server(
    address: str | None,
    token_file: Path | None,
    wrong: list[Problem],
    told: Callable[[str], None],
    *,
    login: bool,
) -> Server:
    """With a token. Raises what is wrong with the call, all of it at once."""
    from rvosbench_leaderboard.submitting.connection import Server
    from rvosbench_leaderboard.submitting.credentials import find_token

    address = address or os.environ.get(ADDRESS)
    there = None
    try:
        if address:
            there = Server(address, told=told)
        else:
            wrong.append(_needed("--server", "the address of a server"))
        token = None if login else find_token(there.origin if there else "", token_file)
        if token is None and not login:
            wrong.append(_no_token(there.origin if there else "SERVER"))
    except RvosbenchError as error:
        wrong += error.problems
    if wrong or there is None:
        raise UsageError(*wrong)
    if there.is_overheard:
        console.note(f"warning: {there.origin} is not encrypted; others on the way can read your token")
    there.token = _log_in(there) if login else token
    return there


def _no_token(origin: str) -> Problem:
    return Problem(
        Code.NOT_SIGNED_IN,
        origin,
        expected="a token: --token-file, $RVOSBENCH_TOKEN, or one that --login stored",
        found="none",
        fix=f"rvosbench submit --login --server {origin}",
    )


def _log_in(there: Server) -> str:
    from rvosbench_leaderboard.submitting.credentials import store_token

    email = typer.prompt("E-mail", err=True)
    password = typer.prompt("Password", hide_input=True, err=True)
    answer = there.ask("POST", "/api/v1/sign-in", {"email": email, "password": password})
    token = str(answer.json["token"])
    console.note(f"a token for {there.origin} is stored in {store_token(there.origin, token)}")
    return token


def _document(there: Server, done: Delivered, answer: Mapping[str, Any]) -> dict[str, Any]:
    upload = {"size": done.size, "sent": done.sent, "seconds": round(done.seconds, 3)}
    return {
        "server": there.origin,
        "submission": dict(answer),
        "validated_here": done.prepared.fully,
        "upload": upload,
    }


def _show(answer: Mapping[str, Any], page: str) -> None:
    from rvosbench_leaderboard.submitting.following import problems_of, said

    console.problems(problems_of(answer))
    console.out(f"{answer['phase']}  number {answer['number']} of {answer['team']}: {said(answer)}")
    rows = [
        (f"  {name}", f"{100 * one['value']:.2f}", _interval(one)) for name, one in answer["scores"].items()
    ]
    if rows:
        console.out(console.table(rows))
    if answer["state"] == "scored":
        console.note(f"Next: publish it on {page}")
    elif answer["state"] == "rejected":
        console.note("Next: mend what is listed as an error, and submit again; it cost no submission")
    else:
        console.note(f"Next: {page}")


def _interval(score: Mapping[str, Any]) -> str:
    if score.get("low") is None or score.get("high") is None:
        return ""
    return f"[{100 * score['low']:.2f}, {100 * score['high']:.2f}]"


def _needed(option: str, expected: str) -> Problem:
    return Problem(Code.BAD_OPTION, option, expected, "nothing", "rvosbench submit --help has an example")
