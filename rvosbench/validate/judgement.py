"""What was found, in the eyes of one server: what it refuses, what it would do, and the causes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, ProblemLog, Severity
from rvosbench.validate import names
from rvosbench.validate.rules import refused_by
from rvosbench.validate.servers import OWN, SERVERS, Server
from rvosbench.validate.submission import salvage

if TYPE_CHECKING:
    from rvosbench.splits.split import Split

_FIRST = (  # causes before their consequences
    Code.PREDICTIONS_BELOW,
    Code.NESTED_ARCHIVE,
    Code.WRONG_ROOT,
    Code.WRONG_FORM,
    Code.OTHER_SPLIT,
    Code.EXPRESSION_NAMES,
    Code.FRAME_NAMES,
    Code.NOT_PREDICTIONS,
)


def judged(problems: Iterable[Problem], server: Server, explained: int = 0) -> list[Problem]:
    """`explained` is how many extra files and folders were said to be something else than extra."""
    found = [_judged(problem, server) for problem in problems]
    if server.root is not None:
        # Whether there is a folder around them was judged by what the server wants.
        found = [problem for problem in found if problem.code is not Code.WRAPPING_FOLDER]
    extra = sum(problem.count for problem in found if problem.code is Code.EXTRA_PREDICTIONS)
    if extra <= explained:
        found = [problem for problem in found if problem.code is not Code.EXTRA_PREDICTIONS]
    order = {code: place for place, code in enumerate(_FIRST)}
    return sorted(
        found, key=lambda one: (one.severity is not Severity.ERROR, order.get(one.code, len(order)))
    )


def _judged(problem: Problem, server: Server) -> Problem:
    if (problem.code, problem.severity) in refused_by(server.name):
        problem = replace(problem, severity=Severity.ERROR)
    if says := server.consequences.get(problem.code):
        problem = replace(problem, expected=f"{problem.expected}; else {says}")
    return problem


def explained_refusal(problems: Iterable[Problem], source: Path, split: Split) -> list[Problem]:
    """What `eval` refused, with what names can tell of the reasons."""
    log = ProblemLog()
    log.include(problems)
    explained = names.explain(salvage(source, split), log)
    own = next(server for server in SERVERS if server.name == OWN)
    return judged(log, own, explained)
