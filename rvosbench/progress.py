"""How long work reports on itself. The library only calls; the command line decides what is shown."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    def start(self, task: str, total: int | None, unit: str) -> None:
        """A task begins. `total` is None where it cannot be known."""

    def advance(self, amount: int = 1) -> None:
        """Some of the present task is done."""

    def finish(self) -> None:
        """The present task is over."""

    def say(self, message: str) -> None:
        """Something the user should know while the work goes on."""


class Silent:
    """The default of the Python API."""

    def start(self, task: str, total: int | None, unit: str) -> None: ...

    def advance(self, amount: int = 1) -> None: ...

    def finish(self) -> None: ...

    def say(self, message: str) -> None: ...
