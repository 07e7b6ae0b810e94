"""Which kernel runs, and what is said about it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rvosbench import _kernels
from rvosbench._kernels import VARIABLE, SlowKernelWarning, kernel, name, twin
from rvosbench._kernels.interface import Kernel
from rvosbench.errors import Code, UsageError


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process that has not chosen yet."""
    monkeypatch.delenv(VARIABLE, raising=False)
    kernel.cache_clear()
    return monkeypatch


@pytest.fixture(autouse=True)
def choose_anew_afterwards() -> Iterator[None]:
    yield
    kernel.cache_clear()


def without_compiled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rvosbench._kernels.native", None)
    monkeypatch.delattr(_kernels, "native", raising=False)


def test_the_compiled_kernel_is_taken_where_it_is(fresh: pytest.MonkeyPatch, native: Kernel) -> None:
    assert kernel() is native
    assert name() == "native"


def test_the_twin_can_be_forced(fresh: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder) -> None:
    fresh.setenv(VARIABLE, "numpy")
    assert kernel() is twin
    assert name() == "numpy"
    assert not recwarn.list


def test_the_twin_steps_in_and_says_so_once(fresh: pytest.MonkeyPatch) -> None:
    without_compiled_one(fresh)
    with pytest.warns(SlowKernelWarning, match="C compiler") as said:
        assert [kernel() for _ in range(3)] == [twin] * 3
    assert len(said) == 1


def test_a_forced_kernel_that_is_not_there_is_an_error(fresh: pytest.MonkeyPatch) -> None:
    without_compiled_one(fresh)
    fresh.setenv(VARIABLE, "native")
    with pytest.raises(UsageError) as caught:
        kernel()
    assert caught.value.problems[0].code is Code.BAD_OPTION


def test_a_kernel_that_does_not_exist_is_an_error(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv(VARIABLE, "fortran")
    with pytest.raises(UsageError) as caught:
        kernel()
    assert caught.value.problems[0].found == "fortran"


def test_the_warning_goes_to_stderr(tmp_path: Path) -> None:
    """Where a program that reads stdout does not see it."""
    program = (
        "import sys; sys.modules['rvosbench._kernels.native'] = None\n"
        "from rvosbench._kernels import kernel\n"
        "kernel(); kernel(); print('scores')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "scores\n"
    assert done.stderr.count("SlowKernelWarning") == 1
