"""Both kernels. A machine without the compiled one tests the twin alone, unless nothing may be skipped."""

from __future__ import annotations

import pytest

from rvosbench._kernels import twin
from rvosbench._kernels.interface import Kernel


@pytest.fixture(scope="session")
def native() -> Kernel:
    try:
        from rvosbench._kernels import native as compiled
    except ImportError as error:
        pytest.skip(f"the compiled kernel is not installed: {error}")
    return compiled


@pytest.fixture(scope="session", params=["native", "numpy"])
def kernel(request: pytest.FixtureRequest) -> Kernel:
    """Each of the two."""
    if request.param == "numpy":
        return twin
    compiled: Kernel = request.getfixturevalue("native")
    return compiled
