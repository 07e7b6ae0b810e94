"""How `--help` lists commands: in groups, in the order in which people need them, in whole sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from typer.core import TyperGroup

SECTIONS = {
    "Data": ("demo", "sample", "convert", "describe", "doctor", "export"),
    "Predictions": ("validate", "pack", "eval", "merge", "floor", "conformance"),
    "Results": (
        *("compare", "explain", "table", "anatomy", "language", "attributes", "stability", "plot", "report"),
    ),
    "Baselines": ("baseline",),
    "Evaluation server and leaderboard": ("serve", "submit", "worker", "admin", "leaderboard"),
}
OTHERS = "Of other packages"
_ORDER = tuple(name for names in SECTIONS.values() for name in names)
_WHOLE = 1000  # no sentence is longer


def place(name: str) -> tuple[int, str]:
    """Sorts commands; those of other packages come last, by name."""
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


class WholeSentences(TyperGroup):
    """The library cuts sentences off to keep each command on one line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, names in self._sections(self.list_commands(ctx)):
            shown = [(name, self.get_command(ctx, name)) for name in names]
            rows = [
                (name, command.get_short_help_str(_WHOLE))
                for name, command in shown
                if command is not None and not command.hidden
            ]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def _sections(self, names: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
        yield "Commands", names


class Sections(WholeSentences):
    """The program itself: its commands under headings."""

    def _sections(self, names: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
        for title, ours in SECTIONS.items():
            yield title, [name for name in names if name in ours]
        yield OTHERS, [name for name in names if name not in _ORDER]
