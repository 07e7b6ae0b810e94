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


def run(*command: object, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that knows nothing of this checkout, this Python and the `make` around them."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "RVOSBENCH", "MAKE"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=inherited | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


def call(*command: object, folder: Path, **environment: str) -> str:
    return run(*command, folder=folder, **environment).stdout


def installed_in(python: Path) -> set[str]:
    listing = json.loads(call(python, "-m", "pip", "list", "--format", "json", folder=python.parent))
    return {entry["name"] for entry in listing}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, project_root: Path, project_files: list[Path]) -> Path:
    """A copy of what is in git: nothing that lies about here by chance can get into a wheel."""
    folder = tmp_path_factory.mktemp("source")
    for path in project_files:
        target = folder / path.relative_to(project_root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


def build(source: Path, folder: Path, **environment: str) -> Path:
    shutil.rmtree(source / "build", ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    call(*pip, "--wheel-dir", folder, source, folder=source, **environment)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    call(sys.executable, "-m", "venv", folder, folder=folder)
    call(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile", wheel, folder=folder)
    return folder / "bin"


@pytest.fixture(scope="module")
def scored(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample converted, made by the installed wheel."""
    folder = tmp_path_factory.mktemp("scored")
    call(environment / "rvosbench", "sample", "releases", "--recipe", "tiny", folder=folder)
    call(environment / "rvosbench", "convert", "sample", "releases/sample", "--data", "data", folder=folder)
    return folder


SCORE = ("eval", "releases/predictions/sample/shifted", "--dataset", "sample", "--data", "data", "--json")


def test_the_wheel_holds_what_the_packages_need_beside_code(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    for package in ("rvosbench", "rvosbench_baselines", "rvosbench_leaderboard"):
        assert f"{package}/py.typed" in names
    assert "rvosbench/datasets/ref_youtube_vos_valid.txt" in names
    assert "rvosbench_leaderboard/results/ssa-cvpr2025/table-1.toml" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/")) for name in names)


def test_an_installed_wheel_works_without_anything_of_the_tests(environment: Path, scored: Path) -> None:
    assert installed_in(environment / "python") & ONLY_FOR_TESTS == set()

    rvosbench = environment / "rvosbench"
    assert "convert" in call(rvosbench, "--help", folder=scored)
    described = call(rvosbench, "describe", "sample", "--data", "data", "--json", folder=scored)
    assert json.loads(described)["counts"]["masks"] > 0
    listed = call(rvosbench, "baseline", "list", "--json", folder=scored)
    assert json.loads(listed)["torch"] is False
    verified = call(rvosbench, "leaderboard", "verify", "--json", folder=scored)
    assert json.loads(verified)["records"] > 100


def test_the_wheel_runs_on_any_linux_of_its_processor(wheel: Path) -> None:
    shown = " ".join(call(sys.executable, "-m", "auditwheel", "show", wheel, folder=wheel.parent).split())
    assert "abi3" in wheel.name
    assert 'is consistent with the following platform tag: "manylinux_' in shown, shown


def test_without_a_compiler_it_installs_and_numpy_gives_the_same_figures(
    environment: Path, scored: Path, source: Path, tmp_path: Path
) -> None:
    rvosbench = environment / "rvosbench"
    compiled = run(rvosbench, *SCORE, folder=scored)
    assert json.loads(compiled.stdout)["timing"]["kernel"] == "native"
    assert compiled.stderr.count("kernel") == 0

    without = build(source, tmp_path, CC="no-such-compiler")
    assert not any("native" in name and name.endswith(".so") for name in ZipFile(without).namelist())
    pip = [environment / "python", "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps"]
    call(*pip, "--target", tmp_path / "site", without, folder=tmp_path)
    slow = run(
        environment / "python",
        "-m",
        "rvosbench.cli",
        *SCORE,
        folder=scored,
        PYTHONPATH=str(tmp_path / "site"),
    )
    assert json.loads(slow.stdout)["timing"]["kernel"] == "numpy"
    assert slow.stderr.count("compiled kernel") == 1
    for key in ("metrics", "fingerprint"):
        assert json.loads(slow.stdout)[key] == json.loads(compiled.stdout)[key]


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
