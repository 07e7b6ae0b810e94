"""What becomes of a submission: asked again and again until it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rvosbench.errors import Problem
from rvosbench_leaderboard.submitting.connection import Server, no_server

IN_WORK = frozenset({"received", "validating", "queued", "scoring"})
EVERY = 2.0  # seconds


def follow(server: Server, submission: str, told: Callable[[str], None]) -> Mapping[str, Any]:
    """The last answer. `told` is given a line for each change that people want to see."""
    last = ""
    while True:
        answer = look(server, submission)
        line = said(answer)
        if line != last:
            told(line)
            last = line
        if answer["state"] not in IN_WORK:
            return answer
        server.pause(EVERY)


def look(server: Server, submission: str) -> Mapping[str, Any]:
    answer = server.ask("GET", f"/api/v1/submissions/{submission}").json
    if not isinstance(answer, dict) or "state" not in answer:
        raise no_server("it tells nothing of the submission")
    return answer


def said(answer: Mapping[str, Any]) -> str:
    """The state in a line; percentages in steps of ten, so that a log stays short."""
    words = str(answer["state"]).replace("_", " ")
    ahead, percent = answer.get("queue_place"), answer.get("percent")
    if answer["state"] in ("received", "queued") and ahead is not None:
        return f"{words}, {ahead} before it" if ahead else f"{words}, next in turn"
    if percent is not None and answer["state"] in IN_WORK:
        return f"{answer.get('stage') or words}, {int(percent // 10) * 10} %"
    return words


def problems_of(answer: Mapping[str, Any]) -> list[Problem]:
    report = answer.get("report") or {}
    return [Problem.from_json(one) for one in report.get("problems", [])]
