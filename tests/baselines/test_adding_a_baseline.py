"""The page on adding a baseline is right: its files make a package that pip installs and the program runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CODE = re.compile(r"^```\w+\n# (\S+\.\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = "from rvosbench.cli.app import main; main()"


@pytest.fixture(scope="module")
def site(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the package of the page."""
    folder = tmp_path_factory.mktemp("how-to")
    page = (project_root / "docs/how-to/add-a-baseline.md").read_text(encoding="utf-8")
    for name, content in CODE.findall(page):
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (folder / "source" / "middle_box" / "__init__.py").write_text("", encoding="utf-8")
    offline = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-warn-conflicts"]
    target = ["--target", str(folder / "site"), str(folder / "source")]
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, *target], check=True)
    return folder / "site"


def program(site: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CALL, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )


def test_the_baseline_of_the_page_is_listed_and_its_predictions_are_scored(
    site: Path, home: Path, tmp_path: Path
) -> None:
    listed = json.loads(program(site, "baseline", "list", "--json").stdout)
    card = next(one for one in listed["baselines"] if one["name"] == "middle-box")
    assert card["package"] == "middle-box 1.0"
    at = ("--dataset", "sample", "--data", home)
    made = program(site, "baseline", "run", "middle-box", *at, "--out", tmp_path / "preds")
    assert made.returncode == 0, made.stderr
    scored = program(site, "eval", tmp_path / "preds", *at, "--json")
    assert scored.returncode == 0, scored.stderr
    assert 0 < json.loads(scored.stdout)["metrics"]["J&F"] < 1
