"""Where the points went: one error gives one share, and shares add up to what is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anatomy_oracle
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from one_error import CASES, FRAMES, one_error_split, right_masks, score, with_one_error
from scored_sample import ScoredSample
from scoring import Masks, blobs, make_split, video

from rvosbench.analysis.anatomy import KINDS, Anatomy, dissect
from rvosbench.analysis.anatomy.repairs import Anatomised, Subject
from rvosbench.analysis.anatomy.scene import Scene, Stage
from rvosbench.analysis.opened import Opened, UnitFrames
from rvosbench.errors import Code, RvosbenchError
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.masks import planes
from rvosbench.masks.planes import Plane
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Split:
    return one_error_split(tmp_path_factory.mktemp("home"))


def lost(opened: Opened) -> float:
    return 1 - opened.result.metrics["J&F"]


def of_frames(unit: UnitFrames) -> NDArray[np.float64]:
    """The mean of J and F of each frame."""
    assert unit.f is not None
    return (unit.j + unit.f) / 2


@pytest.mark.parametrize("kind", CASES)
def test_one_kind_of_error_has_the_whole_share(kind: str, split: Split, tmp_path: Path) -> None:
    opened = with_one_error(split, kind, tmp_path)
    anatomy = dissect(opened, split)
    assert lost(opened) > 0.01
    for shares in (anatomy.shares, anatomy.second):
        assert shares[kind] == pytest.approx(lost(opened), abs=1e-12)
        assert {other: share for other, share in shares.items() if abs(share) > 1e-12} == {kind: shares[kind]}
    assert anatomy.leading == {kind: 1}
    assert [part.expression for part in anatomy.worst(kind, 3)] == [CASES[kind].expression]


def test_every_kind_but_the_shift_in_time_has_such_a_case() -> None:
    assert set(CASES) | {"off-time"} == {kind.id for kind in KINDS}


@pytest.mark.parametrize("late", [3, -2])
def test_masks_that_come_late_or_early_lose_by_that_but_for_the_frames_that_no_shift_can_fill(
    late: int, split: Split, tmp_path: Path
) -> None:
    """The last masks of a late prediction, or the first of an early one, would lie beyond the video."""
    frames = np.clip(np.arange(FRAMES) - late, 0, FRAMES - 1)
    masks = {key: found[frames] for key, found in right_masks().items()}
    opened = score(split, masks, tmp_path)
    anatomy = dissect(opened, split)
    assert {part.found.shift for part in anatomy.parts} == {late}
    beyond = slice(-late, None) if late > 0 else slice(0, -late)
    rest = sum(float(np.sum(1 - of_frames(unit)[beyond])) for unit in opened.frames.values()) / (2 * FRAMES)
    assert anatomy.shares["off-time"] == pytest.approx(lost(opened) - rest, abs=1e-12)
    assert anatomy.shares["off-time"] > 0.8 * lost(opened)


def test_the_second_order_repairs_late_masks_frame_by_frame(split: Split, tmp_path: Path) -> None:
    frames = np.clip(np.arange(FRAMES) - 3, 0, FRAMES - 1)
    opened = score(split, {key: found[frames] for key, found in right_masks().items()}, tmp_path)
    anatomy = dissect(opened, split)
    assert anatomy.second["off-time"] < anatomy.shares["off-time"]
    assert sum(anatomy.second.values()) == pytest.approx(lost(opened), abs=1e-12)


def test_masks_that_come_and_go_are_not_late(split: Split, tmp_path: Path) -> None:
    masks = right_masks()
    for found in masks.values():
        found[1::3] = False
    anatomy = dissect(score(split, masks, tmp_path), split)
    assert (anatomy.shares["off-time"], anatomy.second["off-time"]) == (0, 0)
    assert anatomy.shares["missed"] == pytest.approx(anatomy.total, abs=1e-12)


def test_perfect_predictions_lose_nothing(split: Split, tmp_path: Path) -> None:
    anatomy = dissect(score(split, right_masks(), tmp_path), split)
    assert anatomy.total == 0
    assert set(anatomy.shares.values()) == {0}
    assert anatomy.leading == {}


def test_every_kind_is_defined_and_shown_in_the_documentation(project_root: Path) -> None:
    text = " ".join((project_root / "docs/anatomy.md").read_text(encoding="utf-8").split())
    for kind in KINDS:
        for words in (kind.title, kind.definition, kind.repair):
            assert f"{words[0].upper()}{words[1:]}" in text or words in text
        assert (project_root / f"docs/pictures/anatomy-{kind.id}.png").is_file()


# Random predictions: anything may overlap with anything.

SIZE = 14, 18


def random_split(home: Path) -> Split:
    noise = np.random.default_rng(5)
    objects = {name: blobs(noise, 5, *SIZE, empty=0.2) for name in "abcd"}
    sentences = [
        ExpressionRecord("0", "one", ("a",)),
        ExpressionRecord("1", "two", ("a", "b")),
        ExpressionRecord("2", "none", ()),
    ]
    return make_split(home, "mevis-v2", "valid_u", [video("v", objects, sentences)])


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Split:
    return random_split(tmp_path_factory.mktemp("crowded"))


Rectangle = tuple[int, int, int, int]
Guess = tuple[frozenset[str], int, Rectangle | None]


@st.composite
def guesses(draw: st.DrawFn) -> list[Guess | None]:
    """Of each frame: objects, the frame in which they are there, a rectangle more; or nothing at all."""
    rectangle = st.tuples(st.integers(0, 12), st.integers(0, 16), st.integers(0, 14), st.integers(0, 18))
    one = st.tuples(st.frozensets(st.sampled_from("abcd")), st.integers(0, 4), st.none() | rectangle)
    return draw(st.lists(st.none() | one, min_size=5, max_size=5))


def drawn(split: Split, guess: Sequence[Guess | None]) -> list[Masks | None]:
    of = split.videos["v"].union
    found: list[Masks | None] = []
    for one in guess:
        if one is None:
            found.append(None)
            continue
        names, frame, rectangle = one
        mask = of(sorted(names), frame).copy()
        if rectangle is not None:
            top, left, height, width = rectangle
            mask[top : top + height, left : left + width] = True
        found.append(mask)
    return found


def anatomised(split: Split, targets: Sequence[str], masks: Sequence[Masks | None]) -> Anatomised:
    stage = Stage(Scene(split.videos["v"], void=False), targets)
    given_masks = [None if mask is None else Plane.from_array(mask) for mask in masks]
    scores = [
        0.0 if mask is None else sum(planes.score(stage.prepared(frame), mask)) / 2
        for frame, mask in enumerate(given_masks)
    ]
    return Subject(stage, range(5), given_masks, np.array(scores), with_f=True).anatomise()


TARGETS: tuple[tuple[str, ...], ...] = (("a",), ("a", "b"), ())


@settings(max_examples=120, deadline=None)
@given(guess=guesses(), targets=st.sampled_from(TARGETS))
def test_shares_add_up_to_what_is_lost_whatever_is_predicted(
    crowded: Split, guess: list[Guess | None], targets: tuple[str, ...]
) -> None:
    """After the last repair every frame scores 1; before it, J of every frame is 0.5 or more."""
    found = anatomised(crowded, targets, drawn(crowded, guess))
    assert found.shares["boundary"] <= 0.75 * found.frames["boundary"] / 5 + 1e-12
    assert sum(found.shares.values()) == pytest.approx(found.loss, abs=1e-12)
    assert sum(found.second.values()) == pytest.approx(found.loss, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(guess=guesses(), targets=st.sampled_from(TARGETS))
def test_shares_are_those_of_the_definitions(
    crowded: Split, guess: list[Guess | None], targets: tuple[str, ...]
) -> None:
    """As an oracle has them that knows the words of the documentation and arrays of pixels; it does not know
    of missing frames, nor of shifts in time."""
    video = crowded.videos["v"]
    masks = [np.zeros(SIZE, np.bool_) if mask is None else mask for mask in drawn(crowded, guess)]
    found = anatomised(crowded, targets, masks)
    assume(not found.shift)
    of_targets = [[video.union([name], frame) for name in targets] for frame in range(5)]
    things = [[video.union([name], frame) for name in "abcd" if name not in targets] for frame in range(5)]
    for order, shares in ((anatomy_oracle.FIRST, found.shares), (anatomy_oracle.SECOND, found.second)):
        expected = anatomy_oracle.shares(of_targets, things, masks, order)
        assert {kind: shares[kind] for kind in order} == pytest.approx(expected, abs=1e-9)


# Every protocol, and everything around it.


def check_sums(anatomy: Anatomy, total: float) -> None:
    assert anatomy.total == pytest.approx(total, abs=1e-12)
    assert sum(anatomy.shares.values()) == pytest.approx(total, abs=1e-12)
    assert sum(anatomy.second.values()) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("quality", ["late", "wrong-object", "shifted"])
@pytest.mark.parametrize("dataset", ["mevis-v2", "ref-youtube-vos", "ref-davis17"])
def test_the_shares_of_a_result_add_up_to_its_headline(
    dataset: str, quality: str, scored_sample: ScoredSample
) -> None:
    opened = scored_sample.opened(dataset, quality)
    anatomy = dissect(opened, scored_sample.split(dataset))
    assert anatomy.measure == "J&F"
    check_sums(anatomy, lost(opened))


def test_of_samples_j_is_taken_apart_without_kinds_that_need_time(scored_sample: ScoredSample) -> None:
    opened = scored_sample.opened("a2d-sentences", "wrong-object")
    anatomy = dissect(opened, scored_sample.split("a2d-sentences"))
    assert anatomy.measure == "J"
    check_sums(anatomy, 1 - float(np.mean([unit.values["J"] or 0.0 for unit in opened.units])))
    assert [anatomy.shares[kind.id] for kind in KINDS if kind.in_time] == [0, 0]
    assert anatomy.shares["wrong-object"] > 0.5


def test_an_object_of_ref_davis17_that_got_no_proposal_is_a_missed_target(
    scored_sample: ScoredSample,
) -> None:
    anatomy = dissect(scored_sample.opened("ref-davis17", "empty"), scored_sample.split("ref-davis17"))
    assert anatomy.shares["missed"] == pytest.approx(anatomy.total, abs=1e-12)


def test_worker_processes_find_the_same(scored_sample: ScoredSample) -> None:
    opened, split = scored_sample.opened("mevis-v2", "late"), scored_sample.split("mevis-v2")
    alone, together = dissect(opened, split, workers=1), dissect(opened, split, workers=2)
    assert alone.parts == together.parts


def test_a_result_without_masks_is_refused(crowded: Split, tmp_path: Path) -> None:
    masks = {("v", name): np.zeros((5, *SIZE), np.bool_) for name in "012"}
    opened = score(crowded, masks, tmp_path / "a")
    evaluate(tmp_path / "a" / "tree", crowded, Options(out=tmp_path / "b", masks=False))
    bare = Opened("bare", opened.result, tmp_path / "b")
    with pytest.raises(RvosbenchError) as caught:
        dissect(bare, crowded)
    assert caught.value.problems[0].code is Code.NO_KEPT_MASKS


def test_it_is_said_where_no_other_object_is_annotated(tmp_path: Path) -> None:
    masks = np.zeros((4, 20, 20), np.bool_)
    masks[:, 2:9, 2:9] = True
    alone = make_split(
        tmp_path, "mevis-v1", "valid_u", [video("v", {"1": masks}, [ExpressionRecord("0", "it", ("1",))])]
    )
    anatomy = dissect(score(alone, {("v", "0"): np.roll(masks, 10, 2)}, tmp_path / "out"), alone)
    assert anatomy.with_others == 0
    assert anatomy.shares["drift"] == pytest.approx(anatomy.total)
