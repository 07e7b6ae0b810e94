"""Nothing of the web can open ground truth: no path of imports leads from there to a converted split."""

from __future__ import annotations

import ast
from collections.abc import Mapping

ASKED = ("rvosbench_leaderboard.web", "rvosbench_leaderboard.pages", "rvosbench_leaderboard.organisers")
APART = (
    "rvosbench_leaderboard.scoring",
    "rvosbench_leaderboard.worker",
    "rvosbench.splits",
    "rvosbench.evaluate",
    "rvosbench.validate",
)


def imports_of(tree: ast.Module) -> set[str]:
    """What is loaded with the module, and what its functions import; not what only type checkers read."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def is_in(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in packages)


def test_the_server_s_own_scoring_is_out_of_reach_of_the_web(sources: Mapping[str, ast.Module]) -> None:
    """Every module of the server that the web reaches, however many steps away."""
    arrows = {name: imports_of(tree) & set(sources) for name, tree in sources.items()}
    start = {name for name in sources if is_in(name, ASKED)}
    assert start
    reached, todo = set(start), list(start)
    while todo:
        for target in arrows[todo.pop()]:
            if target not in reached and target.startswith("rvosbench_leaderboard"):
                reached.add(target)
                todo.append(target)
    assert sorted(name for name in reached if is_in(name, APART)) == []
    direct = {target for name in reached for target in arrows[name] if is_in(target, APART)}
    assert sorted(direct) == []
