"""The released files, and how they fill the model."""

from __future__ import annotations

from pathlib import Path

from rvosbench_baselines.checkpoints import StateRules, fit, generate, read_state
from rvosbench_baselines.sizes import as_trained
from rvosbench_baselines.ssa import build
from rvosbench_baselines.ssa.config import configuration
from rvosbench_baselines.ssa.model import Ssa

RULES = StateRules(
    # Constants of the preparation of frames, which some versions of detectron2 save.
    ignored=(r"pixel_(mean|std)",),
    # Constants of the losses, which predictions do not need.
    may_lack=(r"(vita_)?criterion\.empty_weight",),
    fix="take a file that `rvosbench baseline list ssa` names; the authors' CLIP-Mask2Former is where their "
    "training begins, not a model that can predict",
)


def released_model(path: Path, variant: str) -> Ssa:
    model = as_trained(Ssa, configuration(variant), path, variant)
    fit(model, read_state(path), RULES, source=path, what=variant)
    return model


def generated_model(variant: str, seed: int) -> Ssa:
    model = build(variant)
    generate(model, seed)
    return model
