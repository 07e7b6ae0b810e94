"""The work itself: describe a track, validate a submission, score it. Called in the cell only."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rvosbench.errors import Code, PredictionsRefused, Problem, Severity
from rvosbench_leaderboard.scoring import messages
from rvosbench_leaderboard.scoring.report import told

if TYPE_CHECKING:
    from rvosbench.evaluate.result import Result
    from rvosbench.progress import Progress
    from rvosbench.splits.split import Split
    from rvosbench_leaderboard.scoring.messages import Request


def work(request: Request, progress: Progress) -> Mapping[str, Any]:
    """Raises DatasetError or UsageError where the ground truth cannot be used: never the fault of a team."""
    from rvosbench.splits.locate import locate, open_located

    split = open_located(locate(f"{request.dataset}:{request.split}", request.data))
    found = {messages.DESCRIBE: _describe, messages.VALIDATE: _validate, messages.SCORE: _score}[
        request.action
    ](request, split, progress)
    _check_unchanged(split)
    return found


def _check_unchanged(split: Split) -> None:
    """Masks are read when they are needed: half of them may be those of a split that took the place of the
    first. What came of that is thrown away, and the work begins again."""
    from rvosbench.io.manifest import Manifest

    if Manifest.read(split.folder) != split.manifest:
        raise messages.ScoringFailed("the ground truth was replaced meanwhile")


def _describe(request: Request, split: Split, progress: Progress) -> Mapping[str, Any]:
    """What scores of this track are scores of; and that it can be scored at all."""
    from rvosbench.evaluate.plan import check_ground_truth, check_obstacles
    from rvosbench.protocols.base import SCORING_VERSION
    from rvosbench.protocols.catalogue import find

    check_ground_truth(split)
    check_obstacles(split, (find(request.protocol),))
    return {
        "dataset_fingerprint": split.manifest.fingerprint,
        "scoring_version": SCORING_VERSION,
        "config_hash": _config_hash(request),
    }


def _config_hash(request: Request) -> str:
    setting = json.dumps({"protocol": request.protocol, "missing": "refuse"}, sort_keys=True)
    return hashlib.sha256(setting.encode()).hexdigest()


def _validate(request: Request, split: Split, progress: Progress) -> Mapping[str, Any]:
    from rvosbench.validate.run import validate

    blob = _blob(request)
    verdict = validate(blob, split, progress=progress)
    problems = told(verdict.problems, blob, request.name, request.data)
    counts = {name: verdict.counts[name] for name in _PUBLIC_COUNTS if name in verdict.counts}
    report = {"form": verdict.form, "counts": counts} | _as_json(problems)
    return {"accepted": verdict.accepted, "report": report}


_PUBLIC_COUNTS = ("videos", "expressions", "frames", "missing", "headers", "decoded")


def _score(request: Request, split: Split, progress: Progress) -> Mapping[str, Any]:
    from rvosbench.evaluate.run import Options, evaluate

    options = Options(protocol=request.protocol, workers=request.processes, progress=progress)
    blob = _blob(request)
    try:
        result = evaluate(blob, split, options).results[0]
    except PredictionsRefused as error:
        problems = told(error.problems, blob, request.name, request.data)
        return {"accepted": False, "report": _as_json(problems)}
    return _figures(result, split) | {"accepted": True, "config_hash": _config_hash(request)}


def _figures(result: Result, split: Split) -> dict[str, Any]:
    """In full precision. How much of it is told is decided where it is shown. The fingerprint of a result is
    a hash of all its single scores."""
    sentences = Counter(expression.kind for expression in split.expressions)
    attributes = {
        kind: {"expressions": sentences[kind], "metrics": dict(metrics)}
        for kind, metrics in result.kinds.items()
    }
    return {
        "metrics": dict(result.metrics),
        "intervals": dict(result.intervals),
        "attributes": attributes,
        "vector_hash": result.fingerprint,
        "flags": [one.code.value for one in result.problems if one.code is Code.GROUND_TRUTH_PREDICTED],
        "seconds": result.timing["seconds"],
        "dataset_fingerprint": result.dataset_fingerprint,
        "scoring_version": result.scoring_version,
    }


def _blob(request: Request) -> Any:
    if request.blob is None:
        raise messages.ScoringFailed("asked to read a submission, and told of none")
    return request.blob


def _as_json(problems: list[Problem]) -> dict[str, Any]:
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    first = errors[0].code.value if errors else None
    return {"code": first, "problems": [problem.as_json() for problem in problems]}
