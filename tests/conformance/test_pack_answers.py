"""The answers of the pack hold for `rvosbench eval` and `rvosbench validate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from rvosbench.conformance.case import Case, Verdict
from rvosbench.conformance.judge import Finding, Outcome, judge
from rvosbench.conformance.ours import of_document
from rvosbench.conformance.pack import TOLERANCE, Pack
from rvosbench.conformance.scorer import Reply
from rvosbench.errors import Code, PredictionsRefused
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.splits.split import Split
from rvosbench.validate.run import validate

# Of the codes for predictions, those that no submission to a benchmark of the pack can bring about: they are
# about options, results and shards, a split whose sizes are not known, or what a certain server asks for.
NOT_OF_A_SUBMISSION = {
    Code.UNKNOWN_PROTOCOL,
    Code.PROTOCOL_DOES_NOT_FIT,
    Code.NO_SAMPLES,
    Code.NOT_A_RESULT,
    Code.PARTS_DIFFER,
    Code.SIZE_UNKNOWN,
    Code.WRONG_ROOT,
    Code.WRONG_FORM,
}


def eval_reply(case: Case, pack: Pack, split: Split) -> Reply:
    options = Options(missing="zero" if case.missing == "zero" else "refuse", workers=1)
    try:
        result = evaluate(pack.submission(case), split, options).results[0]
    except PredictionsRefused as error:
        problems = [problem.as_json() for problem in error.problems]
        return of_document({"problems": problems}, refused=True, about={})
    return of_document(result.as_json(), refused=False, about={})


def validate_reply(case: Case, pack: Pack, split: Split) -> Reply:
    verdict = validate(pack.submission(case), split, deep=True)
    return of_document(verdict.as_json(), refused=not verdict.accepted, about={})


def disagreements(cases: list[Case], judged: Callable[[Case], Finding]) -> dict[str, str]:
    return {
        case.id: f"{finding.outcome}: {finding.detail}"
        for case in cases
        if (finding := judged(case)).outcome is not Outcome.AGREED
    }


def test_eval_agrees_with_every_answer(cases: list[Case], pack: Pack, splits: Mapping[str, Split]) -> None:
    def judged(case: Case) -> Finding:
        return judge(case.answer, eval_reply(case, pack, splits[case.benchmark.name]), TOLERANCE)

    assert disagreements(cases, judged) == {}


def test_validate_agrees_with_every_answer(
    cases: list[Case], pack: Pack, splits: Mapping[str, Split]
) -> None:
    def judged(case: Case) -> Finding:
        reply = validate_reply(case, pack, splits[case.benchmark.name])
        return judge(case.for_validate, reply, TOLERANCE, scores=False)

    assert disagreements(cases, judged) == {}


def test_every_figure_of_an_answer_is_one_that_eval_gives(
    cases: list[Case], pack: Pack, splits: Mapping[str, Split]
) -> None:
    """`judge` compares what both sides have, so a key that is misspelt would compare nothing."""
    seen: set[str] = set()
    for case in cases:
        if case.answer.verdict is not Verdict.REFUSE and case.benchmark.name not in seen:
            seen.add(case.benchmark.name)
            scores = eval_reply(case, pack, splits[case.benchmark.name]).scores or {}
            assert case.answer.scores.keys() <= scores.keys(), case.id
    assert seen == splits.keys()


def test_every_code_that_concerns_predictions_has_a_case(cases: list[Case]) -> None:
    of_predictions = {code for code in Code if "RVB100" <= code.value < "RVB150"} - NOT_OF_A_SUBMISSION
    in_the_pack = {
        code for case in cases for answer in (case.answer, case.for_validate) for code in answer.codes
    }
    assert of_predictions - in_the_pack == set()


def test_nothing_is_written_beside_a_submission(
    cases: list[Case], pack: Pack, splits: Mapping[str, Split]
) -> None:
    def listing() -> set[Path]:
        return set(pack.folder.parent.rglob("*"))

    before = listing()
    for case in cases:
        if case.group == "archives":
            eval_reply(case, pack, splits[case.benchmark.name])
    assert listing() == before
