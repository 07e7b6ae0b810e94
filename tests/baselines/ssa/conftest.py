from __future__ import annotations

import pytest
from rvosbench_baselines.ssa.model import Ssa
from ssa_golden import golden_model


@pytest.fixture(scope="session")
def small() -> Ssa:
    """The reduced model with the weights of its golden, in evaluation mode. Do not change it."""
    return golden_model("ssa-small")
