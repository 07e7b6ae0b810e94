"""The sizes of a model, some of them replaced by those that it is, or was, trained with."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from rvosbench.errors import Code, Problem, ProblemLog, UsageError
from rvosbench_baselines.checkpoints import read_training

Scalar = bool | int | float | str
Model = TypeVar("Model")
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

SET = "correct it there, or with --set KEY=VALUE"
AS_WRITTEN = "take the file as its training wrote it"
CONTRADICTIONS = (ArithmeticError, AssertionError, LookupError, RuntimeError, TypeError, ValueError)
"""What building a model of impossible sizes, or one too large for the memory, ends with."""


def may_be_nothing(default: int) -> Any:
    """A number of layers that may be left out altogether; other whole numbers are at least 1."""
    return dataclasses.field(default=default, metadata={"minimum": 0})


def with_sizes(config: Any, sizes: Mapping[str, Scalar], source: Path | None = None) -> Any:
    """A model's configuration with some of its numbers replaced; `part.name` is one of a part of it. Numbers
    with a point are shares. `source` is the file of weights that has the sizes, if one has."""
    for part in [one.name for one in dataclasses.fields(config)]:
        own = {name.partition(".")[2]: value for name, value in sizes.items() if name.startswith(f"{part}.")}
        if own and dataclasses.is_dataclass(getattr(config, part)):
            config = dataclasses.replace(config, **{part: with_sizes(getattr(config, part), own, source)})
            sizes = {name: value for name, value in sizes.items() if not name.startswith(f"{part}.")}
    hints, log = get_type_hints(type(config)), ProblemLog()
    known = {one.name: one for one in dataclasses.fields(config) if hints[one.name] in _KINDS}
    changed: dict[str, Any] = {}
    place, fix = ("model", SET) if source is None else (f"{source}: model", AS_WRITTEN)
    for name, value in sizes.items():
        if name not in known:
            complain(log, place, name, f"one of {', '.join(known)}", "no such size", fix)
            continue
        kind = hints[name]
        least = known[name].metadata.get("minimum", 1) if kind is int else 0
        problem, changed[name] = typed_scalar(value, kind, least, 1 if kind is float else None)
        if problem:
            complain(log, place, name, problem, repr(value), fix)
    if log.has_errors:
        raise UsageError(*log)
    return dataclasses.replace(config, **changed)


def as_trained(build: Callable[[Any], Model], config: Any, path: Path, variant: str) -> Model:
    """The model that weights in a file need: with the sizes that its training had, if that was one of ours
    and of this variant."""
    training = read_training(path)
    sizes = training.get("model")
    if training.get("variant") != variant or not isinstance(sizes, Mapping):
        sizes = {}
    with buildable(sizes, path):
        return build(with_sizes(config, sizes, path))


@contextmanager
def buildable(sizes: Mapping[str, Scalar], source: Path | None = None) -> Iterator[None]:
    """Sizes that contradict each other are found out when a model is built of them."""
    try:
        yield
    except CONTRADICTIONS as error:
        if not sizes:
            raise
        raise UsageError(
            Problem(
                Code.BAD_SETTING,
                "model" if source is None else f"{source}: model",
                expected="sizes of which a model can be built",
                found=", ".join(f"{name}={value}" for name, value in sizes.items())
                + f": {str(error).strip().split(chr(10), 1)[0] or type(error).__name__}",
                fix=SET if source is None else AS_WRITTEN,
            )
        ) from error


def typed_scalar(
    value: Any, kind: type[Scalar], minimum: float | None = None, maximum: float | None = None
) -> tuple[str | None, Any]:
    """What was expected instead, if anything, and the value as it is kept."""
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        return said(kind), value
    if isinstance(value, int | float) and kind is not bool:
        if minimum is not None and value < minimum:
            return f"at least {minimum:g}", value
        if maximum is not None and value > maximum:
            return f"at most {maximum:g}", value
    return None, value


def said(kind: type[Scalar]) -> str:
    return _KINDS[kind]


def complain(
    log: ProblemLog, place: Path | str, name: str, expected: str, found: str, fix: str = SET
) -> None:
    log.add(Code.BAD_SETTING, f"{place}: {name}", expected=expected, found=found, fix=fix)
