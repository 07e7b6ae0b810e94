"""The sizes of a model, some of them replaced by those that it is, or was, trained with."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from rvosbench.errors import Code, ProblemLog, UsageError
from rvosbench_baselines.checkpoints import read_training

Scalar = bool | int | float | str


def with_sizes(config: Any, sizes: Mapping[str, Scalar]) -> Any:
    """A model's configuration with some of its numbers replaced; `part.name` is one of a part of it."""
    for part in [one.name for one in dataclasses.fields(config)]:
        own = {name.partition(".")[2]: value for name, value in sizes.items() if name.startswith(f"{part}.")}
        if own and dataclasses.is_dataclass(getattr(config, part)):
            config = dataclasses.replace(config, **{part: with_sizes(getattr(config, part), own)})
            sizes = {name: value for name, value in sizes.items() if not name.startswith(f"{part}.")}
    hints, log = get_type_hints(type(config)), ProblemLog()
    known = {name: kind for name, kind in hints.items() if kind in (int, float, bool, str)}
    changed: dict[str, Any] = {}
    for name, value in sizes.items():
        if name not in known:
            complain(log, "model", name, f"one of {', '.join(known)}", "no such size")
            continue
        problem, changed[name] = typed_scalar(value, known[name])
        if problem:
            complain(log, "model", name, problem, repr(value))
    if log.has_errors:
        raise UsageError(*log)
    return dataclasses.replace(config, **changed)


def as_trained(config: Any, path: Path) -> Any:
    """The configuration that weights in a file need: sizes are replaced that its training had replaced."""
    return with_sizes(config, read_training(path).get("model", {}))


def typed_scalar(value: Any, kind: type[Scalar], minimum: float | None = None) -> tuple[str | None, Any]:
    """What was expected instead, if anything, and the value as it is kept."""
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or value != value:
        return said(kind), value
    if minimum is not None and float(value) < minimum:
        return f"at least {minimum:g}", value
    return None, value


def said(kind: type[Scalar]) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[kind]


def complain(log: ProblemLog, path: Path | str, name: str, expected: str, found: str) -> None:
    log.add(
        Code.BAD_SETTING,
        f"{path}: {name}",
        expected=expected,
        found=found,
        fix="correct it there, or with --set KEY=VALUE",
    )
