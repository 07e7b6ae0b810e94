"""How commands speak: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import shlex
import sys
import textwrap
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from rvosbench.errors import Problem, Severity

if TYPE_CHECKING:
    from tqdm import tqdm


WIDTH = 100  # of lines that list places
INDENT = " " * len("  expected  ")


def out(text: str = "") -> None:
    """A result, for people."""
    print(text)


def emit(document: Mapping[str, Any]) -> None:
    """A result, for programs: with `--json`, stdout holds this and nothing else."""
    print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False), flush=True)


def note(text: str) -> None:
    """What happens meanwhile, and what to do next."""
    print(text, file=sys.stderr)


def command(*words: object, **options: object) -> str:
    """A call of the program as a shell takes it. An option of None is left out."""
    given = [(f"--{name}", value) for name, value in options.items() if value is not None]
    return shlex.join(["rvosbench", *map(str, [*words, *(part for pair in given for part in pair)])])


def problems(found: Iterable[Problem]) -> None:
    """Every problem as a small block: what and where, then expected, found, fix and further examples."""
    for problem in found:
        note(_block(problem))


def _block(problem: Problem) -> str:
    lines = [
        f"{problem.severity} {problem.code}  {problem.path}",
        f"  expected  {_indented(problem.expected)}",
        f"  found     {_indented(problem.found)}",
    ]
    if problem.count > 1:
        lines.append(f"  in all    {problem.count:,} places, such as")
        lines += [f"            {line}" for line in _examples(problem)]
    lines.append(f"  fix       {_indented(problem.fix)}")
    colour = {Severity.ERROR: "31", Severity.WARNING: "33"}[problem.severity]
    if sys.stderr.isatty():
        lines[0] = f"\033[{colour}m{lines[0]}\033[0m"
    return "\n".join(lines)


def _indented(text: str) -> str:
    """The tree of a release has several lines."""
    first, *others = text.split("\n")
    return "\n".join([first, *(f"{INDENT}{line}".rstrip() for line in others)])


def _examples(problem: Problem) -> list[str]:
    """Those after the first; where all are alike, their places alone, several to a line."""
    same = f": {problem.found}"
    if all(example.endswith(same) for example in problem.examples[1:]):
        places = [example.removesuffix(same) for example in problem.examples[1:]]
        return textwrap.wrap(", ".join(places), WIDTH, break_long_words=False, break_on_hyphens=False)
    return list(problem.examples[1:])


def table(rows: Iterable[tuple[object, ...]]) -> str:
    """Columns aligned by spaces; numbers to the right."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    right = [[isinstance(cell, int) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(line, widths, flags, strict=True)
        ).rstrip()
        for line, flags in zip(cells, right, strict=True)
    )


def _is_of_known_size(terminal: TextIO) -> bool:
    """Terminals of containers and of other programs may say that they have no columns and no rows."""
    try:
        return all(os.get_terminal_size(terminal.fileno()))
    except (OSError, ValueError):
        return False


class _Lines:
    """Progress where stderr is a file: a whole line every few seconds, the first one after as many."""

    EVERY = 10.0  # seconds

    def __init__(self, task: str, total: int | None, unit: str) -> None:
        self._task, self._total, self._unit = task, total, unit
        self._done = 0
        self._began = self._told = time.monotonic()

    def update(self, amount: int) -> None:
        self._done += amount
        now = time.monotonic()
        if now - self._told >= self.EVERY and self._done != self._total:
            self._told = now
            note(self._line(now - self._began))

    def _line(self, seconds: float) -> str:
        if self._unit == "byte":
            done, total = (f"{(count or 0) / 1e6:,.1f}" for count in (self._done, self._total))
            unit = "MB"
        else:
            done, total = f"{self._done:,}", f"{self._total or 0:,}"
            unit = self._unit if (self._total or self._done) == 1 else f"{self._unit}s"
        told = f"{done} of {total} {unit}" if self._total else f"{done} {unit}"
        line = f"{self._task}: {told} in {_span(seconds)}"
        if self._total and self._done:
            line += f", about {_span(seconds * (self._total - self._done) / self._done)} left"
        return line

    def clear(self) -> None:
        """Nothing is in the way of a message."""

    def close(self) -> None:
        """Nothing to take away."""


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(max(0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Bar:
    """A progress bar with the time that is left, on stderr; a plain line every few seconds where stderr is
    no terminal."""

    COLUMNS, ROWS = 80, 24  # where nothing is known

    def __init__(self) -> None:
        self._bar: tqdm[Any] | _Lines | None = None

    def start(self, task: str, total: int | None, unit: str) -> None:
        self.finish()
        self._bar = _bar(task, total, unit) if sys.stderr.isatty() else _Lines(task, total, unit)

    def advance(self, amount: int = 1) -> None:
        if self._bar is not None:
            self._bar.update(amount)

    def finish(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def say(self, message: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        note(message)


def _bar(task: str, total: int | None, unit: str) -> tqdm[Any]:
    from tqdm import tqdm

    sized = _is_of_known_size(sys.stderr)
    return tqdm(
        desc=task,
        total=total,
        unit="B" if unit == "byte" else f" {unit}",
        unit_scale=unit == "byte",
        unit_divisor=1024,
        file=sys.stderr,
        delay=0.5,  # work that is over at once shows nothing
        leave=False,
        dynamic_ncols=sized,
        ncols=None if sized else Bar.COLUMNS,
        nrows=None if sized else Bar.ROWS,
    )


def progress() -> Bar:
    return Bar()
