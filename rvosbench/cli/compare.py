"""`rvosbench compare`"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.figures import bar, printed, probability
from rvosbench.cli.options import JSON

if TYPE_CHECKING:
    from rvosbench.analysis.paired import Comparison, Difference, Group


def compare(
    results: Annotated[
        list[str],
        typer.Argument(metavar="RESULT...", help="Two or more result folders; NAME=FOLDER to name one."),
    ],
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Compare all with this one. Default: each with each other.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="The figure to compare by. Default: the first that papers print.", show_default=False
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="Of results of several protocols, this one.", show_default=False),
    ] = None,
    resamples: Annotated[
        int, typer.Option(min=100, max=1_000_000, help="How often videos are drawn again.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Another number, other draws.")] = 0,
    as_json: JSON = False,
) -> None:
    """Tell whether results differ by more than chance: intervals, p-values, what is a tie.

    Videos are drawn again, with all their sentences, the same ones of all results. p-values are corrected for
    the number of pairs (Holm).

    Example: rvosbench compare ours=result baseline=other-result --baseline baseline
    """
    from rvosbench.analysis.opened import open_results
    from rvosbench.analysis.paired import compare as resample
    from rvosbench.errors import Code, Problem, UsageError

    if len(results) < 2:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                path=" ".join(results),
                expected="two results or more",
                found=str(len(results)),
                fix="name another one; the intervals of one alone are in its result.json",
            )
        )
    found = resample(
        open_results(results, protocol),
        baseline=baseline,
        metric=metric,
        resamples=resamples,
        seed=seed,
        progress=console.progress(),
    )
    if as_json:
        console.emit(found.as_json())
        return
    _show(found)
    next_one = console.command("explain", *results[:2], protocol=protocol)
    console.note(f"Next: {next_one} names the expressions that move most")


def _show(found: Comparison) -> None:
    from rvosbench.protocols.catalogue import find

    first = found.results[0].result
    console.out(
        f"{first.dataset}:{first.split}, {first.protocol}, data {first.dataset_fingerprint[:8]}: "
        f"{found.videos:,} videos, {found.whole.units:,} units; {found.resamples:,} resamples of videos, "
        f"seed {found.seed}"
    )
    for one in found.results:
        if missing := one.result.counts.get("missing"):
            console.note(f"{one.name}: {missing:,} frames were missing and scored 0")
    headline = [key for key in find(first.protocol).info.headline if key in found.whole.scores]
    shown = list(dict.fromkeys([found.metric, *headline]))
    console.out()
    console.out(
        console.table(_score_rows(found, found.whole, shown, found.ranks() if found.decidable else {}))
    )
    _show_differences(found.metric, found.whole)
    for kind, group in found.kinds.items():
        console.out()
        console.out(f"{kind}: {group.units:,} units")
        console.out(console.table(_score_rows(found, group, [found.metric], {})))
        _show_differences(found.metric, group)
    console.out()
    console.out(_of_the_split(found))


def _score_rows(
    found: Comparison, group: Group, keys: list[str], ranks: dict[str, int]
) -> list[tuple[object, ...]]:
    """The best first."""
    from rvosbench.metrics.base import Direction
    from rvosbench.metrics.catalogue import find

    keys = [key for key in keys if key in group.scores]
    up = find(found.metric).direction is Direction.UP
    of = group.scores.get(found.metric, {})
    names = sorted(of, key=lambda name: -of[name].value if up else of[name].value)
    heads = [head for key in keys for head in (key, "")]
    rows: list[tuple[object, ...]] = [("", *heads, *(["rank"] if ranks else []))]
    for name in names:
        scores = [group.scores[key][name] for key in keys]
        cells = [
            cell
            for key, score in zip(keys, scores, strict=True)
            for cell in (printed(key, score.value), bar(key, score.interval) or "no interval")
        ]
        rows.append((name, *cells, *([str(ranks[name])] if ranks else [])))
    return rows


def _show_differences(key: str, group: Group) -> None:
    rows = [_difference_row(key, one) for one in group.differences.get(key, ())]
    if rows:
        console.out()
        console.out(console.table([(f"{key}, difference", "", "", "p", "Holm", ""), *rows]))


def _difference_row(key: str, one: Difference) -> tuple[object, ...]:
    bars = bar(key, one.interval, signed=True)
    if one.interval is None:
        bars = "identical" if not one.value else "no interval"
    return (
        f"{one.one} - {one.other}",
        printed(key, one.value, signed=True),
        bars,
        probability(one.p),
        probability(one.p_holm),
        one.verdict if one.decidable or not one.value else "none possible",
    )


def _of_the_split(found: Comparison) -> str:
    """What a reader should take home."""
    key, first = found.metric, found.results[0].result
    rows = found.whole.differences[key]
    named = f"{first.dataset}:{first.split} has {found.videos:,} videos"
    if found.videos < 2:
        return f"{named}: no interval exists, and nothing can be told from chance."
    if not found.decidable:
        comparisons = f"{len(rows):,} comparison{'s' if len(rows) > 1 else ''}"
        return (
            f"{named}: with {comparisons} no difference can be shown, however large. Compare fewer results, "
            "or on a split of more videos."
        )
    known = [one for one in rows if one.decidable and one.noise != 0]
    if not known:
        return f"{named}; the results do not differ in a way that could be resampled."
    noise = statistics.median(math.inf if one.noise is None else one.noise for one in known)
    detectable = statistics.median(math.inf if one.detectable is None else one.detectable for one in known)
    between = "between these two" if len(rows) == 1 else "between two of these, as a rule"
    if noise == math.inf:
        return f"{named}: {between}, no gap in {key} can be told from noise."
    told = f"{named}: {between}, gaps in {key} under {printed(key, noise)} are noise; "
    if detectable == math.inf:
        return told + "no true gap would be found four times in five."
    return told + f"a true gap of {printed(key, detectable)} would be found four times in five."
