"""The sizes of the selection module, and the variants that are known by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rvosbench.errors import Code, Problem, UsageError


@dataclass(frozen=True, slots=True)
class SolaConfig:
    """`token` is the width of SAM 2's object pointers, `width` that of the words and of everything after the
    motion encoder, which starts at `stem`."""

    token: int = 256
    stem: int = 512
    width: int = 1024
    heads: int = 8
    layers: int = 2
    negatives: int = 32
    groups: int = 8
    motion_dropout: float = 0.2
    attention_dropout: float = 0.1


VARIANTS: Mapping[str, SolaConfig] = MappingProxyType(
    {
        "sola": SolaConfig(),
        "sola-small": SolaConfig(stem=64, width=32, negatives=4),
    }
)


def configuration(variant: str) -> SolaConfig:
    config = VARIANTS.get(variant)
    if config is None:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                path="variant of SOLA",
                expected=f"one of {', '.join(VARIANTS)}",
                found=repr(variant),
                fix="name one of these",
            )
        )
    return config
