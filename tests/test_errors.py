"""Problems: gathered, merged, shown, and carried through JSON."""

from __future__ import annotations

import json

import pytest

from rvosbench.errors import (
    Code,
    DatasetError,
    PartNotInstalled,
    PredictionsRefused,
    Problem,
    ProblemLog,
    RvosbenchError,
    Severity,
    UsageError,
)


def test_problems_of_one_kind_become_one_with_a_count_and_ten_examples() -> None:
    log = ProblemLog()
    for number in range(12):
        log.add(Code.MISSING_FRAME, f"video/{number}", expected="every frame", found="none", fix="unpack it")
    (problem,) = log
    assert (problem.count, problem.path) == (12, "video/0")
    assert problem.examples == tuple(f"video/{number}: none" for number in range(10))


def test_a_warning_and_an_error_of_one_kind_stay_apart() -> None:
    log = ProblemLog()
    log.add(Code.COUNTS_DIFFER, "a", expected="1", found="2", fix="f")
    log.warn(Code.COUNTS_DIFFER, "a", expected="1", found="2", fix="f")
    assert [problem.severity for problem in log] == [Severity.ERROR, Severity.WARNING]
    assert (len(log.errors), len(log.warnings)) == (1, 1)


def test_logs_of_several_workers_add_up() -> None:
    logs = [ProblemLog(), ProblemLog()]
    for log in logs:
        for _ in range(2):
            log.add(Code.BAD_RLE, "v", expected="e", found="f", fix="x")
    whole = ProblemLog()
    for log in logs:
        whole.include(log)
    assert [problem.count for problem in whole] == [4]


def test_a_problem_survives_json() -> None:
    problem = Problem(Code.BAD_RLE, "a", "b", "c", "d", Severity.WARNING, 3, ("x", "y"))
    assert Problem.from_json(json.loads(json.dumps(problem.as_json()))) == problem


def test_a_message_says_what_where_and_how_to_fix() -> None:
    text = str(RvosbenchError(Problem(Code.BAD_RLE, "v/1", "a mask", "noise", "convert again", count=3)))
    assert text == "error RVB018: v/1: expected a mask, found noise (and 2 more). Fix: convert again"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RvosbenchError(), 1),
        (UsageError(), 2),
        (PredictionsRefused(), 3),
        (DatasetError(), 4),
        (PartNotInstalled("torch", "baselines"), 5),
    ],
)
def test_exit_codes_are_those_of_the_contract(error: RvosbenchError, code: int) -> None:
    assert error.exit_code == code


def test_a_part_that_is_not_installed_comes_with_its_pip_line() -> None:
    assert 'pip install "rvosbench[baselines]"' in str(PartNotInstalled("torch", "baselines"))


def test_no_two_codes_are_equal() -> None:
    assert len({code.value for code in Code}) == len(Code.__members__)
