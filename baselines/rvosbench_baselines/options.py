"""`--option name=value`: checked against the card, all complaints at once, and completed with defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rvosbench.errors import Code, ProblemLog, UsageError
from rvosbench_baselines.base import Baseline, Option, OptionValue


def parse_options(given: Sequence[str], card: Baseline, dataset: str) -> Mapping[str, OptionValue | None]:
    """Every option of the card with its value."""
    known = {option.name: option for option in card.options}
    values = {name: option.default_for(dataset) for name, option in known.items()}
    log = ProblemLog()
    for text in given:
        name, equals, value = text.partition("=")
        if name not in known or not equals:
            log.add(
                Code.BAD_OPTION,
                f"--option {text}",
                expected=f"NAME=VALUE, where NAME is {' or '.join(known) or 'nothing: there are no options'}",
                found=f"no option {name!r}" if equals else "no =",
                fix=f"`rvosbench baseline list {card.name}` explains the options",
            )
            continue
        parsed = _parsed(known[name], value)
        if parsed is None:
            log.add(
                Code.BAD_OPTION,
                f"--option {text}",
                expected=_expected(known[name]),
                found=repr(value),
                fix="give such a value",
            )
        else:
            values[name] = parsed
    if log.has_errors:
        raise UsageError(*log)
    return MappingProxyType(values)


def _parsed(option: Option, text: str) -> OptionValue | None:
    """None where the text is no such value."""
    try:
        value: OptionValue = option.kind(text)
    except ValueError:
        return None
    if option.choices and value not in option.choices:
        return None
    if isinstance(value, str):
        return value or None
    below = option.minimum is not None and not value >= option.minimum
    above = option.maximum is not None and not value <= option.maximum
    return None if below or above or value != value else value


def _expected(option: Option) -> str:
    if option.choices:
        return " or ".join(option.choices)
    kind = {int: "a whole number", float: "a number", str: "a text"}[option.kind]
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("at least", option.minimum), ("at most", option.maximum))
        if bound is not None
    ]
    return " and ".join([kind, *bounds]) if len(bounds) < 2 else f"{kind}, {bounds[0]} and {bounds[1]}"
