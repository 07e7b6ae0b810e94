"""The page of threats names tests that are there, and misses none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROWS = re.compile(r"^\| (\d\d) \|.*\| ([^|]+) \|$", re.MULTILINE)
OF_MISTAKES = re.compile(r"^\| [^|`]+ \| `(test_\w+)` \|$", re.MULTILINE)
TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
NUMBERS = re.compile(r"\d\d")


@pytest.fixture(scope="module")
def page(project_root: Path) -> str:
    return (project_root / "docs/server-threats.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tests(project_root: Path) -> dict[str, set[str]]:
    """File, from `tests/leaderboard/` -> names."""
    home = project_root / "tests" / "leaderboard"
    return {
        path.relative_to(home).as_posix(): set(TEST.findall(path.read_text(encoding="utf-8")))
        for path in home.rglob("test_*.py")
    }


def threats(names: set[str]) -> set[str]:
    """The numbers in `test_threat_07_...` and `test_threats_23_and_24_...`."""
    starts = (re.match(r"test_threats?_((\d\d_)(and_\d\d_)?)", name) for name in names)
    return {number for start in starts if start for number in NUMBERS.findall(start[1])}


def test_every_threat_has_a_row_and_every_row_has_tests_in_the_files_that_it_names(
    page: str, tests: dict[str, set[str]]
) -> None:
    rows = {number: re.findall(r"`([^`]+)`", files) for number, files in ROWS.findall(page)}
    assert sorted(rows) == [f"{number:02}" for number in range(1, 35)]
    for number, files in rows.items():
        assert files
        for file in files:
            assert number in threats(tests[file]), (number, file)
    known = {number for names in tests.values() for number in threats(names)}
    assert known == set(rows)


def test_every_mistake_of_others_is_held_off_by_a_test(page: str, tests: dict[str, set[str]]) -> None:
    named = OF_MISTAKES.findall(page)
    assert len(named) == page.partition("## Mistakes of others")[2].count("\n| ") - 1
    assert set(named) - {name for names in tests.values() for name in names} == set()
