"""The kernel: PNG bytes and run lengths to bit planes, J and boundary F. Compiled, or its twin in NumPy.

`RVOSBENCH_KERNEL=native` or `numpy` forces one of them. Otherwise the compiled one is taken where it was
built.
"""

from __future__ import annotations

import functools
import os
import warnings
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, UsageError

if TYPE_CHECKING:
    from rvosbench._kernels.interface import Kernel

VARIABLE = "RVOSBENCH_KERNEL"
NATIVE, NUMPY = "native", "numpy"


class SlowKernelWarning(UserWarning):
    """Scores are the same, and take longer."""


@functools.cache
def kernel() -> Kernel:
    """The kernel of this process; chosen, and if need be warned about, once."""
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", NATIVE, NUMPY):
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                path=VARIABLE,
                expected=f"{NATIVE}, {NUMPY} or nothing",
                found=wanted,
                fix=f"unset {VARIABLE}",
            )
        )
    if wanted != NUMPY:
        compiled = _compiled(must=wanted == NATIVE)
        if compiled is not None:
            return compiled
    from rvosbench._kernels import twin

    return twin


def name() -> str:
    """`native` or `numpy`: which one runs."""
    return NUMPY if kernel().__name__.endswith("twin") else NATIVE  # type: ignore[attr-defined]  # a module


def _compiled(must: bool) -> Kernel | None:
    try:
        from rvosbench._kernels import native
    except ImportError as error:
        if must:
            raise UsageError(
                Problem(
                    Code.BAD_OPTION,
                    path=VARIABLE,
                    expected="a compiled kernel",
                    found=str(error),
                    fix=f"install rvosbench again where a C compiler is, or unset {VARIABLE}",
                )
            ) from error
        warnings.warn(
            "the compiled kernel is not installed, so scoring takes about ten times as long; "
            "install rvosbench again where a C compiler is",
            SlowKernelWarning,
            stacklevel=3,
        )
        return None
    return native
