"""Arrows point down: a package imports what lies on a lower level, wherever in a file the import stands."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

Arrows = Mapping[str, frozenset[str]]

LEVELS = (
    ("errors", "ids", "progress", "registry", "schema"),
    ("_kernels", "io", "masks"),
    ("datasets", "metrics", "predictions", "protocols", "sample", "splits", "statistics"),
    ("analysis", "evaluate", "validate"),
    ("conformance", "export", "pack", "report"),
    ("cli",),
)
# On one level, only these arrows. What stands on level 0 consists of single files, held by the cycle test.
BESIDE = {
    ("analysis", "evaluate"),
    ("evaluate", "validate"),
    ("io", "masks"),
    ("masks", "_kernels"),
    ("predictions", "splits"),
    ("protocols", "metrics"),
    ("protocols", "predictions"),
    ("protocols", "splits"),
    ("sample", "datasets"),
    ("sample", "splits"),
    ("splits", "datasets"),
}
LEVEL = {part: number for number, parts in enumerate(LEVELS) for part in parts}


def part_of(module: str) -> str | None:
    """`rvosbench.io.tables` -> `io`; None for the root and for the packages beside the core."""
    names = module.split(".")
    return names[1] if names[0] == "rvosbench" and len(names) > 1 else None


def allowed(source: str, target: str) -> bool:
    down = LEVEL[target] < LEVEL[source]
    return source == target or down or (source, target) in BESIDE or LEVEL[source] == LEVEL[target] == 0


def test_every_part_of_the_core_has_a_level(sources: Mapping[str, ast.Module]) -> None:
    parts = {part for module in sources if (part := part_of(module)) is not None}
    assert parts <= LEVEL.keys(), "decide on a level for it, here and in CONTRIBUTING.md"


def test_imports_point_down(arrows: Arrows) -> None:
    upward = [
        f"{module} -> {imported}"
        for module, targets in sorted(arrows.items())
        for imported in sorted(targets)
        if (source := part_of(module)) is not None
        and (target := part_of(imported)) is not None
        and not allowed(source, target)
    ]
    assert upward == []


def test_the_core_imports_neither_baselines_nor_leaderboard(arrows: Arrows) -> None:
    beside = ("rvosbench_baselines", "rvosbench_leaderboard")
    crossing = [
        f"{module} -> {imported}"
        for module, targets in sorted(arrows.items())
        for imported in sorted(targets)
        if module.split(".")[0] not in beside and imported.split(".")[0] in beside
    ]
    assert crossing == []


def test_baselines_and_leaderboard_do_not_import_each_other(arrows: Arrows) -> None:
    crossing = [
        f"{module} -> {imported}"
        for module, targets in arrows.items()
        for imported in targets
        if {module.split(".")[0], imported.split(".")[0]} == {"rvosbench_baselines", "rvosbench_leaderboard"}
    ]
    assert crossing == []


def test_no_module_imports_itself_through_others(arrows: Arrows) -> None:
    """The root is left out: inside the package it is only read for `__version__`, see below."""
    graph = {module: targets - {"rvosbench"} for module, targets in arrows.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_inside_the_package_the_root_is_read_only_for_its_version(sources: Mapping[str, ast.Module]) -> None:
    taken = {
        (module, alias.name)
        for module, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "rvosbench"
        for alias in node.names
        if f"rvosbench.{alias.name}" not in sources
    }
    assert {name for _, name in taken} <= {"__version__"}, sorted(taken)
