"""What a training run is made of: a TOML file, typed and checked, and what was set on the command line.

Values stand in the files of `configs/` alone, so that there is one place to read them; the classes say of
what type they are and between which bounds.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from rvosbench.errors import Code, Problem, ProblemLog, UsageError
from rvosbench_baselines.sizes import Scalar, complain, said, typed_scalar

CONFIGS = Path(__file__).parent / "configs"


def at_least(minimum: float, at_most: float | None = None) -> Any:
    """A number, or numbers, that may not be less, nor more than the other if there is one."""
    return field(metadata={"minimum": minimum, "maximum": at_most})


def learning_rate() -> Any:
    return at_least(0, at_most=1)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every baseline is trained with; each adds its own. `model` replaces sizes of the variant."""

    variant: str
    seed: int = at_least(0)
    length: int = at_least(1)
    """Of the training, in `unit`; so are `drops`, `validate_every` and `save_every` (0: only at the end)."""
    unit: Literal["epoch", "step"]
    batch: int = at_least(1)
    """Of a process, at a time."""
    accumulate: int = at_least(1)
    """Batches that make one step."""
    rate: float = learning_rate()
    drops: tuple[int, ...] = at_least(1)
    """When the learning rates are multiplied by `drop_factor`."""
    drop_factor: float = at_least(0)
    patience: int = at_least(0)
    """Where it is not 0, rates drop after so many validations without a lower loss, instead of at `drops`."""
    weight_decay: float = at_least(0)
    clip_norm: float = at_least(0)
    """0: gradients are not clipped."""
    precision: Literal["fp32", "bf16", "fp16"]
    workers: int = at_least(0)
    validate_every: int = at_least(0)
    save_every: int = at_least(0)
    inference: tuple[str, ...] = ()
    """Options of `rvosbench baseline run`, as NAME=VALUE, with which validation predicts."""
    model: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))

    def as_json(self) -> dict[str, Any]:
        return {one.name: _plain(getattr(self, one.name)) for one in dataclasses.fields(self)}


Kind = TypeVar("Kind", bound=Settings)


def read_settings(kind: type[Kind], named: str, given: Sequence[str] = ()) -> Kind:
    """`named` is a file, or one of those in `configs/` without its ending; `given` has KEY=VALUE each."""
    path = config_file(named)
    values, log = _parsed(path), ProblemLog()
    for text in given:
        _set(values, text, log)
    hints = get_type_hints(kind)
    fields = {one.name: one for one in dataclasses.fields(kind)}
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            complain(log, path, name, f"one of {', '.join(fields)}", "no such setting")
            continue
        problem, checked[name] = _typed(value, hints[name], fields[name].metadata)
        if problem:
            complain(log, path, name, problem, repr(value))
    for name, one in fields.items():
        optional = one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING
        if name not in values and not optional:
            complain(log, path, name, "a value for every setting", "none")
    if log.has_errors:
        raise UsageError(*log)
    return kind(**checked)


def config_file(named: str) -> Path:
    path = Path(named)
    shipped = CONFIGS / f"{named}.toml"
    if path.is_file() or not shipped.is_file():
        return path
    return shipped


def shipped() -> list[str]:
    return sorted(path.stem for path in CONFIGS.glob("*.toml"))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            Problem(
                Code.BAD_SETTING,
                str(path),
                expected=f"a TOML file, or one of {', '.join(shipped())}",
                found="no such file" if isinstance(error, FileNotFoundError) else str(error),
                fix="name one of these with --config, or a changed copy that `--show-config` gives",
            )
        ) from error


def _set(values: dict[str, Any], text: str, log: ProblemLog) -> None:
    """`key=value` or `model.key=value`; a value that is no TOML is a text."""
    key, equals, value = text.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts) or (len(parts) > 1 and parts[0] != "model"):
        complain(log, "--set", text, "KEY=VALUE or model.KEY=VALUE", "something else")
        return
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value
    place = values if len(parts) == 1 else values.setdefault(parts[0], {})
    if isinstance(place, dict):
        place[".".join(parts[1:]) or parts[0]] = parsed


def _typed(value: Any, kind: Any, bounds: Mapping[str, float | None]) -> tuple[str | None, Any]:
    """What was expected instead, if anything, and the value as it is kept. Bounds of a list are those of what
    is in it."""
    if get_origin(kind) is Literal:
        return (None if value in get_args(kind) else " or ".join(map(str, get_args(kind)))), value
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        wrong = [_typed(one, inner, bounds)[0] for one in value] if isinstance(value, list) else [said(inner)]
        wanted = next(filter(None, wrong), None)
        return (None, tuple(value)) if wanted is None else (f"a list, each {wanted}", value)
    if get_origin(kind) is not None:  # the one mapping; its values are checked against the model
        return (None, MappingProxyType(dict(value))) if isinstance(value, dict) else ("a table", value)
    return typed_scalar(value, kind, bounds.get("minimum"), bounds.get("maximum"))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
