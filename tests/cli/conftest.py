"""The tiny sample in every official layout, written once; and the program itself, called in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome

from rvosbench import sample
from rvosbench.cli.app import run


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "releases"
    sample.write(folder, "tiny", predictions=False)
    return folder


@pytest.fixture
def rvosbench(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`rvosbench("convert", "mevis-v1", folder)` -> exit code, stdout, stderr."""

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call
