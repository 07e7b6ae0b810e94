"""What the goldens of SOC hold, computed by ours; as a program, the table of differences.

OMP_NUM_THREADS=1 python tests/golden/soc_case.py soc-small soc-t soc-b
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import inputs
import numpy as np
import torch
import weights
from numpy.typing import NDArray
from rvosbench_baselines.layers.drop_path import DropPath
from rvosbench_baselines.layers.position_codes import sine_2d
from rvosbench_baselines.soc import build
from rvosbench_baselines.soc.criterion import SocTarget, losses, total
from rvosbench_baselines.soc.model import Soc, SocOutput, pad_clips
from rvosbench_baselines.soc.selection import binary_masks, trajectory_scores
from torch import Tensor, nn
from torch.nn import functional

FOLDER = Path(__file__).parent / "soc"
BITS_MAY_DIFFER = 0.001
Array = NDArray[Any]
Run = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    name: str
    largest: float
    tolerance: float

    @property
    def fits(self) -> bool:
        return self.largest <= self.tolerance


class Golden:
    def __init__(self, variant: str) -> None:
        self.variant = variant
        self.keys: dict[str, list[int]] = json.loads((FOLDER / f"{variant}_keys.json").read_text())
        with np.load(FOLDER / f"{variant}_a.npz") as file:
            self.arrays: dict[str, Array] = {name: file[name] for name in file.files}
        self.meta: dict[str, Any] = json.loads(str(self.arrays.pop("meta")))

    def runs(self, *, training: bool) -> list[int]:
        return [place for place, run in enumerate(self.meta["runs"]) if ("train" in run) == training]

    def model(self) -> Soc:
        """In evaluation mode, with the generated weights."""
        model = build(self.variant)
        model.load_state_dict(weights.fill(model.state_dict()), strict=True)
        return model.eval()

    def differences(self, place: int, ours: dict[str, Array]) -> Iterator[Difference]:
        """For every stored array of the run; a KeyError if ours lack one."""
        for name, stored in self.arrays.items():
            run, kind, what = name.split("/", 2)
            if run != f"r{place}":
                continue
            if kind == "bits":
                shape = self.meta["shape"][name]
                theirs = np.unpackbits(stored)[: np.prod(shape)].reshape(shape).astype(bool)
                yield Difference(name, float((theirs != ours[what]).mean()), BITS_MAY_DIFFER)
            elif kind == "int":
                yield Difference(name, float((stored != ours[what]).sum()), 0.0)
            else:
                value = inputs.digest(ours[what]) if kind == "dig" else np.asarray(ours[what], np.float64)
                assert value.shape == stored.shape, name
                largest = float(np.abs(value - stored.astype(np.float64)).max())
                yield Difference(name, largest, self.meta["tol"][name])

    def structural(self, model: Soc) -> dict[str, list[Any]]:
        """Type, shape and checksum of each integer buffer."""
        return {
            key: [str(value.dtype).removeprefix("torch."), list(value.shape), zlib.crc32(value.numpy())]
            for key, value in model.state_dict().items()
            if not value.is_floating_point()
        }


def batch(run: Run) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Frames, padding, ids, and which of these are words."""
    clips = [torch.from_numpy(inputs.soc_frames(inputs.clip(*clip))) for clip in run["clips"]]
    frames, padding = pad_clips(clips)
    rows = [inputs.roberta_ids(words, seed, run["vocab"]) for words, seed in run["words"]]
    ids, present = (torch.from_numpy(one) for one in inputs.pad_ids(rows))
    return frames, padding, ids, present


def evaluated(model: Soc, run: Run) -> dict[str, Array]:
    """Every array that a run of evaluation stores, by its name."""
    seen: dict[str, Tensor] = {}
    hooks = list(_watch(model, seen))
    frames, padding, ids, present = batch(run)
    valid = run.get("valid")
    kept = None if valid is None else torch.tensor(valid)
    with torch.inference_mode():
        text = model.read(ids, present)
        output = model.relate(model.see(frames, padding, kept), text)
        # Stored is the last of the calls for all layers; of these the results of the first alone are used.
        last = seen["decoder.hs.last"] + seen["voc"][0].repeat_interleave(len(frames), 0)
        seen["controller"] = model.controller(last).unflatten(0, (len(run["clips"]), -1)).transpose(0, 1)
    for hook in hooks:
        hook.remove()
    found = {name: value.numpy() for name, value in seen.items()}
    found |= {"text.words": text.words.numpy(), "text.sentence": text.sentence.numpy()}
    found |= _codes(model, padding, kept)
    return found | _final(output, run)


def trained(model: Soc, run: Run) -> dict[str, Array]:
    """Losses and norms of gradients, with all layers and without any dropout."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.Dropout | nn.MultiheadAttention | DropPath):
            module.eval()
    model.text_encoder.train(False)
    frames, padding, ids, present = batch(run)
    length, height, width, _ = run["clips"][0]
    masks, boxes, visible = inputs.soc_target(length, height, width, run["train"]["visible"])
    target = SocTarget(
        torch.from_numpy(masks)[:, None],
        torch.from_numpy(boxes)[:, None],
        torch.from_numpy(visible)[:, None].bool(),
        torch.zeros(1, dtype=torch.int64),
    )
    found = losses(model(frames, ids, present, padding), target)
    found["total"] = total(found)
    weights_asked = [model.get_parameter(key) for key in run["train"]["grads"]]
    gradients = torch.autograd.grad(found["total"], weights_asked)
    norms = dict(zip(run["train"]["grads"], gradients, strict=True))
    model.eval()
    return {name: value.detach().numpy() for name, value in found.items()} | {
        name: torch.linalg.vector_norm(gradient).numpy() for name, gradient in norms.items()
    }


def _watch(model: Soc, seen: dict[str, Tensor]) -> Iterator[Any]:
    """Hooks on the modules whose results are stored."""

    def several(prefix: str, module: nn.Module, args: Any, result: Any) -> None:
        for place, one in enumerate(result):
            seen[f"{prefix}.{place}"] = one

    def counted(prefix: str, module: nn.Module, args: Any, result: Tensor) -> None:
        seen[f"{prefix}.{sum(name.startswith(prefix) for name in seen)}"] = result

    def transformed(module: nn.Module, args: Any, result: Any) -> None:
        for layer, hidden in enumerate(result.hidden):
            seen[f"decoder.hs.{layer}"] = hidden
        seen["decoder.hs.last"] = result.hidden[-1]
        seen["decoder.init_reference"] = result.initial
        seen["decoder.inter_reference.0"] = result.references[0]

    def once(name: str, module: nn.Module, args: Any, result: Tensor) -> None:
        seen[name] = result

    yield model.backbone[0].register_forward_hook(partial(several, "backbone"))
    yield model.vlf.register_forward_hook(partial(counted, "vlf"))
    yield model.lvf.register_forward_hook(partial(counted, "lvf"))
    yield model.transformer.encoder.register_forward_hook(partial(once, "encoder.memory"))
    yield model.transformer.register_forward_hook(transformed)
    yield model.voc.register_forward_hook(partial(once, "voc"))
    yield model.spatial_decoder.register_forward_hook(partial(once, "mask_features"))


def _codes(model: Soc, padding: Tensor, kept: Tensor | None) -> dict[str, Array]:
    """The codes of the maps of the backbone; that at stride 4 is stored, though nothing uses it."""
    hidden = padding.transpose(0, 1).flatten(0, 1)
    hidden = hidden if kept is None else hidden[kept]
    height, width = hidden.shape[1:]
    found = {}
    height, width = -(-height // 4), -(-width // 4)
    for place in range(4):
        small = functional.interpolate(hidden[None].float(), size=(height, width))[0].bool()
        found[f"pos.{place}"] = sine_2d(small, model.config.width, half_cell=True).numpy()
        height, width = -(-height // 2), -(-width // 2)
    return found


def _final(output: SocOutput, run: Run) -> dict[str, Array]:
    scores = trajectory_scores(output.pred_cls)
    selected = scores.argmax(1)
    found = {
        "pred_cls": output.pred_cls,
        "pred_boxes": output.pred_boxes,
        "pred_masks": output.pred_masks,
        "score": scores,
        "selected": selected,
    }
    if len(run["clips"]) == 1:
        found["final"] = binary_masks(output.pred_masks[:, 0, selected[0]], tuple(run["orig"]))
    return {name: value.numpy() for name, value in found.items()}


def main(variants: list[str]) -> None:
    for variant in variants:
        golden = Golden(variant)
        model = golden.model()
        print(f"\n{variant}: output, largest difference, tolerance")
        for place, run in enumerate(golden.meta["runs"]):
            ours = (trained if "train" in run else evaluated)(model, run)
            for one in golden.differences(place, ours):
                print(
                    f"{one.name:34} {one.largest:9.2g} {one.tolerance:9.2g} {'' if one.fits else 'DIFFERS'}"
                )


if __name__ == "__main__":
    main(sys.argv[1:] or ["soc-small"])
