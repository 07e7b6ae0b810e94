"""`rvosbench validate` and `rvosbench pack` as users meet them: what is printed where, JSON, exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome

from rvosbench.cli.app import run
from rvosbench.splits.split import Split

Program = Callable[..., Outcome]


@pytest.fixture
def rvosbench(capfd: pytest.CaptureFixture[str]) -> Program:
    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def test_accepted_predictions_end_with_the_next_command(
    tree: Path, split: Split, home: Path, rvosbench: Program
) -> None:
    done = rvosbench("validate", tree, "--dataset", "mevis-v1:valid_u", "--data", home)
    assert done.code == 0
    assert "accepted for rvosbench eval" in done.out
    assert "18 masks asked for, 0 missing" in done.out
    assert "--deep" in done.err


def test_a_folder_is_to_be_packed_and_not_to_be_uploaded(
    tree: Path, split: Split, home: Path, rvosbench: Program
) -> None:
    options = ("--dataset", "mevis-v1:valid_u", "--data", home, "--for", "mevis")
    done = rvosbench("validate", tree, *options, "--deep")
    assert done.code == 0
    assert f"Next: rvosbench pack {tree}" in done.err
    target = tree.parent / "right.zip"
    assert rvosbench("pack", tree, *options, "--out", target).code == 0
    assert "Next: this is valid_u" in rvosbench("validate", target, *options, "--deep").err


def test_what_is_packed_for_our_server_can_be_scored_or_submitted(
    tree: Path, split: Split, home: Path, rvosbench: Program
) -> None:
    target = tree.parent / "own.zip"
    options = ("--dataset", "mevis-v1:valid_u", "--data", home, "--for", "rvosbench")
    done = rvosbench("pack", tree, *options, "--out", target)
    assert done.code == 0
    assert f"Next: rvosbench eval {target}" in done.err
    assert (
        f"rvosbench submit {target} --data {home} --phase BENCHMARK/TRACK/PHASE --server ADDRESS" in done.err
    )


def test_refused_predictions_exit_with_3_and_name_what_mends_them(
    tree: Path, split: Split, home: Path, zipped: Callable[..., Path], rvosbench: Program
) -> None:
    options = ("--dataset", "mevis-v1:valid_u", "--data", home, "--for", "mevis")
    source = zipped(tree, "Annotations/")
    done = rvosbench("validate", source, *options)
    assert done.code == 3
    assert "refused for MeViS" in done.out
    assert "error RVB138" in done.err
    assert f"Next: rvosbench pack {source}" in done.err
    target = tree.parent / "right.zip"
    packed = rvosbench("pack", source, *options, "--out", target)
    assert (packed.code, "packed for MeViS" in packed.out) == (0, True)
    assert rvosbench("validate", target, *options, "--deep").code == 0
    assert rvosbench("pack", source, *options, "--out", target).code == 2
    assert rvosbench("pack", source, *options, "--out", target, "--force").code == 0


def test_json_holds_the_verdict_also_when_refused(
    tree: Path, split: Split, home: Path, rvosbench: Program
) -> None:
    shutil.rmtree(tree / "bear")
    options = ("--dataset", "mevis-v1:valid_u", "--data", home, "--json")
    done = rvosbench("validate", tree, *options)
    verdict = json.loads(done.out)
    assert (done.code, verdict["accepted"], verdict["counts"]["missing"]) == (3, False, 10)
    assert [one["code"] for one in verdict["problems"]] == ["RVB120"]
    packed = rvosbench("pack", tree, *options, "--for", "mevis", "--out", tree.parent / "x.zip")
    assert packed.code == 3
    assert [one["code"] for one in json.loads(packed.out)["problems"]] == ["RVB120"]


def test_places_that_are_alike_are_listed_together(
    tree: Path, split: Split, home: Path, rvosbench: Program
) -> None:
    for path in tree.rglob("00000.png"):
        path.unlink()
    done = rvosbench("validate", tree, "--dataset", "mevis-v1:valid_u", "--data", home)
    assert "in all    4 places, such as" in done.err
    assert "  bear/1/00000, owl/0/00000, owl/1/00000\n" in done.err


def test_a_server_of_another_dataset_is_a_wrong_call(
    tree: Path, split: Split, home: Path, rvosbench: Program
) -> None:
    done = rvosbench("validate", tree, "--dataset", "mevis-v1:valid_u", "--data", home, "--for", "davis")
    assert done.code == 2
    assert "rvosbench or mevis" in done.err
