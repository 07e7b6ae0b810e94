"""The runner against scorers that are wrong in one way each: every one is found out, in the right words."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rvosbench.cli.app import run as rvosbench
from rvosbench.conformance.case import Case, Verdict
from rvosbench.conformance.judge import Outcome, judge
from rvosbench.conformance.pack import TOLERANCE, Pack
from rvosbench.conformance.run import Report, chosen, run_pack
from rvosbench.conformance.scorer import CommandScorer, Finished, read_reply
from rvosbench.errors import UsageError

Ask = Callable[..., Report]

SCORING = """
import json, sys
from pathlib import Path
import numpy as np
from PIL import Image
submission, truth = Path(sys.argv[1]), Path(sys.argv[2])
scores = []
for path in sorted(truth.glob("*/*/*.png")):
    place = submission / path.relative_to(truth)
    if not place.is_file():
        MISSING
    one, other = (np.asarray(Image.open(file)) != 0 for file in (path, place))
    union = (one | other).sum()
    scores.append((one & other).sum() / union if union else 1)
print(json.dumps({"scores": {"J": float(np.mean(scores))}}))
"""


@pytest.fixture
def ask(pack: Pack, cases: list[Case], tmp_path: Path) -> Ask:
    """Runs a script of these lines on some cases."""

    def run(script: str, *only: str, timeout: float = 30) -> Report:
        path = tmp_path / "scorer.py"
        path.write_text(textwrap.dedent(script), encoding="utf-8")
        command = f"{sys.executable} {path} {{submission}} {{truth}} {{form}} {{missing}} {{dataset}}"
        return run_pack(pack, CommandScorer(command, timeout), chosen(cases, only), workers=2)

    return run


def outcomes(report: Report) -> dict[str, tuple[Outcome, str]]:
    return {trial.case.id: (trial.finding.outcome, trial.finding.detail) for trial in report.trials}


def test_a_scorer_that_is_right_agrees(ask: Ask) -> None:
    script = SCORING.replace("MISSING", "sys.exit(3)")
    report = ask(script, "forms/folder-moved", "encodings/interlaced", "missing/one-frame")
    assert {outcome for outcome, _ in outcomes(report).values()} == {Outcome.AGREED}
    assert report.disagreements == ()


def test_a_scorer_that_drops_what_is_missing_is_found_out(ask: Ask) -> None:
    script = SCORING.replace("MISSING", "continue")
    found = outcomes(ask(script, "missing/one-frame", "deletions/moved-without-its-worst-frame"))
    outcome, detail = found["missing/one-frame"]
    assert (outcome, detail) == (Outcome.ACCEPTED, "J 1")
    outcome, detail = found["deletions/moved-without-its-worst-frame"]
    assert outcome is Outcome.WRONG_SCORE
    assert "is right" in detail


def test_a_scorer_that_ends_with_0_on_errors_is_found_out(ask: Ask) -> None:
    report = ask('print("cannot open the file")', "archives/truncated")
    assert outcomes(report) == {
        "archives/truncated": (Outcome.UNREADABLE, "the last line of its output is no JSON object")
    }
    report = ask('print(\'{"scores": {"J&F": 0}}\')', "archives/truncated")
    assert outcomes(report) == {"archives/truncated": (Outcome.ACCEPTED, "J&F 0")}


def test_a_scorer_that_hangs_is_stopped_with_its_children(ask: Ask, tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    child = f"import time; time.sleep(4); open({str(mark)!r}, 'w').close()"
    report = ask(
        f"""
        import subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", {child!r}])
        time.sleep(60)
        """,
        "forms/folder-moved",
        timeout=1.5,
    )
    ((outcome, detail),) = outcomes(report).values()
    assert (outcome, detail) == (Outcome.HUNG, "stopped after 2 s")
    time.sleep(3.5)
    assert not mark.exists()


def test_a_scorer_that_crashes_is_told_from_one_that_refuses(ask: Ask) -> None:
    ((outcome, detail),) = outcomes(ask("raise KeyError('expressions')", "archives/bomb")).values()
    assert (outcome, detail) == (Outcome.CRASHED, "exit code 1: KeyError: 'expressions'")
    ((outcome, detail),) = outcomes(
        ask("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "archives/bomb")
    ).values()
    assert (outcome, detail) == (Outcome.CRASHED, "signal 11: it said nothing")
    ((outcome, _),) = outcomes(ask("raise SystemExit(3)", "archives/bomb")).values()
    assert outcome is Outcome.AGREED


def test_a_scorer_that_prints_nan_is_found_out(ask: Ask) -> None:
    nan = 'print(\'{"scores": {"J&F": NaN}}\')'
    found = outcomes(ask(nan, "forms/folder-moved", "missing/everything"))
    assert found["forms/folder-moved"] == (Outcome.NOT_A_NUMBER, "J&F is nan")
    assert found["missing/everything"] == (Outcome.ACCEPTED, "J&F nan")


def test_a_scorer_that_refuses_everything_is_found_out(ask: Ask) -> None:
    ((outcome, _),) = outcomes(ask("raise SystemExit(3)", "forms/folder-moved")).values()
    assert outcome is Outcome.REFUSED


def test_a_scorer_says_itself_what_it_has_nothing_to_do_with(ask: Ask) -> None:
    report = ask('print(\'{"verdict": "not-applicable", "reason": "no zips"}\')', "forms/zip-stored")
    assert outcomes(report) == {"forms/zip-stored": (Outcome.NOT_APPLICABLE, "no zips")}
    assert report.disagreements == ()


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [
        ('{"scores": {}}', Outcome.NO_SCORE),
        ('{"scores": {"accuracy": 1}}', Outcome.NO_SCORE),
        ('{"scores": {"J": "high"}}', Outcome.NOT_A_NUMBER),
        ('{"scores": {"J": true}}', Outcome.NOT_A_NUMBER),
        ('{"scores": [1]}', Outcome.UNREADABLE),
        ("[1]", Outcome.UNREADABLE),
        ('{"verdict": "splendid", "scores": {}}', Outcome.UNREADABLE),
        ("", Outcome.UNREADABLE),
    ],
)
def test_what_a_scorer_prints(printed: str, outcome: Outcome, cases: list[Case]) -> None:
    case = next(case for case in cases if case.answer.verdict is Verdict.ACCEPT)
    reply = read_reply(Finished(0, f"log line\n{printed}\n", "", 0.1))
    assert judge(case.answer, reply, TOLERANCE).outcome is outcome


def test_warnings_and_codes_count_only_for_who_gives_some(cases: list[Case]) -> None:
    case = next(case for case in cases if case.id == "names/wrapping-folder")
    scores = dict(case.answer.scores)

    def outcome(**more: object) -> Outcome:
        line = json.dumps({"scores": scores, **more})
        return judge(case.answer, read_reply(Finished(0, line, "", 0.1)), TOLERANCE).outcome

    assert outcome() is Outcome.AGREED
    assert outcome(verdict="warn") is Outcome.AGREED
    assert outcome(verdict="accept") is Outcome.UNWARNED
    assert outcome(verdict="warn", codes=["RVB110"]) is Outcome.AGREED
    assert outcome(verdict="warn", codes=["RVB999"]) is Outcome.OTHER_CODES


def test_a_command_needs_a_place_for_the_submission() -> None:
    with pytest.raises(UsageError):
        CommandScorer("python adapter.py", 1)
    with pytest.raises(UsageError, match="No closing quotation"):
        CommandScorer("sh -c 'adapter {submission}", 1)


def test_a_command_that_cannot_be_started_is_a_mistake_of_the_caller(pack: Pack, cases: list[Case]) -> None:
    with pytest.raises(UsageError, match="no-such-program"):
        run_pack(pack, CommandScorer("no-such-program {submission}", 1), cases[:1])


def test_the_program_itself(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two processes of our own, as a user runs them; and a part of the pack that is no part."""
    assert rvosbench(["conformance", "--only", "forms/zip-stored", "--json"]) == 0
    reports = json.loads(capfd.readouterr().out)["reports"]
    assert [report["outcomes"] for report in reports] == [{"agreed": 1}, {"agreed": 1}]
    wrong = f"{sys.executable} -c 'import sys; sys.exit(4)' {{submission}}"
    out = tmp_path / "pack"
    call = ["conformance", "--only", "forms/zip-stored", "--scorer", wrong, "--out", str(out)]
    assert rvosbench(call) == 1
    assert "forms/zip-stored: crashed: exit code 4" in capfd.readouterr().out
    assert (out / "cases/forms/zip-stored/predictions.zip").is_file()
    assert rvosbench(["conformance", "--only", "everything"]) == 2
