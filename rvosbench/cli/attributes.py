"""`rvosbench attributes`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, FORCE_OUT, JSON, METRIC, PROTOCOL, RESULTS

if TYPE_CHECKING:
    from rvosbench.analysis.attribute_scores import AttributeScores, Bucket, ByAttribute, Mean


def attributes(
    results: RESULTS,
    data: DATA = None,
    protocol: PROTOCOL = None,
    metric: METRIC = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write what --json prints into this file.", show_default=False
        ),
    ] = None,
    force: FORCE_OUT = False,
    as_json: JSON = False,
) -> None:
    """Score the easy and the hard apart: by number and size of targets, occlusion, speed, sentence and more.

    Each bucket says how many units and videos it holds; scores have 95 % intervals. Of several results the
    others are also compared with the first, unit by unit.

    Example: rvosbench attributes ours=result_a theirs=result_b
    """
    import json

    from rvosbench.analysis.attribute_scores import by_attribute
    from rvosbench.analysis.opened import open_results
    from rvosbench.analysis.split_of import open_split
    from rvosbench.report.whole_file import check_new, write_file

    if out is not None:
        check_new(out, force=force)
    opened = open_results(results, protocol)
    split = open_split(opened[0], data)
    found = by_attribute(opened, split, metric, progress=console.progress())
    document = {"results": [one.result.label for one in opened], **found.as_json()}
    if out is not None:
        write_file(out, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    if as_json:
        console.emit(document)
        return
    for one in opened:
        console.out(f"{one.name}  {one.result.label}")
    for scores in found.attributes:
        console.out()
        console.out(f"{scores.attribute.title}: {scores.attribute.definition}")
        console.out(console.table(_rows(found, scores)))
    named = console.command(
        "plot", "attributes", *results, data=data, protocol=protocol, metric=metric, out="attributes.pdf"
    )
    console.note(f"Next: {named}")


def _rows(found: ByAttribute, scores: AttributeScores) -> list[tuple[object, ...]]:
    head = ("", "units", "videos", *(f"{name}, {found.metric}" for name in found.names))
    head += tuple(f"{name} - {found.names[0]}" for name in found.names[1:])
    rows = [head, *(_row(bucket) for bucket in scores.buckets)]
    if scores.without:
        rows.append(("(does not apply)", scores.without, *[""] * (len(head) - 2)))
    return rows


def _row(bucket: Bucket) -> tuple[object, ...]:
    scores = (_printed(one) for one in bucket.scores)
    differences = (_printed(one, sign=True) for one in bucket.differences)
    return (bucket.name, bucket.units, bucket.videos, *scores, *differences)


def _printed(mean: Mean, *, sign: bool = False) -> str:
    """In percent; without an interval where a single video is all there is."""
    number = "+z.1f" if sign else "z.1f"
    shown = f"{100 * mean.value:{number}}"
    if mean.interval is None:
        return shown
    return f"{shown} [{100 * mean.interval.low:{number}}, {100 * mean.interval.high:{number}}]"
