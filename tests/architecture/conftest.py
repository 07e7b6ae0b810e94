"""The source tree as data: which module imports which."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

PACKAGES = ("rvosbench", "baselines/rvosbench_baselines", "leaderboard/rvosbench_leaderboard")


@pytest.fixture(scope="session")
def sources(project_root: Path) -> Mapping[str, ast.Module]:
    """Module name -> its syntax tree, of all three packages."""
    found = {}
    for package in PACKAGES:
        folder = project_root / package
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


@pytest.fixture(scope="session")
def arrows(sources: Mapping[str, ast.Module]) -> Mapping[str, frozenset[str]]:
    """Module -> the modules of the project that it imports, wherever in the file it does so."""
    return {name: frozenset(_imported(name, tree, sources) - {name}) for name, tree in sources.items()}


def _imported(module: str, tree: ast.Module, sources: Mapping[str, ast.Module]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            # `from package import name`: a module of that name, or else something that the package holds.
            names = [f"{base}.{one.name}" if f"{base}.{one.name}" in sources else base for one in node.names]
        else:
            continue
        found.update(name for name in names if name in sources)
    return found


def _absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parent = module.rsplit(".", node.level)[0]
    return f"{parent}.{node.module}" if node.module else parent
