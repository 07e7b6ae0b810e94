"""Quick to start: what `import rvosbench` and `rvosbench --help` load."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rvosbench import sample
from rvosbench.cli.app import run

HEAVY = {
    "numpy",
    "pyarrow",
    "torch",
    "PIL",
    "scipy",
    "h5py",
    "av",
    "pandas",
    "rich",
    "ijson",
    "tqdm",
    "datasets",
    "matplotlib",
    "pydantic",
}
NEEDED_TO_SCORE = {"numpy", "pyarrow", "tqdm"}
LOADED = "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"


def loaded_by(statement: str) -> set[str]:
    """The top-level modules in a fresh interpreter after `statement`."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{statement}\n{LOADED}"],
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "statement",
    [
        "import rvosbench",
        "from rvosbench.cli.app import run; run(['--help'])",
        "from rvosbench.cli.app import run; run(['convert', '--help'])",
        "from rvosbench.cli.app import run; run(['--version'])",
    ],
)
def test_nothing_heavy_is_loaded(statement: str) -> None:
    loaded = loaded_by(statement)
    assert "rvosbench" in loaded
    assert loaded & HEAVY == set()


def test_import_loads_nothing_that_is_not_in_the_standard_library() -> None:
    before, after = loaded_by("pass"), loaded_by("import rvosbench")
    assert after - before - {"rvosbench"} <= set(sys.stdlib_module_names)


def test_scoring_loads_little_more_than_arrays_and_tables(tmp_path: Path) -> None:
    releases, data = tmp_path / "releases", tmp_path / "data"
    sample.write(releases, "tiny")
    run(["convert", "mevis-v1", str(releases / "mevis-v1"), "--split", "valid_u", "--data", str(data)])
    predictions = releases / "predictions" / "mevis-v1" / "shifted"
    arguments = ["eval", str(predictions), "--dataset", "mevis-v1:valid_u", "--data", str(data)]
    loaded = loaded_by(f"from rvosbench.cli.app import run; assert run({arguments}) == 0")
    assert loaded & HEAVY <= NEEDED_TO_SCORE


def test_answering_requests_needs_no_arrays() -> None:
    loaded = loaded_by("import rvosbench_leaderboard.web.app")
    assert "fastapi" in loaded
    assert loaded & {"numpy", "pyarrow", "scipy", "alembic"} == set()


def test_a_command_does_not_load_the_others() -> None:
    program = """
import sys
from rvosbench.cli.app import run
run(["eval", "--help"])
print("rvosbench.cli.convert" in sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["False"]


def test_the_test_would_see_a_heavy_module() -> None:
    assert "numpy" in loaded_by("import rvosbench.masks.rle")
