"""The sizes of the model, and the variants that are known by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rvosbench.errors import Code, Problem, UsageError
from rvosbench_baselines.sizes import may_be_nothing


@dataclass(frozen=True, slots=True)
class SwinSize:
    """Video-Swin. Each stage halves height and width and doubles the channels; time is kept."""

    width: int
    depths: tuple[int, ...]
    heads: tuple[int, ...]
    window: tuple[int, int, int] = (8, 7, 7)
    patch: int = 4
    mlp_ratio: int = 4
    drop_path: float = 0.2

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels after each stage."""
        return tuple(self.width * 2**stage for stage in range(len(self.depths)))


@dataclass(frozen=True, slots=True)
class TextSize:
    """RoBERTa; the defaults are those of `roberta-base`. With a depth of 0 words are bare, and known by their
    directions alone."""

    vocabulary: int = 50265
    width: int = 768
    depth: int = may_be_nothing(12)
    heads: int = 12
    mlp: int = 3072
    positions: int = 514
    epsilon: float = 1e-5


@dataclass(frozen=True, slots=True)
class SocConfig:
    """`queries` is the number of queries per frame and of objects per clip."""

    swin: SwinSize
    text: TextSize = TextSize()
    num_classes: int = 1
    width: int = 256
    heads: int = 8
    queries: int = 20
    levels: int = 4
    points: int = 4
    encoder_depth: int = may_be_nothing(3)
    decoder_depth: int = 3
    mlp: int = 2048
    cluster_encoder_depth: int = may_be_nothing(3)
    cluster_decoder_depth: int = may_be_nothing(3)
    cluster_mlp: int = 2048
    dropout: float = 0.1
    mask_channels: int = 8
    mask_depth: int = 3
    words_to_pixels: bool = True
    """Whether pixels look at words; then, whether words look at pixels, and whether queries of frames are
    clustered into objects. Switches for ablations: weights are the same, and unused where one is off."""
    pixels_to_words: bool = True
    cluster: bool = True
    clips_apart: bool = False
    """Whether a batch of several clips is clustered clip by clip. The authors' code mixes their frames."""


VARIANTS: Mapping[str, SocConfig] = MappingProxyType(
    {
        "soc-t": SocConfig(SwinSize(96, (2, 2, 6, 2), (3, 6, 12, 24))),
        "soc-s": SocConfig(SwinSize(96, (2, 2, 18, 2), (3, 6, 12, 24))),
        "soc-b": SocConfig(SwinSize(128, (2, 2, 18, 2), (4, 8, 16, 32))),
        "soc-small": SocConfig(
            SwinSize(24, (2, 1, 2, 1), (1, 2, 4, 8)),
            TextSize(vocabulary=512, width=64, depth=2, heads=4, mlp=128, positions=66),
            width=128,
            queries=5,
            encoder_depth=1,
            decoder_depth=2,
            mlp=64,
            cluster_encoder_depth=1,
            cluster_decoder_depth=1,
            cluster_mlp=64,
        ),
    }
)


def configuration(variant: str, *, num_classes: int = 1) -> SocConfig:
    config = VARIANTS.get(variant)
    if config is None:
        raise UsageError(_problem("variant of SOC", f"one of {', '.join(VARIANTS)}", repr(variant)))
    if num_classes < 1:
        raise UsageError(_problem("number of classes of SOC", "1 or more", str(num_classes)))
    return replace(config, num_classes=num_classes)


def _problem(what: str, expected: str, found: str) -> Problem:
    return Problem(Code.BAD_OPTION, path=what, expected=expected, found=found, fix="name one of these")
