"""`rvosbench eval` and `merge` as one types them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import Outcome

from rvosbench import sample

Program = Callable[..., Outcome]
HEAVY = {"pandas", "scipy", "skimage", "cv2", "torch", "matplotlib"}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny sample with its predictions in `sample`, and three of its splits converted."""
    from rvosbench.cli.app import run

    folder = tmp_path_factory.mktemp("eval")
    sample.write(folder / "sample", "tiny")
    for dataset, split in (("mevis-v2", "valid_u"), ("mevis-v2", "valid"), ("ref-davis17", "val")):
        release = folder / "sample" / dataset
        command = ["convert", dataset, str(release), "--split", split, "--data", str(folder)]
        assert run([*command, "--frames", "none"]) == 0
    return folder


@pytest.fixture
def shifted(home: Path) -> Path:
    return home / "sample" / "predictions" / "mevis-v2" / "shifted"


def test_every_figure_is_printed_with_what_it_is_a_figure_of(
    home: Path, shifted: Path, rvosbench: Program
) -> None:
    done = rvosbench("eval", shifted, "--dataset", "mevis-v2", "--data", home)
    assert done.code == 0, done.err
    document = json.loads(rvosbench("eval", shifted, "--dataset", "mevis-v2", "--data", home, "--json").out)
    label = f"(mevis-v2/valid_u, mevis, {document['fingerprint'][:8]})"
    line = rf"^(\S+) +(\S+)(?: +(\[\S+, \S+\]))? +{re.escape(label)}$"
    rows = re.findall(line, done.out, re.MULTILINE)
    printed = {key: value for key, value, _ in rows}
    assert printed.keys() == document["metrics"].keys()
    assert printed["J&F"] == f"{100 * document['metrics']['J&F']:.1f}"
    low, high = document["intervals"]["J&F"]["low"], document["intervals"]["J&F"]["high"]
    assert rows[0][2] == f"[{100 * low:.1f}, {100 * high:.1f}]"
    assert {key for key, _, bar in rows if bar} == document["intervals"].keys()
    assert list(printed)[:6] == ["J&F", "J", "F", "N-acc", "T-acc", "final"]
    assert "Next: " in done.err


def test_json_is_what_is_written(home: Path, shifted: Path, tmp_path: Path, rvosbench: Program) -> None:
    arguments = ("--dataset", "mevis-v2", "--data", home, "--out", tmp_path / "out", "--json")
    done = rvosbench("eval", shifted, *arguments)
    assert json.loads(done.out) == json.loads((tmp_path / "out" / "result.json").read_text())


def test_each_annotator_has_a_row(home: Path, rvosbench: Program) -> None:
    source = home / "sample" / "predictions" / "ref-davis17" / "perfect"
    done = rvosbench("eval", source, "--dataset", "ref-davis17", "--data", home)
    assert re.findall(r"^(annotator|\d) ", done.out, re.MULTILINE)[:5] == ["annotator", "0", "1", "2", "3"]


def test_a_deleted_frame_is_refused_or_scores_zero_and_never_more(
    home: Path, shifted: Path, tmp_path: Path, rvosbench: Program
) -> None:
    shutil.copytree(shifted, tmp_path / "tree")
    gone = sorted((tmp_path / "tree").rglob("*.png"))[3]
    gone.unlink()
    arguments: tuple[Any, ...] = ("eval", tmp_path / "tree", "--dataset", "mevis-v2", "--data", home)
    refused = rvosbench(*arguments)
    assert (refused.code, refused.out) == (3, "")
    assert "error RVB120" in refused.err
    assert str(gone.relative_to(tmp_path / "tree").with_suffix("")) in refused.err
    whole = json.loads(rvosbench("eval", shifted, *arguments[2:], "--json").out)
    zero = json.loads(rvosbench(*arguments, "--missing", "zero", "--json").out)
    assert zero["counts"]["missing"] == 1
    assert not zero["complete"]
    for key in ("J&F", "J", "F", "N-acc", "T-acc", "final"):
        assert zero["metrics"][key] <= whole["metrics"][key]
    assert "1 missing)" in rvosbench(*arguments, "--missing", "zero").out


def test_refusals_are_json_too(home: Path, tmp_path: Path, rvosbench: Program) -> None:
    (tmp_path / "empty").mkdir()
    done = rvosbench("eval", tmp_path / "empty", "--dataset", "mevis-v2", "--data", home, "--json")
    assert done.code == 3
    assert json.loads(done.out)["problems"][0]["code"] == "RVB100"


def test_shards_are_merged_into_the_whole(
    home: Path, shifted: Path, tmp_path: Path, rvosbench: Program
) -> None:
    arguments = ("eval", shifted, "--dataset", "mevis-v2", "--data", home)
    parts = [tmp_path / f"part{index}" for index in (1, 2)]
    for index, part in enumerate(parts, 1):
        done = rvosbench(*arguments, "--shard", f"{index}/2", "--out", part)
        assert f"shard {index}/2)" in done.out
        assert "Next: rvosbench merge" in done.err
    merged = rvosbench("merge", *parts, "--out", tmp_path / "merged", "--json")
    assert merged.code == 0, merged.err
    whole = json.loads(rvosbench(*arguments, "--json").out)
    assert json.loads(merged.out) | {"timing": None} == whole | {"timing": None}
    assert "Next: " in rvosbench("merge", *parts, "--out", tmp_path / "again").err


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("--dataset", "mevis-v3"), 2, "RVB001"),
        (("--dataset", "mevis-v2:testing"), 2, "RVB002"),
        (("--dataset", "mevis-v1"), 4, "RVB004"),
        (("--dataset", "mevis-v2:valid"), 4, "RVB052"),
        (("--dataset", "mevis-v2", "--protocol", "meviz"), 2, "RVB124"),
        (("--dataset", "mevis-v2", "--protocol", "a2d"), 2, "RVB125"),
        (("--dataset", "mevis-v2", "--shard", "5/3"), 2, "RVB003"),
        (("--dataset", "mevis-v2", "--resume"), 2, "RVB003"),
    ],
)
def test_what_cannot_be_scored_has_an_exit_code_and_a_problem_code(
    arguments: tuple[str, ...], code: int, problem: str, home: Path, shifted: Path, rvosbench: Program
) -> None:
    done = rvosbench("eval", shifted, "--data", home, *arguments)
    assert (done.code, done.out) == (code, "")
    assert f"error {problem}" in done.err
    assert "Traceback" not in done.err


def test_nothing_heavy_is_loaded_to_score(home: Path, shifted: Path, tmp_path: Path) -> None:
    """Also where it is installed, as pandas is where tests run."""
    script = (
        "import sys; from rvosbench.cli.app import run; run(sys.argv[1:]); "
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    command = ["eval", str(shifted), "--dataset", "mevis-v2", "--data", str(home)]
    done = subprocess.run(
        [sys.executable, "-c", script, *command, "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    loaded = set(done.stderr.splitlines())
    assert "pyarrow" in loaded
    assert loaded & HEAVY == set()


def test_a_result_that_takes_the_place_of_another_one_says_so(
    home: Path, shifted: Path, tmp_path: Path, rvosbench: Program
) -> None:
    def scored(predictions: Path) -> Outcome:
        options = ("--dataset", "mevis-v2", "--data", home, "--out", tmp_path / "result", "--json")
        return rvosbench("eval", predictions, *options)

    first = scored(shifted)
    assert "replaced" not in first.err
    assert "replaced" not in scored(shifted).err, "the same figures"
    other = scored(shifted.with_name("late"))
    assert f"mevis, {json.loads(first.out)['fingerprint'][:8]})" in other.err
