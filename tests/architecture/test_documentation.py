"""The documentation is whole: every error code, every command, every option; and no link leads nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer

from rvosbench import registry
from rvosbench.cli.app import build, run
from rvosbench.datasets import base
from rvosbench.errors import Code

CODE_HEADING = re.compile(r"^### (RVB\d{3}) ([A-Z0-9_]+)$", re.MULTILINE)
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
OURS = sorted(
    name for name, point in registry.registered(registry.COMMANDS).items() if registry.is_ours(point)
)


def calls() -> Iterator[tuple[str, ...]]:
    """Every command of ours as one types it: `convert`, `leaderboard verify`."""
    group = typer.main.get_command(build())
    for name in OURS:
        command = getattr(group, "commands")[name]  # noqa: B009  (click's own type is not exported by typer)
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            yield (name,)
        else:
            yield from ((name, sub) for sub in subcommands)


def help_of(call: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> str:
    assert run([*call, "--help"]) == 0
    return capsys.readouterr().out


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of the same level."""
    level = heading.split(" ")[0]
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, f"no heading {heading!r}"
    return re.split(rf"^{level} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as web views of repositories make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_error_code_is_explained_and_nothing_else_is(project_root: Path) -> None:
    text = (project_root / "docs/errors.md").read_text(encoding="utf-8")
    assert CODE_HEADING.findall(text) == [(code.value, code.name) for code in Code]


def test_every_error_code_is_used(sources: Mapping[str, ast.Module]) -> None:
    used = {
        node.attr
        for tree in sources.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }
    assert {code.name for code in Code} - used == set()


def test_every_command_has_an_example_in_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    without = []
    for call in calls():
        text = " ".join(help_of(call, capsys).split("\n", 2)[-1].split())
        if not re.search(rf"rvosbench {' '.join(call)} \S", text):
            without.append(" ".join(call))
    assert without == []


def test_every_command_and_option_is_documented(
    project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project_root / "docs/commands.md").read_text(encoding="utf-8")
    missing = []
    for call in calls():
        below = section(text, f"## rvosbench {' '.join(call)}")
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", help_of(call, capsys))) - {"--help"}
        missing += [f"{' '.join(call)} {option}" for option in sorted(options) if option not in below]
    assert missing == []


def test_what_the_examples_import_is_there(project_root: Path, project_files: list[Path]) -> None:
    """Except the dataset of the how-to, which tests/test_plugins.py installs."""
    absent = []
    for page in (path for path in project_files if path.suffix == ".md"):
        for block in PYTHON.findall(page.read_text(encoding="utf-8")):
            imports = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.ImportFrom)]
            for module, name in [(str(node.module), alias.name) for node in imports for alias in node.names]:
                if module.startswith("rvosbench") and module != "rvosbench.datasets.toy_rvos":
                    whole = f"{module}.{name}"
                    if not hasattr(import_module(module), name) and find_spec(whole) is None:
                        absent.append(f"{page.relative_to(project_root)}: {whole}")
    assert absent == []


def test_every_dataset_of_ours_is_documented(project_root: Path) -> None:
    text = (project_root / "docs/datasets.md").read_text(encoding="utf-8")
    points = registry.registered(registry.DATASETS)
    for name in base.names():
        if registry.is_ours(points[name]):
            below = section(text, f"## {name}")
            assert f"rvosbench convert {name}" in below
            info = base.find(name).info
            assert info.layout.strip() in below, f"{name}: the layout differs"
            assert [split for split in info.splits if f"`{split}`" not in below] == [], name


def test_no_link_leads_nowhere(project_root: Path, project_files: list[Path]) -> None:
    broken = []
    for page in (path for path in project_files if path.suffix == ".md"):
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            goal = (page.parent / file).resolve() if file else page
            if not goal.exists() or (anchor and anchor not in anchors(goal.read_text(encoding="utf-8"))):
                broken.append(f"{page.relative_to(project_root)}: {target}")
    assert broken == []
