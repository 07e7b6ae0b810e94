"""What a stranger does first: install the wheel, or clone and `make demo`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.full

ONLY_FOR_TESTS = {"pytest", "hypothesis", "torch", "pandas", "polars", "duckdb", "datasets", "pycocotools"}


def call(*command: object, folder: Path) -> str:
    """stdout of a command that knows nothing of this checkout, this Python and the `make` around them."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "RVOSBENCH", "MAKE"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def installed_in(python: Path) -> set[str]:
    listing = json.loads(call(python, "-m", "pip", "list", "--format", "json", folder=python.parent))
    return {entry["name"] for entry in listing}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, project_root: Path, project_files: list[Path]) -> Path:
    """Built from a copy of what is in git: nothing that lies about here by chance can get in."""
    folder = tmp_path_factory.mktemp("wheel")
    for path in project_files:
        target = folder / "source" / path.relative_to(project_root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    call(*pip, "--wheel-dir", folder, folder / "source", folder=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_what_the_packages_need_beside_code(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    for package in ("rvosbench", "rvosbench_baselines", "rvosbench_leaderboard"):
        assert f"{package}/py.typed" in names
    assert "rvosbench/datasets/ref_youtube_vos_valid.txt" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/")) for name in names)


def test_an_installed_wheel_works_without_anything_of_the_tests(wheel: Path, tmp_path: Path) -> None:
    call(sys.executable, "-m", "venv", "environment", folder=tmp_path)
    binaries = tmp_path / "environment" / "bin"
    python, rvosbench = binaries / "python", binaries / "rvosbench"
    call(python, "-m", "pip", "install", "--quiet", "--no-compile", wheel, folder=tmp_path)
    assert installed_in(python) & ONLY_FOR_TESTS == set()

    assert "convert" in call(rvosbench, "--help", folder=tmp_path)
    call(rvosbench, "sample", "releases", "--recipe", "tiny", folder=tmp_path)
    call(rvosbench, "convert", "sample", "releases/sample", "--data", "data", folder=tmp_path)
    described = call(rvosbench, "describe", "sample", "--data", "data", "--json", folder=tmp_path)
    assert json.loads(described)["counts"]["masks"] > 0
    listed = call(rvosbench, "baseline", "list", "--json", folder=tmp_path)
    assert json.loads(listed)["torch"] is False


def test_a_fresh_clone_and_make_demo_show_the_tool_at_work(
    tmp_path: Path,
    project_root: Path,
    require_command: Callable[[str], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    call(require_command("git"), "clone", "--quiet", project_root, "clone", folder=tmp_path)
    clone = tmp_path / "clone"
    make = [require_command("make"), f"PYTHON={sys.executable}"]
    start = time.monotonic()
    shown = call(*make, "demo", folder=clone)
    seconds = time.monotonic() - start
    with capsys.disabled():
        print(f"\nmake demo in a fresh clone: {seconds:.0f} s")

    assert "sample" in shown
    assert (clone / "rvosbench-demo" / "releases" / "preview.png").stat().st_size > 0
    assert installed_in(clone / ".venv" / "bin" / "python") & ONLY_FOR_TESTS == set()
    assert "pip install" not in call(*make, "--dry-run", "demo", folder=clone), (
        "everything is installed again"
    )
    assert call("git", "status", "--porcelain", folder=clone) == "", (
        "the demo leaves files that git would add"
    )
