"""A subject whose parts `torch.compile` makes faster, and what that took."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch._dynamo.exc import TorchDynamoException
from torch._dynamo.utils import counters
from torch._inductor.exc import CppCompileError, InvalidCxxCompiler

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_baselines.bench.subjects import Subject


def compiled(subject: Subject) -> Subject:
    """Compiled when they are called for the first time, for the sizes that they are called with."""
    torch.compiler.reset()
    counters.clear()
    batch = subject.batch
    with compiler_problems():
        return replace(
            subject,
            see=_compile(subject.see),
            tell=_compile(subject.tell),
            batch=None if batch is None else _compile(batch),
        )


def graphs() -> dict[str, int]:
    """Into how many graphs the parts were made since, and how often one had to end before its part did."""
    return {
        "graphs": counters["stats"]["unique_graphs"],
        "graph_breaks": sum(counters["graph_break"].values()),
    }


@contextmanager
def compiler_problems() -> Iterator[None]:
    try:
        yield
    except (TorchDynamoException, InvalidCxxCompiler, CppCompileError) as error:
        raise _failed(error) from error


def _compile(work: Callable[..., Any]) -> Callable[..., Any]:
    try:
        made: Callable[..., Any] = torch.compile(work, dynamic=False)
    except RuntimeError as error:  # of systems and versions of Python that it does not know
        raise _failed(error) from error
    return made


def _failed(error: Exception) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.COMPILATION_FAILED,
            "--compile",
            expected="a model that torch.compile can make faster on this machine",
            found=str(error).strip().split("\n", 1)[0],
            fix="install a C++ compiler (`apt install g++` on Debian) or name one in the variable CXX; "
            "for a GPU triton, too; or leave --compile out",
        )
    )
