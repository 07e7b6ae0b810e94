"""The tiny sample, converted with its frames; the program, called in this process; and a plug-in to run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bright_baseline
import pytest
from program import Outcome

from rvosbench import sample
from rvosbench.cli.app import run
from rvosbench.datasets import base
from rvosbench.splits.convert import convert


@pytest.fixture(scope="session")
def baseline_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny sample in every official layout."""
    folder = tmp_path_factory.mktemp("releases") / "tiny"
    sample.write(folder, "tiny", predictions=False)
    return folder


@pytest.fixture(scope="session")
def home(baseline_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`--data`: the default split of every layout, with its frames."""
    folder = tmp_path_factory.mktemp("home")
    for release in sample.releases():
        dataset = base.find(release.dataset)
        options: dict[str, Any] = {
            option: baseline_releases / path
            for option, path in (("expressions", release.expressions), ("samples", release.samples))
            if path is not None
        }
        convert(
            dataset, baseline_releases / release.folder, dataset.info.default_split, data=folder, **options
        )
    return folder


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path from which the baselines `bright` and `bright-weighted` are registered."""
    folder = tmp_path / "site"
    bright_baseline.register(folder)
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def rvosbench(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`rvosbench("baseline", "list")` -> exit code, stdout, stderr."""

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call
