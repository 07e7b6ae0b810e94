"""The pack against a scorer, case by case, each in a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rvosbench.conformance.case import Case
from rvosbench.conformance.catalogue import GROUPS, VERSION
from rvosbench.conformance.judge import Finding, Outcome, judge
from rvosbench.conformance.pack import TOLERANCE, Pack
from rvosbench.conformance.scorer import Scorer
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.progress import Progress, Silent


@dataclass(frozen=True)
class Trial:
    case: Case
    finding: Finding
    seconds: float


@dataclass(frozen=True)
class Report:
    scorer: str
    trials: tuple[Trial, ...]

    @property
    def disagreements(self) -> tuple[Trial, ...]:
        return tuple(trial for trial in self.trials if trial.finding.disagrees)

    def by_group(self) -> Mapping[str, Counter[Outcome]]:
        found: dict[str, Counter[Outcome]] = {}
        for trial in self.trials:
            found.setdefault(trial.case.group, Counter())[trial.finding.outcome] += 1
        return found

    def as_json(self) -> dict[str, Any]:
        total = Counter(trial.finding.outcome.value for trial in self.trials)
        return {
            "scorer": self.scorer,
            "pack_version": VERSION,
            "outcomes": dict(total),
            "groups": {
                group: {outcome.value: count for outcome, count in counts.items()}
                for group, counts in self.by_group().items()
            },
            "cases": [
                {
                    "id": trial.case.id,
                    "outcome": trial.finding.outcome.value,
                    "detail": trial.finding.detail,
                    "seconds": round(trial.seconds, 3),
                }
                for trial in self.trials
            ],
        }


def chosen(cases: Sequence[Case], only: Sequence[str]) -> list[Case]:
    """Those of the groups and ids in `only`; all of them if it is empty."""
    known = {*GROUPS, *(case.id for case in cases)}
    if unknown := [name for name in only if name not in known]:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--only",
                expected="a group (" + ", ".join(GROUPS) + ") or the id of a case, such as forms/zip-stored",
                found=", ".join(unknown),
                fix="choose one of these; `manifest.json` of a written pack lists all ids",
            )
        )
    return [case for case in cases if not only or case.id in only or case.group in only]


def run_pack(
    pack: Pack,
    scorer: Scorer,
    cases: Sequence[Case],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Report:
    """In the order of the cases, whatever order they are done in."""
    progress = progress or Silent()
    progress.start(scorer.name[:40], len(cases), "case")
    trials = []
    for trial in _trials(pack, scorer, cases, workers):
        trials.append(trial)
        progress.advance()
    progress.finish()
    return Report(scorer.name, tuple(trials))


def _trials(pack: Pack, scorer: Scorer, cases: Sequence[Case], workers: int) -> Iterator[Trial]:
    """Threads, because each of them only waits for a process."""

    def one(case: Case) -> Trial:
        reply = scorer.ask(case, pack)
        finding = judge(scorer.expected(case), reply, TOLERANCE, scores=scorer.scores)
        return Trial(case, finding, reply.seconds)

    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(one, cases)
