"""Whether a reply is the right one, and if not, what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rvosbench.conformance.case import Answer, Verdict
from rvosbench.conformance.scorer import Reply


class Outcome(StrEnum):
    """In the words of the report. All but the first and the last are disagreements."""

    AGREED = "agreed"
    WRONG_SCORE = "wrong score"
    NOT_A_NUMBER = "score that is no number"
    NO_SCORE = "no score"
    ACCEPTED = "accepted what must be refused"
    REFUSED = "refused what is right"
    UNWARNED = "gave no warning"
    OVERWARNED = "warned of nothing"
    OTHER_CODES = "other codes"
    CRASHED = "crashed"
    HUNG = "hung"
    UNREADABLE = "unreadable answer"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    outcome: Outcome
    detail: str = ""

    @property
    def disagrees(self) -> bool:
        return self.outcome not in (Outcome.AGREED, Outcome.NOT_APPLICABLE)


def judge(answer: Answer, reply: Reply, tolerance: float, *, scores: bool = True) -> Finding:
    """Who says nothing of warnings or codes is not asked for them; figures are compared where both have them,
    and there must be at least one."""
    if reply.not_applicable is not None:
        return Finding(Outcome.NOT_APPLICABLE, reply.not_applicable)
    if (failure := _failure(reply)) is not None:
        return failure
    if reply.verdict is Verdict.REFUSE:
        if answer.verdict is not Verdict.REFUSE:
            return Finding(Outcome.REFUSED, _codes(reply.codes))
        return _compare_codes(answer, reply)
    if answer.verdict is Verdict.REFUSE:
        return Finding(Outcome.ACCEPTED, _shown(reply.scores or {}))
    if scores and (wrong := _wrong_score(answer.scores, reply.scores or {}, tolerance)) is not None:
        return wrong
    if reply.verdict is Verdict.ACCEPT and answer.verdict is Verdict.WARN:
        return Finding(Outcome.UNWARNED, f"of {_codes(frozenset(answer.codes))}")
    if reply.verdict is Verdict.WARN and answer.verdict is Verdict.ACCEPT:
        return Finding(Outcome.OVERWARNED, _codes(reply.codes))
    return _compare_codes(answer, reply)


def _failure(reply: Reply) -> Finding | None:
    done = reply.finished
    if reply.failure is not None:
        return Finding(Outcome.UNREADABLE, reply.failure)
    if done is not None and done.code is None:
        return Finding(Outcome.HUNG, f"stopped after {done.seconds:.0f} s")
    if reply.verdict is None and reply.scores is None:
        code = done.code if done is not None else None
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return Finding(Outcome.CRASHED, f"{how}: {_last_line(done.err if done is not None else '')}")
    return None


def _compare_codes(answer: Answer, reply: Reply) -> Finding:
    right = frozenset(code.value for code in answer.codes)
    if reply.codes is None or reply.codes == right:
        return Finding(Outcome.AGREED)
    return Finding(Outcome.OTHER_CODES, f"{_codes(reply.codes)} where {_codes(right)} is right")


def _wrong_score(right: Mapping[str, float], found: Mapping[str, Any], tolerance: float) -> Finding | None:
    shared = [key for key in right if key in found]
    if not shared:
        return Finding(Outcome.NO_SCORE, f"none of {', '.join(right)}")
    for key in shared:
        if not _is_number(found[key]):
            return Finding(Outcome.NOT_A_NUMBER, f"{key} is {found[key]}")
    for key in shared:
        if abs(found[key] - right[key]) > tolerance:
            return Finding(Outcome.WRONG_SCORE, f"{key} {found[key]:.6g} where {right[key]:.6g} is right")
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _shown(scores: Mapping[str, Any]) -> str:
    """The first figure, which is the headline."""
    for key, value in scores.items():
        return f"{key} {value:.6g}" if _is_number(value) else f"{key} {value}"
    return ""


def _codes(codes: frozenset[str] | None) -> str:
    return ", ".join(sorted(codes or ())) or "nothing"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "it said nothing"
