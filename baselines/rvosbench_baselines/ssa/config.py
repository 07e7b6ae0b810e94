"""The sizes of the model, and the variants that are known by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rvosbench.errors import Code, Problem, UsageError


@dataclass(frozen=True, slots=True)
class ClipSize:
    """A CLIP with a ConvNeXt; the defaults are those of open_clip's `convnext_large_d_320`."""

    depths: tuple[int, ...] = (3, 3, 27, 3)
    widths: tuple[int, ...] = (192, 384, 768, 1536)
    embedding: int = 768
    """What pictures and texts have in common."""
    text_width: int = 768
    text_heads: int = 12
    text_depth: int = 16
    vocabulary: int = 49408
    context: int = 77
    drop_path: float = 0.1


@dataclass(frozen=True, slots=True)
class SsaConfig:
    """`queries` is the number of queries of a frame and of the video. `width` is that of everything behind
    the backbone."""

    clip: ClipSize = ClipSize()
    adapter_width: int = 256
    width: int = 256
    heads: int = 8
    queries: int = 20
    points: int = 4
    pixel_depth: int = 6
    pixel_mlp: int = 1024
    frame_depth: int = 9
    frame_mlp: int = 2048
    video_depth: int = 6
    video_mlp: int = 2048
    words: int = 40
    """So many tokens of a sentence are used as words, with those for start and end."""
    trained_layers: int = 3
    """While training, the queries of so many of the last frame layers go to the video decoder."""
    dropout: float = 0.1
    adapters: bool = True
    """Whether stages of the backbone are adapted to the sentence; then, whether pixels and sentence attend to
    each other in the pixel decoder, whether queries of frames are aligned, see their neighbours in time and
    all of their line, and whether frames weigh differently. Switches for ablations: weights are the same, and
    unused where one is off."""
    fusion: bool = True
    alignment: bool = True
    short_temporal: bool = True
    long_temporal: bool = True
    time_weights: bool = True


VARIANTS: Mapping[str, SsaConfig] = MappingProxyType(
    {
        "ssa": SsaConfig(),
        "ssa-small": SsaConfig(
            ClipSize(
                depths=(1, 1, 2, 1),
                widths=(32, 64, 128, 256),
                embedding=64,
                text_width=64,
                text_heads=2,
                text_depth=2,
                vocabulary=512,
            ),
            width=64,
            queries=5,
            pixel_depth=1,
            frame_depth=3,
            frame_mlp=128,
            video_depth=1,
            video_mlp=128,
        ),
    }
)


def configuration(variant: str) -> SsaConfig:
    config = VARIANTS.get(variant)
    if config is None:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                path="variant of SSA",
                expected=f"one of {', '.join(VARIANTS)}",
                found=repr(variant),
                fix="name one of these",
            )
        )
    return config
