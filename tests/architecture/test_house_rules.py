"""Rules of the house that a machine can hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

MAX_LINES = 400
COUNTED = {".py", ".c", ".h", ".js", ".css"}
# Put together here, so that this file does not hold what it forbids.
REGISTRIES = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "download" + r"\.pytorch\.org"))
)
BESIDE_THE_CHECKOUT = re.compile(r"(?<![\w.-])(\.\./)*" + "shared" + "/")


def may_print(module: str) -> bool:
    return module.startswith("rvosbench.cli") or module == "rvosbench_baselines.commands"


def speaks(node: ast.AST) -> bool:
    """`print(...)`, `sys.stdout`, `sys.stderr`, or anything of `logging`."""
    match node:
        case ast.Call(func=ast.Name(id="print")):
            return True
        case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr"):
            return True
        case ast.Import(names=names):
            return any(alias.name.split(".")[0] == "logging" for alias in names)
        case ast.ImportFrom(module=str(module)):
            return module.split(".")[0] == "logging"
    return False


def texts(files: list[Path]) -> dict[Path, str]:
    found = {}
    for path in files:
        try:
            found[path] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and the like
    return found


def test_a_file_has_one_subject_and_at_most_400_lines(project_files: list[Path]) -> None:
    long = {
        str(path): lines
        for path in project_files
        if path.suffix in COUNTED
        and "golden" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


def test_only_the_command_line_prints(sources: Mapping[str, ast.Module]) -> None:
    speaking = [
        f"{module}, line {getattr(node, 'lineno', '?')}"
        for module, tree in sources.items()
        if not may_print(module)
        for node in ast.walk(tree)
        if speaks(node)
    ]
    assert speaking == []


def test_library_code_checks_its_input_by_problems_not_by_assert(sources: Mapping[str, ast.Module]) -> None:
    asserting = [
        f"{module}, line {node.lineno}"
        for module, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]
    assert asserting == []


def test_every_module_says_what_it_is_for(sources: Mapping[str, ast.Module]) -> None:
    assert [module for module, tree in sources.items() if ast.get_docstring(tree) is None] == []


def test_the_project_knows_nothing_of_the_machine_it_lies_on(
    project_root: Path, project_files: list[Path]
) -> None:
    here = re.compile("|".join(re.escape(f"{path}/") for path in (project_root, Path.home())))
    naming = [
        f"{path.relative_to(project_root)}, line {number}: {line.strip()}"
        for path, text in texts(project_files).items()
        for number, line in enumerate(text.splitlines(), start=1)
        if here.search(line)
        or REGISTRIES.search(line)
        or (BESIDE_THE_CHECKOUT.search(line) and ".ci" not in path.relative_to(project_root).parts)
    ]
    assert naming == []
