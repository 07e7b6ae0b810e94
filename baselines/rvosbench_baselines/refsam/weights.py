"""Files that hold the weights: SAM's public ones, the authors' one per part, and whole ones of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch
from torch import nn

from rvosbench.errors import Code, Problem, ProblemLog, RvosbenchError, UsageError
from rvosbench_baselines.checkpoints import StateRules, fit, generate, read_state
from rvosbench_baselines.refsam.config import VARIANTS, RefSamConfig
from rvosbench_baselines.refsam.model import RefSam
from rvosbench_baselines.sizes import as_trained

if TYPE_CHECKING:
    from torch import Tensor

NEW_PARTS = (
    r"image_encoder\.blocks\.\d+\.(Space|MLP)_Adapter\..*",
    r"resizer\..*",
    r"dense_conv\..*",
    r"multi_scale_weight",
    r"track_net\..*",
)
"""What RefSAM adds to SAM, as patterns of names."""

PARTS: Mapping[str, str] = MappingProxyType(
    {
        "resizer": "resizer",
        "dense_conv": "dense_conv",
        "track_net": "track_net",
        "mask_decoder": "mask_decoder",
        "image_encoder_blocks": "image_encoder.blocks",
    }
)
"""How the authors' training names the file of a part, to the part's place in the model."""

WITHOUT_SAM = ("resizer", "dense_conv", "track_net")
"""Parts that SAM has nothing of: nothing sensible comes out before they are trained."""

_SAM = StateRules(may_lack=NEW_PARTS, fix="take SAM's own file: sam_vit_b_01ec64.pth for refsam-b, and so on")
# The authors keep this weight out of their files.
_WHOLE = StateRules(may_lack=("multi_scale_weight",))
_PART = StateRules(fix="give the file of this part, for this size of SAM and this text encoder")

_FIRST = "image_encoder.patch_embed.proj.weight"


def load_sam(model: RefSam, path: Path) -> None:
    """A file of segment_anything. RefSAM's new parts keep what they were built with."""
    state = read_state(path)
    _check_size(state, model.config, path)
    fit(model, state, _SAM, source=path, what="SAM")


def load_part(model: RefSam, part: str, path: Path) -> None:
    """One of `PARTS`, a bare state dict."""
    module: nn.Module = model.get_submodule(PARTS[part])
    fit(module, read_state(path), _PART, source=path, what=part)


def model_with_weights(config: RefSamConfig, path: Path, variant: str) -> RefSam:
    """From one whole file, or from a folder with SAM's file and those of the parts."""
    if path.is_dir():
        return _of_folder(config, path)
    state = read_state(path)
    _check_size(state, config, path)
    if not any(name.startswith("resizer.") for name in state):
        raise RvosbenchError(_sam_alone(path))
    config = replace(config, resizer_layers=_hidden_layers(state, "resizer."))
    model = as_trained(RefSam, config, path, variant)
    fit(model, state, _WHOLE, source=path, what="RefSAM")
    return model


def model_of_seed(config: RefSamConfig, seed: int) -> RefSam:
    """With made-up weights, for tests and demonstrations."""
    model = RefSam(config)
    generate(model, seed)
    # A buffer, which `generate` leaves alone: random by design.
    directions = model.prompt_encoder.pe_layer.positional_encoding_gaussian_matrix
    directions.normal_(generator=torch.Generator().manual_seed(seed))
    return model


def _of_folder(config: RefSamConfig, folder: Path) -> RefSam:
    files = _files(folder)
    resizer = read_state(files["resizer"])
    model = RefSam(replace(config, resizer_layers=_hidden_layers(resizer, "")))
    load_sam(model, files.pop("sam_vit"))
    for part, path in files.items():
        load_part(model, part, path)
    return model


def _files(folder: Path) -> dict[str, Path]:
    """The file of each part that is there."""
    found: dict[str, Path] = {}
    log = ProblemLog()
    for name in ("sam_vit", *PARTS):
        paths = sorted(path for path in folder.glob(f"{name}*") if path.is_file())
        if len(paths) == 1:
            found[name] = paths[0]
        elif paths:
            log.add(
                Code.BAD_OPTION,
                folder / f"{name}*",
                expected="one file of each part",
                found=" and ".join(path.name for path in paths),
                fix="keep the one that is meant",
            )
        elif name in ("sam_vit", *WITHOUT_SAM):
            log.add(
                Code.MISSING_FILE,
                folder / f"{name}*",
                expected=f"SAM's file and those of {', '.join(WITHOUT_SAM)} in one folder",
                found="none",
                fix="put SAM's file (sam_vit_b_01ec64.pth or its like) and those of the trained parts there; "
                "mask_decoder* and image_encoder_blocks* too, if they were trained",
            )
    if log.has_errors:
        raise UsageError(*log)
    return found


def _hidden_layers(state: Mapping[str, Tensor], prefix: str) -> int:
    """Layers between the first and the last, for the authors left it to an option."""
    weights = [name for name in state if name.startswith(prefix) and name.endswith(".weight")]
    return max(0, len(weights) - 2)


def _check_size(state: Mapping[str, Tensor], config: RefSamConfig, path: Path) -> None:
    """The size of SAM is told by one tensor, so that a wrong one need not be told by two hundred."""
    first = state.get(_FIRST)
    if first is None or len(first) == config.vit.width:
        return
    fitting = [name for name, other in VARIANTS.items() if other.vit.width == len(first)]
    raise RvosbenchError(
        Problem(
            Code.WEIGHTS_DO_NOT_FIT,
            str(path),
            expected=f"an image encoder {config.vit.width} wide",
            found=f"one that is {len(first)} wide",
            fix=f"run it as --variant {fitting[0]}" if fitting else _WHOLE.fix,
        )
    )


def _sam_alone(path: Path) -> Problem:
    return Problem(
        Code.WEIGHTS_DO_NOT_FIT,
        str(path),
        expected="trained weights of RefSAM's own parts, beside SAM's",
        found=f"no tensor of {', '.join(WITHOUT_SAM)}",
        fix="nobody has published these parts. Put SAM's file and the files of trained parts into one folder "
        "and give the folder",
    )
