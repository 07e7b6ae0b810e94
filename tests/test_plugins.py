"""Other packages add datasets and commands by entry points. The plug-in is the one of the how-to pages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CODE = re.compile(r"^```\w+\n# (\S+\.\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = "from rvosbench.cli.app import main; main()"


def files_in(page: Path) -> dict[str, str]:
    """The files that a page shows; the first line of each names it."""
    return dict(CODE.findall(page.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def pages(project_root: Path) -> Mapping[str, str]:
    how_to = project_root / "docs" / "how-to"
    return files_in(how_to / "add-a-dataset.md") | files_in(how_to / "write-a-plug-in.md")


@pytest.fixture(scope="module")
def installed(pages: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the package of the how-to."""
    folder = tmp_path_factory.mktemp("plugin")
    package = folder / "source" / "toy_rvos"
    package.mkdir(parents=True)
    (package.parent / "pyproject.toml").write_text(pages["pyproject.toml"], encoding="utf-8")
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "dataset.py").write_text(pages["rvosbench/datasets/toy_rvos.py"], encoding="utf-8")
    (package / "words.py").write_text(pages["toy_rvos/words.py"], encoding="utf-8")
    offline = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-warn-conflicts"]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            *offline,
            "--target",
            str(folder / "site"),
            str(package.parent),
        ],
        check=True,
    )
    return folder / "site"


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package whose module is gone, and which would like to be `describe`."""
    folder = tmp_path_factory.mktemp("broken")
    metadata = folder / "gone-3.1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: gone\nVersion: 3.1\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(
        "[rvosbench.commands]\nvanish = gone.commands:vanish\ndescribe = gone.commands:describe\n"
        "[rvosbench.datasets]\nnowhere = gone.dataset:NOWHERE\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Toy-RVOS with one video of two frames, on which two objects stand side by side."""
    folder = tmp_path_factory.mktemp("release") / "test"
    labels = np.repeat(np.array([[1, 0, 2]], np.uint8), 4, axis=0)
    for kind, suffix in (("JPEGImages", "jpg"), ("Annotations", "png")):
        (folder / kind / "pair").mkdir(parents=True)
        for frame in ("00000", "00005"):
            Image.fromarray(labels).save(folder / kind / "pair" / f"{frame}.{suffix}")
    expressions = {
        "0": {"exp": "the one on the left", "obj_id": ["1"]},
        "1": {"exp": "the pair", "obj_id": ["1", "2"]},
    }
    meta = {"videos": {"pair": {"frames": ["00000", "00005"], "expressions": expressions}}}
    (folder / "meta_expressions.json").write_text(json.dumps(meta), encoding="utf-8")
    return folder.parent


@pytest.fixture(scope="module")
def data(installed: Path, release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which that release is converted."""
    folder = tmp_path_factory.mktemp("data")
    converted = run(installed, "convert", "toy-rvos", release, "--data", folder)
    assert converted.returncode == 0, converted.stderr
    return folder


def run(site: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`rvosbench ...` in a Python that also sees the packages in `site`."""
    return subprocess.run(
        [sys.executable, "-c", CALL, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )


def test_a_dataset_of_another_package_is_converted_and_described(installed: Path, data: Path) -> None:
    document = json.loads(run(installed, "describe", "toy-rvos", "--data", data, "--json").stdout)
    assert document["title"] == "Toy-RVOS"
    assert document["split"] == "test"
    counts = {name: document["counts"][name] for name in ("videos", "objects", "masks", "expressions")}
    assert counts == {"videos": 1, "objects": 2, "masks": 4, "expressions": 2}


def test_its_published_counts_are_compared_like_ours(installed: Path, release: Path, tmp_path: Path) -> None:
    refused = run(installed, "convert", "toy-rvos", release, "--check", "--data", tmp_path / "data")
    assert refused.returncode == 4
    assert "RVB030" in refused.stderr


def test_a_command_of_another_package_is_listed_and_runs(installed: Path, data: Path) -> None:
    assert "count-words" in run(installed, "--help").stdout
    counted = run(installed, "count-words", "toy-rvos", "--data", data, "--json")
    assert json.loads(counted.stdout) == {"sentences": 2, "words": 7}


def test_the_test_of_the_how_to_passes(pages: Mapping[str, str], installed: Path, tmp_path: Path) -> None:
    text = pages["tests/datasets/test_toy_rvos.py"]
    test = tmp_path / "test_toy_rvos.py"
    test.write_text(text.replace("rvosbench.datasets.toy_rvos", "toy_rvos.dataset"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", str(test)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_broken_plug_in_is_named_in_the_help_and_harms_no_other_command(broken: Path) -> None:
    done = run(broken, "--help")
    assert done.returncode == 0
    assert "vanish" in done.stdout
    assert "No module named 'gone'" in " ".join(done.stdout.split())


@pytest.mark.parametrize("arguments", [("vanish",), ("describe", "nowhere")])
def test_using_a_broken_plug_in_is_an_error_that_names_the_package(
    broken: Path, arguments: tuple[str]
) -> None:
    done = run(broken, *arguments)
    assert done.returncode == 1
    assert "RVB006" in done.stderr
    assert "pip uninstall gone" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plug_in_cannot_take_over_a_command_of_ours(broken: Path) -> None:
    done = run(broken, "describe", "mevis-v1", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["dataset"] == "mevis-v1"
