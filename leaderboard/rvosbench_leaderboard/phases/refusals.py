"""Why something cannot be done with a phase or a submission now."""

from __future__ import annotations

from datetime import datetime

from rvosbench.errors import Code, Problem, RvosbenchError

TIME = "%Y-%m-%d %H:%M UTC"


class Refused(RvosbenchError):
    """Nothing was changed. The code of the first problem decides how it is answered."""


def phase_closed(
    title: str, found: str, fix: str = "submit to another phase, or ask the organisers"
) -> Refused:
    return Refused(
        Problem(
            Code.PHASE_CLOSED,
            title,
            expected="a phase that is open",
            found=found,
            fix=fix,
        )
    )


def quota_spent(title: str, limit: int, of: str, next_at: datetime | None) -> Refused:
    later = f"submit again from {next_at.strftime(TIME)}" if next_at else "ask the organisers for more"
    if of == "at the same time":
        later = "wait until one of them is done, or cancel one"
    return Refused(
        Problem(
            Code.QUOTA_SPENT,
            title,
            expected=f"at most {limit} submissions of a team {of}",
            found=f"{limit} or more",
            fix=later,
        )
    )


def too_large(title: str, size: int, limit: int) -> Refused:
    return Refused(
        Problem(
            Code.UPLOAD_TOO_LARGE,
            title,
            expected=f"a file of 1 to {limit:,} bytes",
            found=f"{size:,} bytes",
            fix="compress the masks as PNG files of one bit, or ask the organisers"
            if size
            else "choose the file with the predictions: this one is empty",
        )
    )


def storage_full(size: int = 0) -> Refused:
    return Refused(
        Problem(
            Code.STORAGE_FULL,
            "the disk of the server",
            expected=f"room for {size:,} bytes" if size else "room for what comes in",
            found="less",
            fix="try again later; organisers: free some space",
        )
    )


def illegal_move(before: str, after: str) -> Refused:
    return Refused(
        Problem(
            Code.ILLEGAL_MOVE,
            "the submission",
            expected=f"a state from which it can become {after}",
            found=f"it is {before}",
            fix="look at its page for what happened to it",
        )
    )


def needs_reason(what: str) -> Refused:
    return Refused(
        Problem(
            Code.BAD_REQUEST, what, expected="a reason, in a few words", found="none", fix="give a reason"
        )
    )
