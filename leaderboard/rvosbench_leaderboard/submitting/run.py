"""From predictions to a verdict: what `rvosbench submit` does, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import platformdirs

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench_leaderboard.submitting.connection import Server, no_server
from rvosbench_leaderboard.submitting.preparing import Prepared, no_predictions, prepare
from rvosbench_leaderboard.submitting.uploads import Wanted, upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rvosbench.progress import Progress


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be submitted. `team` and `method` may be left to the server."""

    predictions: Path
    phase: str
    team: str | None = None
    method: str | None = None
    data: Path | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """`sent` counts what was sent more than once, too."""

    submission: str
    prepared: Prepared
    size: int
    sent: int
    seconds: float


def deliver(server: Server, order: Order, progress: Progress) -> Delivered:
    """Until the server has it. Everything that can be wrong is found before the first byte is sent."""
    phase, team = _told_together(lambda: phase_of(server, order.phase), lambda: team_of(server, order.team))
    with _room_for_packing() as folder:
        prepared = prepare(
            order.predictions,
            str(phase["dataset"]),
            str(phase["split"]),
            order.data,
            folder / "predictions.zip",
            progress,
        )
        size = prepared.file.stat().st_size
        _check_phase(phase, size)
        name = order.predictions.resolve().name + (".zip" if order.predictions.is_dir() else "")
        details = {"method": order.method} if order.method else {}
        begun = time.monotonic()
        done = upload(server, prepared.file, Wanted(order.phase, team, name, details), progress)
        return Delivered(done.submission, prepared, size, done.sent, time.monotonic() - begun)


def _told_together(
    first: Callable[[], Mapping[str, Any]], second: Callable[[], str]
) -> tuple[Mapping[str, Any], str]:
    """Mistakes of the call in either of them are raised as one."""
    try:
        found = first()
    except UsageError as error:
        try:
            second()
        except UsageError as another:
            raise UsageError(*error.problems, *another.problems) from error
        raise
    return found, second()


def mistakes(predictions: Path | None, phase: str | None) -> list[Problem]:
    """Of what was given, as far as they can be told without the server."""
    found = []
    if predictions is not None and not predictions.exists():
        found.append(no_predictions(predictions))
    if phase is not None and phase.count("/") != 2:
        found.append(
            Problem(
                Code.BAD_OPTION,
                f"--phase {phase}",
                expected="BENCHMARK/TRACK/PHASE, as the page of the phase has it",
                found="something else",
                fix="copy it from the page on which one submits",
            )
        )
    return found


def phase_of(server: Server, path: str) -> Mapping[str, Any]:
    try:
        answer = server.ask("GET", f"/api/v1/phases/{quote(path)}").json
    except RvosbenchError as error:
        if error.problems[0].code is not Code.NOT_THERE:
            raise
        raise UsageError(
            Problem(
                Code.NOT_THERE,
                f"--phase {path}",
                expected=f"a phase of {server.origin} that this account may see",
                found="none of this name",
                fix="copy it from the page on which one submits",
            )
        ) from error
    if not isinstance(answer, dict) or not {"dataset", "split", "state", "bytes"} <= answer.keys():
        raise no_server("it is no evaluation server of rvosbench, or a much older one")
    return answer


def team_of(server: Server, wanted: str | None) -> str:
    """The id of the team: the one that is named, or the only one."""
    teams = server.ask("GET", "/api/v1/teams").json
    fitting = [one for one in teams if wanted is None or wanted in (one["id"], one["name"])]
    if len(fitting) == 1:
        return str(fitting[0]["id"])
    names = ", ".join(str(one["name"]) for one in teams) or "none"
    raise UsageError(
        Problem(
            Code.BAD_OPTION,
            "--team" if wanted is None else f"--team {wanted}",
            expected="one of your teams",
            found=f"your teams are: {names}",
            fix="name one with --team, or make one on the page of your teams",
        )
    )


def _check_phase(phase: Mapping[str, Any], size: int) -> None:
    if phase["state"] != "open":
        raise RvosbenchError(
            Problem(
                Code.PHASE_CLOSED,
                str(phase.get("title")),
                expected="a phase that is open",
                found=f"it is {phase['state']}",
                fix="submit to another phase, or ask the organisers",
            )
        )
    if size > int(phase["bytes"]):
        raise RvosbenchError(
            Problem(
                Code.UPLOAD_TOO_LARGE,
                "predictions",
                expected=f"at most {int(phase['bytes']):,} bytes",
                found=f"{size:,} bytes",
                fix="rvosbench pack writes PNG files of one bit, which are the smallest",
            )
        )


@contextmanager
def _room_for_packing() -> Iterator[Path]:
    """In the cache of the user: temporary folders are often in memory."""
    cache = Path(platformdirs.user_cache_dir("rvosbench"))
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="submit-", dir=cache) as folder:
        yield Path(folder)
