"""SSA gives what the authors' code gave with the same generated weights."""

from __future__ import annotations

import pytest
from parity import Golden
from rvosbench_baselines.ssa.model import Ssa
from ssa_golden import computed, golden_model


@pytest.fixture(scope="module", params=["ssa-small", pytest.param("ssa", marks=pytest.mark.full)])
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden("ssa", request.param)


@pytest.fixture(scope="module")
def model(golden: Golden) -> Ssa:
    return golden_model(golden.variant)


def test_the_state_has_exactly_the_authors_keys(golden: Golden, model: Ssa) -> None:
    assert {key: tuple(value.shape) for key, value in model.state_dict().items()} == golden.shapes


def test_every_stored_array_is_reached(golden: Golden, model: Ssa) -> None:
    for place, run in enumerate(golden.meta["runs"]):
        golden.check(place, computed(model, run))
