"""`rvosbench explain`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.figures import printed
from rvosbench.cli.options import JSON

if TYPE_CHECKING:
    from rvosbench.analysis.explain import Explanation

LONGEST_TEXT = 60


def explain(
    first: Annotated[str, typer.Argument(metavar="RESULT", help="A result folder, or NAME=FOLDER.")],
    second: Annotated[str, typer.Argument(metavar="RESULT", help="Another one.")],
    metric: Annotated[
        str | None,
        typer.Option(help="The figure to explain. Default: the first that papers print.", show_default=False),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="Of results of several protocols, this one.", show_default=False),
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="How many expressions and videos to name.")] = 10,
    as_json: JSON = False,
) -> None:
    """Tell why two results differ: data, protocol, missing frames, scoring version or predictions.

    What each of them adds to the gap, and the expressions and videos that move most. The folders are enough.

    Example: rvosbench explain result other-result
    """
    from rvosbench.analysis.explain import explain as take_apart
    from rvosbench.analysis.opened import open_results

    one, other = open_results([first, second], protocol)
    found = take_apart(one, other, metric)
    if as_json:
        console.emit(found.as_json())
        return
    _show(found, top)
    if not found.aspects:
        another = console.command("explain", first, "ANOTHER_RESULT", protocol=protocol)
        console.note(f"Next: {another}")
    elif found.comparable:
        next_one = console.command("compare", first, second, protocol=protocol)
        console.note(f"Next: {next_one} tells whether this is more than chance")
    else:
        name = f"{one.result.dataset}:{one.result.split}"
        console.note(f"Next: {console.command('eval', 'PREDS', dataset=name, protocol=protocol)} for both")


def _show(found: Explanation, top: int) -> None:
    key = found.metric
    one, other = found.first, found.second
    console.out(
        console.table(
            [
                (one.name, f"{key} {printed(key, found.before)}", one.result.label),
                (other.name, f"{key} {printed(key, found.after)}", other.result.label),
                ("gap", printed(key, found.gap, signed=True), ""),
            ]
        )
    )
    console.out()
    if found.aspects:
        rows = [("differs", one.name, other.name)]
        rows += [(aspect.name, aspect.first, aspect.second) for aspect in found.aspects]
        console.out(console.table(rows))
    else:
        console.out("Nothing differs: the same predictions for the same data, scored in the same way.")
    _show_sentences(found)
    if found.contributions:
        rows = [("gap in points", "", "units")]
        parts = [
            (printed(key, part.share, signed=True), part.about, f"{part.units:,}")
            for part in found.contributions
        ]
        total = (printed(key, found.gap, signed=True), "together", f"{found.common:,} in common")
        console.out()
        console.out(console.table([*rows, *parts, total]))
    _show_moves(found, top)


def _show_sentences(found: Explanation) -> None:
    changes = found.sentences
    parts = [
        (changes.only_first, f"only in {found.first.name}"),
        (changes.only_second, f"only in {found.second.name}"),
        (changes.texts, "with another text"),
        (changes.targets, "with other targets alone"),
        (changes.changed - changes.texts - changes.targets, "otherwise changed"),
    ]
    said = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    if said:
        console.out()
        console.out(f"Sentences: {said}" + (", such as" if changes.examples else ""))
        for example in changes.examples[:3]:
            console.out(f"  {example}")


def _show_moves(found: Explanation, top: int) -> None:
    """Each with what it adds to the gap, in hundredths of a point: single units add little."""
    if not found.moves or not top:
        return
    rows: list[tuple[object, ...]] = [("adds", "from", "to", "expression", "")]
    for move in found.moves[:top]:
        text = move.text if len(move.text) <= LONGEST_TEXT else move.text[: LONGEST_TEXT - 3] + "..."
        ends = ["-" if value is None else f"{100 * value:.1f}" for value in (move.before, move.after)]
        rows.append((f"{100 * move.share:+.2f}", *ends, f"{move.video}/{move.unit}", text))
    console.out()
    console.out(console.table(rows))
    videos = list(found.videos.items())[:top]
    console.out()
    console.out(
        console.table([("adds", "video"), *((f"{100 * share:+.2f}", video) for video, share in videos)])
    )
