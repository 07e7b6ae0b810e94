"""What an anatomy says of its units, from units that are given."""

from __future__ import annotations

import pytest

from rvosbench.analysis.anatomy import KINDS, Anatomy
from rvosbench.analysis.anatomy.outcome import UnitAnatomy
from rvosbench.analysis.anatomy.repairs import Anatomised

ZERO = dict.fromkeys((kind.id for kind in KINDS), 0.0)
NO_FRAMES = dict.fromkeys(ZERO, 0)


def unit(video: str, name: str, weight: float = 0.25, *, others: bool = True, **shares: float) -> UnitAnatomy:
    """`wrong_object=0.3` for that share; drift has the others' part in the second order."""
    first = ZERO | {kind.replace("_", "-"): share for kind, share in shares.items()}
    second = ZERO | {"drift": sum(first.values())}
    frames = NO_FRAMES | {kind: 2 for kind, share in first.items() if share}
    found = Anatomised(sum(first.values()), first, second, frames, 0)
    return UnitAnatomy((video, name), name, f"sentence {name}", weight, others, found)


ANATOMY = Anatomy(
    "late",
    "label",
    "J&F",
    (
        unit("b", "0", missed=0.2, drift=0.1),
        unit("a", "1", missed=0.5, others=False),
        unit("a", "0", missed=0.2, drift=0.3),
        unit("c", "0"),
    ),
)


def test_the_worst_units_of_a_kind_come_first_and_of_equal_ones_that_whose_name_comes_first() -> None:
    assert [part.key for part in ANATOMY.worst("missed", 9)] == [("a", "1"), ("a", "0"), ("b", "0")]
    assert [part.key for part in ANATOMY.worst("drift", 1)] == [("a", "0")]
    assert ANATOMY.worst("switch", 9) == []


def test_shares_are_weighted_sums_in_either_order() -> None:
    assert ANATOMY.total == pytest.approx((0.3 + 0.5 + 0.5) / 4, abs=1e-15)
    assert {kind: share for kind, share in ANATOMY.shares.items() if share} == pytest.approx(
        {"missed": 0.9 / 4, "drift": 0.4 / 4}, abs=1e-15
    )
    assert {kind: share for kind, share in ANATOMY.second.items() if share} == pytest.approx(
        {"drift": 1.3 / 4}, abs=1e-15
    )


def test_each_unit_is_led_by_the_kind_that_costs_it_most_if_it_loses_anything() -> None:
    assert ANATOMY.leading == {"missed": 2, "drift": 1}
    assert [part.leading for part in ANATOMY.parts] == ["missed", "missed", "drift", None]


def test_frames_and_units_with_other_objects_are_counted() -> None:
    assert (ANATOMY.frames("missed"), ANATOMY.frames("drift"), ANATOMY.frames("switch")) == (6, 4, 0)
    assert ANATOMY.with_others == 3


def test_units_of_unequal_weight_count_in_intervals_as_they_do_in_shares() -> None:
    """As where annotators differ in how many objects they name."""
    parts = tuple(
        unit(f"v{number}", "0", weight, missed=share)
        for number, (weight, share) in enumerate(((0.4, 0.1), (0.4, 0.3), (0.1, 0.6), (0.1, 0.4)))
    )
    anatomy = Anatomy("late", "label", "J&F", parts)
    interval = anatomy.intervals["missed"]
    assert interval is not None
    assert interval.low + interval.high == pytest.approx(2 * anatomy.shares["missed"], abs=1e-12)
    assert anatomy.shares["missed"] == pytest.approx(0.26, abs=1e-12)


def test_the_document_names_the_worst_units_and_what_they_lose() -> None:
    (missed,) = (kind for kind in ANATOMY.as_json(worst=2)["kinds"] if kind["id"] == "missed")
    assert [(one["video"], one["unit"], one["share"], one["lost"]) for one in missed["worst"]] == [
        ("a", "1", 0.5, 0.5),
        ("a", "0", 0.2, 0.5),
    ]
    assert (missed["leads"], missed["frames"]) == (2, 6)
