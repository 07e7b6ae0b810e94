"""What is allowed and still worth a second look: rules on what the masks of each expression are like as a
whole. `eval` tells it from the scores that it makes anyway, `validate --deep` from the masks alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rvosbench.errors import MAX_EXAMPLES, Code, Problem, ProblemLog, Severity

EMPTY_SHARE = 0.25  # of expressions; about every eighth one of MeViS v2 means nothing
CONSTANT_SHARE = 0.5  # many things stand still
EXACT_SHARE = 0.5  # so does the ground truth: what is late by some frames may equal it
FEWEST_FRAMES = 3  # of which it means something that they are equal


@dataclass(frozen=True, slots=True)
class Signs:
    """Of an expression, or of an object or a sample where a protocol scores these: whether every mask is
    empty, whether all are the same one, whether all equal the ground truth. None where it does not apply."""

    name: str
    empty: bool | None
    constant: bool | None
    exact: bool | None


def empty_masks(signs: Sequence[Signs], log: ProblemLog) -> None:
    """W1"""
    _share(
        [(one.name, one.empty) for one in signs],
        EMPTY_SHARE,
        Code.EMPTY_MASKS,
        "something to be predicted for most expressions",
        "nothing is predicted in any frame",
        "check the threshold of the model and whether masks were written at all; a sentence about nothing "
        "should have empty masks",
        log,
    )


def constant_masks(signs: Sequence[Signs], log: ProblemLog) -> None:
    """W2"""
    _share(
        [(one.name, one.constant) for one in signs],
        CONSTANT_SHARE,
        Code.CONSTANT_MASKS,
        "masks that follow what moves",
        "the very same mask in every frame",
        "check that each frame is written with its own mask, not with that of the first one",
        log,
    )


def ground_truth_predicted(signs: Sequence[Signs], log: ProblemLog) -> None:
    """Not in the power of a model."""
    _share(
        [(one.name, one.exact) for one in signs],
        EXACT_SHARE,
        Code.GROUND_TRUTH_PREDICTED,
        "predictions, which differ from the ground truth in some pixels",
        "every pixel of every frame as in the ground truth",
        "check that these are predictions, and not the annotations",
        log,
    )


RULES: tuple[Callable[[Sequence[Signs], ProblemLog], None], ...] = (
    empty_masks,
    constant_masks,
    ground_truth_predicted,
)


def judge(signs: Sequence[Signs], log: ProblemLog) -> None:
    for rule in RULES:
        rule(signs, log)


def equal_scores(scores: Iterable[float], source: object, log: ProblemLog) -> None:
    """W6. Of queries that are ranked: if nothing ranks them, the names of the images do."""
    found: set[float] = set()
    count = 0
    for score in scores:
        found.add(score)
        count += 1
        if len(found) > 1:
            return
    if count > 1:
        log.warn(
            Code.EQUAL_SCORES,
            source,
            expected="queries with scores that differ",
            found=f"{next(iter(found)):g} for all {count:,} of them; mAP depends on the names of images then",
            fix="write the confidence of each query as its score",
        )


def _share(
    found: Sequence[tuple[str, bool | None]],
    most: float,
    code: Code,
    expected: str,
    what: str,
    fix: str,
    log: ProblemLog,
) -> None:
    """A warning if it is true of more than that share of all of which it can be true or false."""
    known = [(name, true) for name, true in found if true is not None]
    names = [name for name, true in known if true]
    if not names or len(names) <= most * len(known):
        return
    rate = f"{len(names):,} of {len(known):,} ({100 * len(names) / len(known):.1f} %)"
    shown = tuple(f"{name}: {what}" for name in names[:MAX_EXAMPLES])
    log.include(
        [
            Problem(
                code, names[0], expected, f"{what}: so for {rate}", fix, Severity.WARNING, len(names), shown
            )
        ]
    )
