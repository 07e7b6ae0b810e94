"""The table of rules is what the code does and what the page says."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from rvosbench.errors import Code, UsageError
from rvosbench.validate.rules import RULES
from rvosbench.validate.servers import NAMES, find

SPEC = [*(f"E{number}" for number in range(1, 11)), *(f"W{number}" for number in range(1, 8))]


def test_every_rule_of_the_field_has_a_place() -> None:
    assert sorted({rule.label for rule in RULES if rule.label}) == sorted(SPEC)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.label} {rule.code.name}")
def test_a_rule_is_a_function_that_is_there(rule: object) -> None:
    module, _, name = rule.found_by.partition(":")  # type: ignore[attr-defined]
    assert callable(getattr(import_module(module), name))


def test_the_page_shows_the_same_table(project_root: Path) -> None:
    page = (project_root / "docs" / "validate.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (E\d+|W\d+|) ?\| \[(RVB\d+)\]\([^)]*\) \|(.*)\|$", page, re.MULTILINE)
    shown = [(label.strip(), code, *(cell.strip() for cell in rest.split("|"))) for label, code, rest in rows]
    wanted = [
        (
            rule.label,
            rule.code.value,
            rule.what,
            *(str(rule.severity_for(server) or "-") for server in NAMES),
        )
        for rule in RULES
    ]
    assert shown == wanted


def test_a_server_takes_its_own_datasets_alone() -> None:
    assert find("mevis", "mevis-v2").root == ""
    assert find("ref-youtube-vos", "ref-youtube-vos").root == "Annotations"
    assert find("rvosbench", "a2d-sentences").root is None
    for name, dataset in (("mevis", "ref-davis17"), ("codalab", "mevis-v1")):
        with pytest.raises(UsageError) as refused:
            find(name, dataset)
        (problem,) = refused.value.problems
        assert problem.code is Code.BAD_OPTION
