"""The sizes of the model, and the variants that are known by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rvosbench.errors import Code, Problem, UsageError
from rvosbench_baselines.sizes import may_be_nothing

# The width of the words that each text encoder gives. `tiny` is for tests and demonstrations, `bare` for the
# proof of learning.
TEXT_WIDTHS: Mapping[str, int] = MappingProxyType(
    {
        "t5-small": 512,
        "t5-3b": 1024,
        "t5-11b": 1024,
        "roberta-base": 768,
        "roberta-large": 1024,
        "tiny": 32,
        "bare": 128,
    }
)


@dataclass(frozen=True, slots=True)
class VitSize:
    """SAM's image encoder. Blocks attend within windows, those of `global_blocks` over the whole picture."""

    width: int
    depth: int
    heads: int
    global_blocks: tuple[int, ...]
    image: int = 1024
    patch: int = 16
    window: int = 14
    mlp_ratio: int = 4
    adapter_ratio: float = 0.25
    adapter_scale: float = 0.5

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.image // self.patch


@dataclass(frozen=True, slots=True)
class RefSamConfig:
    """`width` is that of prompts, tokens and image embedding; `text` is a name of `TEXT_WIDTHS`.

    `resizer_layers` hidden layers lie between the first and the last of the cross-modal MLP.
    """

    vit: VitSize
    text: str
    width: int = 256
    mask_channels: int = 16
    decoder_depth: int = 2
    decoder_heads: int = 8
    decoder_mlp: int = 2048
    quality_width: int = 256
    masks: int = 4
    resizer_layers: int = may_be_nothing(1)
    track_heads: int = 8
    track_mlp: int = 1024

    @property
    def text_width(self) -> int:
        return TEXT_WIDTHS[self.text]


VARIANTS: Mapping[str, RefSamConfig] = MappingProxyType(
    {
        "refsam-b": RefSamConfig(VitSize(768, 12, 12, (2, 5, 8, 11)), "t5-3b"),
        "refsam-l": RefSamConfig(VitSize(1024, 24, 16, (5, 11, 17, 23)), "t5-3b"),
        "refsam-h": RefSamConfig(VitSize(1280, 32, 16, (7, 15, 23, 31)), "t5-3b"),
        # A window that does not divide the grid, so that padded windows are met here too.
        "refsam-small": RefSamConfig(
            VitSize(48, 4, 4, (1, 3), image=128, window=3),
            "tiny",
            width=32,
            mask_channels=8,
            decoder_heads=4,
            decoder_mlp=64,
            quality_width=32,
            track_heads=4,
            track_mlp=64,
        ),
    }
)


def configuration(variant: str, *, text: str | None = None) -> RefSamConfig:
    """The configuration of a named variant, reading the words of another text encoder if one is named."""
    config = VARIANTS.get(variant)
    if config is None:
        raise UsageError(_not_one_of(Code.UNKNOWN_VARIANT, "a variant of RefSAM", variant, VARIANTS))
    if text is None:
        return config
    if text not in TEXT_WIDTHS:
        raise UsageError(_not_one_of(Code.BAD_OPTION, "a text encoder of RefSAM", text, TEXT_WIDTHS))
    return replace(config, text=text)


def _not_one_of(code: Code, what: str, name: str, known: Mapping[str, object]) -> Problem:
    return Problem(
        code,
        path=name,
        expected=f"{what}: {', '.join(known)}",
        found=name,
        fix="choose one of these",
    )
