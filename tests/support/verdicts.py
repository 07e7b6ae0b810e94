"""What `validate` says, as codes."""

from __future__ import annotations

from pathlib import Path

from rvosbench.errors import Code, Problem, Severity
from rvosbench.splits.split import Split
from rvosbench.validate.run import validate

Found = dict[Code, Severity]


def codes(source: Path, split: Split, server: str = "rvosbench", *, deep: bool = False) -> Found:
    return {one.code: one.severity for one in validate(source, split, server, deep=deep).problems}


def problem(
    source: Path, split: Split, code: Code, server: str = "rvosbench", *, deep: bool = False
) -> Problem:
    """The only one with this code."""
    (found,) = [one for one in validate(source, split, server, deep=deep).problems if one.code == code]
    return found
