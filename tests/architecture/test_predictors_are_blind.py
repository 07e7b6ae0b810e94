"""Predictors see frames and sentences; what they import cannot tell them what is right, or how it scores."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Mapping

import pytest

from rvosbench import registry

Arrows = Mapping[str, frozenset[str]]

MAY_KNOW = (
    "rvosbench.errors",
    "rvosbench.progress",
    "rvosbench.schema",  # the forms of records, without any
    "rvosbench._kernels*",
    "rvosbench.masks*",  # how a mask is written, not which one is right
    "rvosbench.io",
    "rvosbench.io.*frame*",
)
OURS = "rvosbench_baselines."
MAY_NOT_KNOW_OF_OURS = (
    "rvosbench_baselines.inference*",
    "rvosbench_baselines.training*",
    "rvosbench_baselines.*command*",
    "*.ground_truth",
)


def baselines() -> dict[str, str]:
    """Name -> the package of its card, for those of this project."""
    points = registry.registered(registry.BASELINES)
    return {
        name: point.module.rpartition(".")[0] for name, point in points.items() if registry.is_ours(point)
    }


def reached_from(starts: set[str], arrows: Arrows) -> dict[str, str]:
    """Every module that is imported on the way, with the one that imports it."""
    found = dict.fromkeys(starts, "")
    waiting = list(starts)
    while waiting:
        module = waiting.pop()
        for imported in arrows[module]:
            if imported not in found:
                found[imported] = module
                waiting.append(imported)
    return found


def is_any_of(module: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(module, pattern) for pattern in patterns)


def truths(reached: Mapping[str, str]) -> list[str]:
    """What no predictor may reach, with the way there."""
    return [
        f"{importer} -> {module}"
        for module, importer in sorted(reached.items())
        if (
            is_any_of(module, MAY_NOT_KNOW_OF_OURS)
            if module.startswith(OURS)
            else not is_any_of(module, MAY_KNOW)
        )
    ]


@pytest.mark.parametrize(("name", "package"), sorted(baselines().items()))
def test_neither_a_predictor_nor_what_it_imports_knows_masks_or_scores(
    name: str, package: str, arrows: Arrows
) -> None:
    own = {module for module in arrows if module == package or module.startswith(f"{package}.")}
    assert f"{package}.card" in own
    assert truths(reached_from(own, arrows)) == []


def test_what_they_are_built_on_does_not_either(arrows: Arrows) -> None:
    shared = {f"{OURS}{module}" for module in ("base", "checkpoints", "text")}
    shared |= {module for module in arrows if module.startswith(f"{OURS}layers")}
    assert truths(reached_from(shared, arrows)) == []


@pytest.mark.parametrize(
    "module",
    [
        "rvosbench.metrics.region",
        "rvosbench.evaluate.run",
        "rvosbench.protocols.catalogue",
        "rvosbench.predictions.recognise",
        "rvosbench.splits.split",
        "rvosbench.splits.mask_rows",
        "rvosbench.io.tables",
        "rvosbench_baselines.inference.blind",
        "rvosbench_baselines.tracks.ground_truth",
        "rvosbench_baselines.training.samples",
    ],
)
def test_the_test_would_see_it(module: str, arrows: Arrows, sources: Mapping[str, ast.Module]) -> None:
    """Were it imported by a module that a predictor imports."""
    assert module in sources or module.startswith(f"{OURS}tracks")
    between = f"{OURS}layers.mlp"
    changed = {**arrows, between: arrows[between] | {module}, module: arrows.get(module, frozenset())}
    assert f"{between} -> {module}" in truths(reached_from({between}, changed))


def test_a_run_never_opens_the_tables_of_masks_and_objects(sources: Mapping[str, ast.Module]) -> None:
    """The module that reads splits for predictors names neither table."""
    tree = sources[f"{OURS}inference.blind"]
    read = [
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("read_rows", "open_table")
        and isinstance(node.args[1], ast.Constant)
    ]
    assert sorted(map(str, read)) == ["expressions", "videos"]
