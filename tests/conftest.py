"""What every test may use: the real material, optional programs, and what a skip means."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from scored_sample import ScoredSample

ROOT = Path(__file__).parents[1]
REAL_DATA = "RVOSBENCH_REAL_DATA"
NO_SKIP = "RVOSBENCH_NO_SKIP"
MAY_BE_ABSENT = (REAL_DATA,)  # a skip for want of one of these stays a skip everywhere

# Times differ between machines, so neither an example nor the making of one has a deadline; where nothing may
# skip, nothing may be random.
UNHURRIED = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("default", deadline=None, suppress_health_check=UNHURRIED)
hypothesis.settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, suppress_health_check=UNHURRIED
)
hypothesis.settings.load_profile("ci" if os.environ.get(NO_SKIP) == "1" else "default")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def project_files(project_root: Path) -> list[Path]:
    """Every file that is in git, or would be after `git add --all`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=project_root, capture_output=True, check=True, text=True).stdout
    paths = (project_root / name for name in listing.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


@pytest.fixture(scope="session")
def scored_sample(tmp_path_factory: pytest.TempPathFactory) -> ScoredSample:
    """Predictions of known quality for the tiny sample, scored: for everything that starts from results."""
    from scored_sample import ScoredSample

    return ScoredSample(tmp_path_factory.mktemp("scored"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real material, which is no part of the project."""
    named = os.environ.get(REAL_DATA)
    if not named:
        pytest.skip(f"{REAL_DATA} is not set")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"{REAL_DATA} names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def require_command() -> Callable[[str], str]:
    """The path of a program that not every machine has."""

    def require(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return require


@pytest.fixture(scope="module")
def chromium(require_command: Callable[[str], str]) -> Iterator[Browser]:
    """One for each file of tests: the loop of events of Playwright must be over before others begin."""
    from browser_tabs import launched

    with launched(require_command("chromium")) as browser:
        yield browser


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """With RVOSBENCH_NO_SKIP=1 a part that is missing fails instead of passing unseen."""
    if os.environ.get(NO_SKIP) != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = str(report.longrepr[-1]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not any(name in reason for name in MAY_BE_ABSENT):
        report.outcome = "failed"
        report.longrepr = f"{NO_SKIP}=1, but: {reason}"
