"""Finds datasets, commands and other named parts, ours and third parties', by entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from rvosbench.errors import Code, Problem, RvosbenchError

COMMANDS = "rvosbench.commands"
DATASETS = "rvosbench.datasets"
BASELINES = "rvosbench.baselines"
METRICS = "rvosbench.metrics"
PROTOCOLS = "rvosbench.protocols"


def registered(group: str) -> dict[str, EntryPoint]:
    """Name -> entry point. A name of ours cannot be taken over by a plug-in."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        if point.name not in found or is_ours(point):
            found[point.name] = point
    return found


def is_ours(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == "rvosbench"


def load(point: EntryPoint) -> Any:
    """The registered object. A plug-in that cannot be imported is an error that names it."""
    try:
        return point.load()
    except Exception as error:
        if is_ours(point):
            raise
        package = point.dist.name if point.dist is not None else point.value
        raise RvosbenchError(
            Problem(
                Code.PLUGIN_FAILED,
                path=f"{point.name} = {point.value}",
                expected=f"an importable plug-in of the package {package}",
                found=f"{type(error).__name__}: {error}",
                fix=f"update {package}, or `pip uninstall {package}`",
            )
        ) from error
