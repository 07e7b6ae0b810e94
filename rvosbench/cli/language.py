"""`rvosbench language`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON, PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rvosbench.analysis.language import Language, Pairs, Supported
    from rvosbench.analysis.opened import Opened

NAMED = 5  # pairs
TEXT = 45  # characters of a sentence


def language(
    result: Annotated[
        str,
        typer.Argument(
            metavar="RESULT", help="A folder that `eval --out` wrote; NAME=FOLDER gives it a name of its own."
        ),
    ],
    floor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RESULT",
            help="A result to put beside it; can be given several times.",
            show_default=False,
        ),
    ] = None,
    data: DATA = None,
    protocol: PROTOCOL = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes. Default: as many as pay, at most 8.", show_default=False),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Does the model read the text? Four questions that need no further run of it.

    What are its answers worth to other sentences of the same video? Do sentences that mean the same get the
    same answer? Do sentences that mean different objects get different ones? Which wording does it get?

    Example: rvosbench language result
    """
    from rvosbench.analysis.language import read
    from rvosbench.analysis.opened import check_same_data, open_results
    from rvosbench.analysis.split_of import open_split

    opened, *floors = open_results([result, *(floor or ())], protocol)
    check_same_data([opened, *floors])
    found = read(opened, open_split(opened, data), workers=workers, progress=console.progress())
    beside = [(one.name, _score(one, found.measure)) for one in floors]
    if as_json:
        rows = [{"name": name, **score.as_json()} for name, score in beside]
        console.emit({**found.as_json(NAMED), "floors": rows})
        return
    _show(found, beside)
    console.note(f"Next: {console.command('anatomy', result, data=data, protocol=protocol)}")


def _score(opened: Opened, measure: str) -> Supported:
    """As that of the result itself is made."""
    from rvosbench.analysis.language import score_of

    return score_of(opened, measure)


def _show(found: Language, floors: Sequence[tuple[str, Supported]]) -> None:
    console.out(f"{found.opened.name}  {found.opened.result.label}")
    console.out()
    console.out(f"Against answers that do not read the sentence: {found.measure} in %, with 95 % intervals")
    rows = [
        ("of all", "as it is", found.score),
        ("", "the largest object of the video, always", found.largest),
        *(("", name, score) for name, score in floors),
    ]
    if found.real.count:
        rows += [
            ("beside others", "as it is", found.real),
            ("", "answers to other sentences of the video", found.others),
            ("", "what it gains by its own sentence", found.gain),
            ("", "right answers to other sentences", found.others_if_right),
        ]
    head = ("", "", "", "units", "videos")
    console.out(console.table([head, *((group, what, *_cells(score)) for group, what, score in rows)]))
    if not found.real.count:
        console.out("No video has two sentences: there is nothing to exchange.")
    elif found.alone:
        console.out(f"{found.alone:,} units have no other sentence beside them.")
    console.out()
    _show_paraphrases(found)
    console.out()
    _show_leaks(found)
    console.out()
    console.out("By what sentences go by; one can go by several")
    rows_of = [(name, *_cells(found.wording[name])) for name in found.wording]
    console.out(console.table([("", "", "units", "videos"), *rows_of]))


def _show_paraphrases(found: Language) -> None:
    pairs = found.paraphrases
    if not pairs.share.count:
        console.out("No two sentences of a video mean the same objects: nothing to say about consistency.")
        return
    console.out(
        f"Sentences that mean the same: their answers agree with J {_shown(pairs.share)} "
        f"({_support(pairs)}); the least alike:"
    )
    console.out(_pairs(found, pairs))


def _show_leaks(found: Language) -> None:
    from rvosbench.analysis.language import LEAK

    pairs = found.leaks
    if not pairs.share.count:
        console.out("No two sentences of a video mean different objects: nothing to say about confusion.")
        return
    console.out(
        f"Sentences that mean different objects: {_shown(pairs.share)} % of them get nearly the same answer, "
        f"J of {LEAK} or more ({_support(pairs)})" + ("; the most alike:" if pairs.notable else "")
    )
    if pairs.notable:
        console.out(_pairs(found, pairs))


def _pairs(found: Language, pairs: Pairs) -> str:
    rows = []
    for pair in pairs.notable[:NAMED]:
        one, other = (_text(found.opened.sentences[pair.video, name].text) for name in (pair.one, pair.other))
        rows.append((pair.video, f"{pair.one} / {pair.other}", f"{100 * (pair.j or 0):.1f}", one, other))
    return console.table(rows)


def _text(text: str) -> str:
    return text if len(text) <= TEXT else text[: TEXT - 3] + "..."


def _support(pairs: Pairs) -> str:
    support = f"{pairs.share.count:,} pairs of {pairs.sentences:,} sentences, {pairs.share.videos:,} videos"
    return support + (f"; {pairs.silent:,} pairs with no answer at all left out" if pairs.silent else "")


def _cells(score: Supported) -> tuple[object, ...]:
    return (_shown(score), score.count, score.videos)


def _shown(score: Supported) -> str:
    if score.value is None:
        return "-"
    text = f"{100 * score.value:.1f}"
    if score.interval is None:
        return text
    return f"{text} [{100 * score.interval.low:z.1f}, {100 * score.interval.high:z.1f}]"
