"""The released files: which variant they are of, and how they fill it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_baselines.checkpoints import StateRules, fit, generate, read_state, trained_variant
from rvosbench_baselines.sizes import as_trained
from rvosbench_baselines.soc import build
from rvosbench_baselines.soc.config import VARIANTS, configuration
from rvosbench_baselines.soc.model import Soc

if TYPE_CHECKING:
    from torch import Tensor

RULES = StateRules(
    # Counters of a profiler; and a buffer that older versions of transformers saved.
    ignored=(r".*total_(params|ops)", r"text_encoder\.embeddings\.position_ids"),
    copies=MappingProxyType({"transformer.decoder.bbox_embed.": "bbox_embed."}),
)

PATCHES = "backbone.0.body.patch_embed.proj.weight"
CLASSES = "class_embed.0.weight"
BLOCK = re.compile(r"backbone\.0\.body\.layers\.(\d+)\.blocks\.(\d+)\.norm1\.weight")


def released_model(path: Path, variant: str) -> Soc:
    """The model of a file, which must be of this variant. How many classes there are is told by the file."""
    state = read_state(path)
    found = recognise(state)
    if found not in (None, variant):
        raise RvosbenchError(
            Problem(
                Code.WEIGHTS_DO_NOT_FIT,
                str(path),
                expected=f"weights of {variant}",
                found=f"weights of {found}, as its backbone shows",
                fix=f"--variant {found}, or weights of {variant}",
            )
        )
    model = as_trained(Soc, configuration(variant, num_classes=_classes(state)), path, variant)
    fit(model, state, replace(RULES, fix=_fix(variant)), source=path, what=variant)
    return model


def generated_model(variant: str, seed: int) -> Soc:
    model = build(variant)
    generate(model, seed)
    return model


def recognise(state: Mapping[str, Tensor]) -> str | None:
    """The variant whose backbone is as wide and as deep, if there is one."""
    patches = state.get(PATCHES)
    if patches is None:
        return None
    blocks = {match.groups() for match in map(BLOCK.fullmatch, state) if match}
    stages = sorted({stage for stage, _ in blocks}, key=int)
    depths = tuple(sum(stage == one for one, _ in blocks) for stage in stages)
    return next(
        (
            name
            for name, config in VARIANTS.items()
            if (config.swin.width, config.swin.depths) == (patches.shape[0], depths)
        ),
        None,
    )


def recognise_file(path: Path) -> str | None:
    return trained_variant(path) or recognise(read_state(path))


def _classes(state: Mapping[str, Tensor]) -> int:
    weight = state.get(CLASSES)
    return 1 if weight is None or weight.ndim != 2 else max(1, weight.shape[0])


def _fix(variant: str) -> str:
    return f"take a file that `rvosbench baseline list soc` names for {variant}, or name its variant"
