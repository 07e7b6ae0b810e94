"""One tiny sample for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rvosbench.sample import TINY, SampleReport, write
from rvosbench.sample.film import Film, shoot


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return write(tmp_path_factory.mktemp("sample") / "releases", TINY)


@pytest.fixture(scope="session")
def tiny(report: SampleReport) -> Path:
    """The folder of the tiny sample, in all layouts, with predictions."""
    return report.folder


@pytest.fixture(scope="session")
def films() -> list[Film]:
    """The films of which the tiny sample was made."""
    return list(shoot(TINY, 0))
