"""What must hold of a table of results whoever printed it. One function per rule; nothing is corrected."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from operator import attrgetter

from rvosbench.errors import Code, ProblemLog, Severity
from rvosbench_leaderboard.results_table import Result

# Metrics that are shares of a whole. Others, such as frame rates and sizes, are only read.
_SHARES = re.compile(
    r"J&F(_targeted)?|[JF](_recall)?|final|[NT]-acc|mAP(_best)?|AP(50|75|_[SML])|[om]IoU|P@0\.\d+"
)

_FIX_PRINTED = "look into the source; note the contradiction where the table is shown"

_of_one_entry = attrgetter("method", "venue", "backbone", "training", "dataset", "split", "source", "table")
_of_one_figure = attrgetter("method", "backbone", "training", "dataset", "split", "metric", "source")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold of a result. `text` says it to readers of the figure, the rest to whoever
    mends the table."""

    rule: str
    result: Result
    expected: str
    found: str
    fix: str
    text: str


def check(
    results: Sequence[Result], datasets: Iterable[str], name: str, log: ProblemLog, *, admitted: bool = False
) -> None:
    """All rules. `datasets` are the ids that are known, `name` is the file as messages call it. `admitted`:
    contradictions are warnings, since they will be told beside the figures."""
    for one in (*_unknown_datasets(results, sorted(datasets)), *contradictions(results)):
        log.add(
            Code.TABLE_INCONSISTENT,
            _where(name, one.result),
            expected=one.expected,
            found=one.found,
            fix=one.fix,
            severity=Severity.WARNING if admitted and one.rule != "dataset" else Severity.ERROR,
        )


def contradictions(results: Sequence[Result]) -> Iterator[Finding]:
    """What cannot be true as it is printed, whatever datasets there are."""
    yield from _out_of_range(results)
    yield from _of_another_scale(results)
    yield from _no_means(results)
    yield from _repeated(results)


def _unknown_datasets(results: Sequence[Result], known: list[str]) -> Iterator[Finding]:
    for result in results:
        if result.dataset not in known and (result.dataset or _is_share(result)):
            yield Finding(
                "dataset",
                result,
                expected="a dataset of " + ", ".join(known),
                found=repr(result.dataset),
                fix="use the id that `rvosbench describe` knows, or install the plug-in that brings it",
                text=f"No dataset is called {result.dataset!r}.",
            )


def _out_of_range(results: Sequence[Result]) -> Iterator[Finding]:
    for result in results:
        if _is_share(result) and not 0 <= result.value <= 100:
            yield Finding(
                "range",
                result,
                expected="a score between 0 and 100",
                found=str(result.value),
                fix=_FIX_PRINTED,
                text=f"{result.metric} {result.value} is not between 0 and 100.",
            )


def _of_another_scale(results: Sequence[Result]) -> Iterator[Finding]:
    for group in _groups((one for one in results if _is_share(one)), attrgetter("dataset", "metric")):
        percent = [one for one in group if one.value > 1]
        if not percent:
            continue
        least = min(one.value for one in percent)
        for result in group:
            if _is_fraction_among(result, percent):
                yield Finding(
                    "scale",
                    result,
                    expected="one scale, percent or fraction, for a metric of a dataset",
                    found=f"{result.value}, beside values from {least} upwards",
                    fix="write all of them in percent",
                    text=f"{result.metric} {result.value} is a fraction among percentages.",
                )


def _is_fraction_among(result: Result, percent: Sequence[Result]) -> bool:
    """Percentages below 1 exist: P@0.9 of early methods. A fraction gives itself away by more printed digits,
    or by being far below everything else."""
    if not 0 < result.value <= 1:
        return False
    more_digits = result.decimals > max(one.decimals for one in percent)
    return more_digits or 20 * result.value < min(one.value for one in percent)


def _no_means(results: Sequence[Result]) -> Iterator[Finding]:
    """A figure that an entry gives twice is a mean if any of the values make it one."""
    for group in _groups(results, _of_one_entry):
        regions = [one for one in group if one.metric == "J"]
        boundaries = [one for one in group if one.metric == "F"]
        pairs = sorted(product(regions, boundaries), key=lambda pair: (pair[0].value, pair[1].value))
        for both in group:
            if both.metric != "J&F" or not pairs or any(_is_mean(both, *pair) for pair in pairs):
                continue
            region, boundary = min(pairs, key=lambda pair: abs(both.value - _mean(*pair)))
            yield Finding(
                "mean",
                both,
                expected="J&F = (J + F) / 2 within the rounding of the printed digits",
                found=f"{both.value}, but ({region.value} + {boundary.value}) / 2 = "
                + _plain(_mean(region, boundary)),
                fix=_FIX_PRINTED,
                text=f"J&F {both.value} is not the mean of {region.value} and {boundary.value}.",
            )


def _is_mean(both: Result, region: Result, boundary: Result) -> bool:
    rounding = both.half_a_digit + (region.half_a_digit + boundary.half_a_digit) / 2
    return abs(both.value - _mean(region, boundary)) <= rounding


def _mean(region: Result, boundary: Result) -> Decimal:
    return (region.value + boundary.value) / 2


def _repeated(results: Sequence[Result]) -> Iterator[Finding]:
    """Found of every side: none of them is known to be the right one."""
    for group in _groups(results, _of_one_figure):
        for result in group:
            others = sorted((one for one in group if one.value != result.value), key=attrgetter("value"))
            if others:
                values = " and ".join(dict.fromkeys(_plain(one.value) for one in others))
                yield Finding(
                    "repeated",
                    result,
                    expected="one value for the same figure of the same source",
                    found=f"{result.value}, and {others[0].value} in row {others[0].row}",
                    fix=_FIX_PRINTED,
                    text=f"The same source also has {result.metric} {values}.",
                )


def _groups(results: Iterable[Result], key: attrgetter[tuple[str, ...]]) -> Iterable[list[Result]]:
    """In the order of their first rows."""
    found: defaultdict[tuple[str, ...], list[Result]] = defaultdict(list)
    for result in results:
        found[key(result)].append(result)
    return found.values()


def _is_share(result: Result) -> bool:
    return _SHARES.fullmatch(result.metric) is not None


def _where(name: str, result: Result) -> str:
    dataset = f"{result.dataset}:{result.split}" if result.split else result.dataset
    backbone = f" ({result.backbone})" if result.backbone else ""
    return f"{name}, row {result.row}: {result.method}{backbone}, {dataset} {result.metric}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
