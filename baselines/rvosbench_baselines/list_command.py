"""`rvosbench baseline list`"""

from __future__ import annotations

import textwrap
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import JSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rvosbench_baselines.base import Baseline, Option
    from rvosbench_baselines.cards import Card

WIDTH = 96


def list_baselines(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Show this one alone, with its options.", show_default=False),
    ] = None,
    as_json: JSON = False,
) -> None:
    """List the baselines: paper, licence, released weights, parameters, and the scores to expect.

    Nothing is loaded for it, and torch is not needed.

    Example: rvosbench baseline list --json
    """
    from rvosbench_baselines.cards import find, read_cards

    cards, problems = read_cards() if name is None else ([find(name)], [])
    torch = find_spec("torch") is not None
    if as_json:
        console.emit(
            {
                "baselines": [card.baseline.as_json() | {"package": card.package} for card in cards],
                "torch": torch,
                "problems": [problem.as_json() for problem in problems],
            }
        )
        return
    console.problems(problems)
    console.out(
        "\n\n".join(_block(card, options=name is not None) for card in cards) or "no baseline is here"
    )
    if not torch:
        console.note('torch is not installed; models need it: pip install "rvosbench[baselines]"')
    if name is not None:
        console.note(f"Next: rvosbench baseline run {name} --dataset DATASET --out FOLDER")
    elif cards:
        console.note(f"Next: rvosbench baseline list {cards[0].baseline.name}   shows its options")


def _block(card: Card, *, options: bool) -> str:
    one = card.baseline
    rows = [
        ("paper", one.paper),
        ("venue", f"{one.venue} {one.year}"),
        ("original", f"{one.code}; licence: {one.licence}"),
        ("package", card.package),
        ("weights", one.needs_weights or "none are needed"),
        ("text model", one.needs_text_model or "none is needed"),
        *(("note", note) for note in one.notes),
    ]
    parts = [f"{one.name}  {one.title}", _indented(_wrapped(rows)), _indented(_variants(one))]
    parts += [_indented(table) for table in (_released(one), _expected(one)) if table]
    if options and one.options:
        parts.append(_indented(_options(one.options)))
    return "\n\n".join(parts)


def _variants(one: Baseline) -> str:
    rows = [(variant.name, variant.parameters, variant.trainable, variant.title) for variant in one.variants]
    return console.table([("variant", "parameters", "trainable", ""), *rows])


def _released(one: Baseline) -> str:
    rows = [(file.name, file.variant, file.trained_on, file.where) for file in one.released]
    return console.table([("released weights", "variant", "trained on", "where"), *rows]) if rows else ""


def _expected(one: Baseline) -> str:
    rows = [
        (
            score.dataset,
            score.weights,
            ", ".join(f"{key} {value}" for key, value in score.figures.items()),
            score.source,
        )
        for score in one.expected
    ]
    return console.table([("expected on", "with", "scores", "source"), *rows]) if rows else ""


def _options(options: Sequence[Option]) -> str:
    rows = [(option.name, _default(option), option.help) for option in options]
    return console.table([("option", "default", ""), *rows])


def _default(option: Option) -> str:
    plain = "none" if option.default is None else str(option.default)
    return ", ".join([plain, *(f"{value} on {dataset}" for dataset, value in option.by_dataset.items())])


def _wrapped(rows: Sequence[tuple[str, str]]) -> str:
    """A table whose second column is text of several lines."""
    lines: list[tuple[object, ...]] = []
    for title, text in rows:
        first, *more = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
        lines += [(title, first), *(("", line) for line in more)]
    return console.table(lines)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
