"""With RVOSBENCH_NO_SKIP=1 nothing passes unseen: what would be skipped for want of a part fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
import pytest

def test_that_needs_a_program(require_command):
    require_command("no-such-program")

@pytest.mark.skipif(True, reason="an optional part is missing")
def test_that_is_marked():
    pass

def test_that_needs_real_material(real_data):
    pass

@pytest.mark.xfail(reason="known")
def test_that_is_known_to_fail():
    raise ValueError
"""
AT_COLLECTION = "import pytest\npytest.importorskip('no_such_module')\n"


@pytest.fixture
def suite(tmp_path: Path, project_root: Path) -> Path:
    """Tests that skip for different reasons, under our own conftest."""
    shutil.copy(project_root / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_module.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "test_collection.py").write_text(AT_COLLECTION, encoding="utf-8")
    return tmp_path


def outcome(suite: Path, **variables: str) -> str:
    """The last line of a run of the suite."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RVOSBENCH")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", str(suite)],
        cwd=suite,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()[-1]


def test_without_the_variable_what_is_missing_is_skipped(suite: Path) -> None:
    assert outcome(suite).startswith("4 skipped, 1 xfailed")


def test_with_it_only_real_material_may_be_missing(suite: Path) -> None:
    (suite / "test_collection.py").unlink()
    assert outcome(suite, RVOSBENCH_NO_SKIP="1").startswith("1 failed, 1 skipped, 1 xfailed, 1 error")


def test_with_it_a_module_that_skips_itself_is_an_error(suite: Path) -> None:
    assert "1 error" in outcome(suite, RVOSBENCH_NO_SKIP="1")


def test_real_material_that_is_named_but_not_there_is_a_failure(suite: Path) -> None:
    assert outcome(suite, RVOSBENCH_REAL_DATA=str(suite / "nowhere")).startswith(
        "3 skipped, 1 xfailed, 1 error"
    )
