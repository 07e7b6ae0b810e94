"""Hostile tables of predictions."""

from collections.abc import Iterator

from hostile_attacks import Attack


def attacks() -> Iterator[Attack]:
    yield from ()
