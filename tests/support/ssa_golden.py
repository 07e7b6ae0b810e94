"""What the goldens of SSA hold, computed by ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import inputs
import torch
import weights
from numpy.typing import NDArray
from rvosbench_baselines.ssa import build
from rvosbench_baselines.ssa.alignment import put_in_order
from rvosbench_baselines.ssa.model import Ssa
from rvosbench_baselines.ssa.selection import (
    chosen,
    mask_logits,
    object_scores,
    on_picture,
    on_video,
    union,
)
from torch import Tensor, nn

Array = NDArray[Any]


def golden_model(variant: str) -> Ssa:
    """In evaluation mode, with the generated weights."""
    model = build(variant)
    model.load_state_dict(weights.fill(model.state_dict()), strict=True)
    return model.eval()


def frames_of(run: dict[str, Any]) -> list[Tensor]:
    return list(torch.from_numpy(inputs.ssa_frames(inputs.clip(*run["clip"]))))


def ids_of(run: dict[str, Any]) -> Tensor:
    words, seed = run["words"]
    return torch.from_numpy(inputs.clip_ids(words, seed, run["vocab"]))


def computed(model: Ssa, run: dict[str, Any]) -> dict[str, Array]:
    """Every array that a run stores, by its kind and name."""
    pictures, ids = frames_of(run), ids_of(run)
    with torch.inference_mode(), _watched(model) as seen:
        text = model.read(ids)
        parts = []
        for first in range(0, len(pictures), run["chunk"]):
            pixels = model.prepare(pictures[first : first + run["chunk"]])
            parts.append(model.relate(model.start(pixels), text))
        queries = torch.cat([part.queries for part in parts], 1)
        video = model.follow(queries, torch.cat([part.sentence for part in parts]))
        features = torch.cat([part.masks for part in parts])
        masks = torch.cat([part.predictions[-1].pred_masks for part in parts])
        first_masks = torch.cat([part.predictions[0].pred_masks for part in parts])
        logits = torch.cat([part.predictions[-1].pred_logits for part in parts])
        found = {
            "dig/text.words": text.words,
            "mid/text.sentence": text.sentence,
            "mid/resizer": seen["resizer"][0][None],
            "mid/aligned_queries": put_in_order(seen["projected"][0], video.order),
            "dig/temporal": _temporal(seen["long"][0], video.order),
            "dig/pixel.memory": torch.cat([one[0] for one in seen["encoder"]]),
            "mid/pixel.sentence": torch.cat([part.sentence for part in parts]),
            "dig/mask_features": torch.cat([one.masks for one in seen["pixels"]]),
            "mid/frame.pred_logits": logits,
            "dig/frame.pred_masks": masks,
            "mid/frame.queries": queries[0],
            "dig/frame.layer0_masks": first_masks,
            "dig/vita_mask_features": features,
            "out/pred_logits": video.pred_logits[0, 0],
            "out/pred_mask_embed": video.pred_mask_embed[0, 0],
            "out/mask_logits": mask_logits(video.pred_mask_embed[0, 0], features),
            "int/alignment": video.order[1:, :, 0],
        }
        for place in range(4):
            found[f"dig/stage.{place}"] = torch.cat(seen[f"stage.{place}"])
            found[f"dig/res{place + 2}"] = torch.cat(seen[f"res{place + 2}"])
        found |= _selected(video.pred_logits[0, 0], video.pred_mask_embed[0, 0], features, pictures[0], run)
    return {name: value.numpy() for name, value in found.items()}


def _selected(
    logits: Tensor, embedded: Tensor, features: Tensor, picture: Tensor, run: dict[str, Any]
) -> dict[str, Tensor]:
    scores = object_scores(logits)
    padded = (features.shape[2] * 4, features.shape[3] * 4)
    found = {}
    for name, rule in (("mevis", "union"), ("top1", "top1")):
        places = chosen(scores, rule, run["threshold"])  # type: ignore[arg-type]
        seen = on_picture(
            mask_logits(embedded[places], features), padded, (picture.shape[1], picture.shape[2])
        )
        found[f"bits/{name}_mask"] = union(on_video(seen, tuple(run["out"])))
        sure = seen.sigmoid() * (seen.sigmoid() > 0.5)
        area = (seen.sigmoid() > 0.5).flatten(1).sum(1)
        found[f"out/{name}_score"] = scores[places] * sure.flatten(1).sum(1) / (area + 1e-6)
        found[f"int/{name}"] = places
    found["out/mevis_scores"] = found.pop("out/mevis_score")
    selected = torch.zeros(len(scores), dtype=torch.int64)
    selected[found.pop("int/mevis")] = 1
    found["int/mevis_selected"] = selected
    found["int/top1"] = found["int/top1"][0]
    return found


def _temporal(lines: Tensor, order: Tensor) -> Tensor:
    """[q * N, T, C] -> [T, q, N, C]"""
    frames, count, clips = order.shape
    return lines.view(count, clips, frames, -1).permute(2, 0, 1, 3)


@contextmanager
def _watched(model: Ssa) -> Iterator[dict[str, list[Any]]]:
    """What the modules give whose results are stored, call by call."""
    trunk = model.backbone.clip_model.visual.trunk
    modules: dict[str, nn.Module] = {
        "resizer": model.resizer,
        "encoder": model.sem_seg_head.pixel_decoder.transformer.encoder,
        "pixels": model.sem_seg_head.pixel_decoder,
        "projected": model.vita_module.input_proj_dec,
        "long": model.vita_module.long_temporal,
    }
    for place in range(4):
        modules[f"stage.{place}"] = trunk.stages[place]
        modules[f"res{place + 2}"] = model.backbone.stage_adapter_layers[place]
    seen: dict[str, list[Any]] = {name: [] for name in modules}

    def keep(name: str) -> Callable[..., None]:
        return lambda module, given, result: seen[name].append(result)

    hooks = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
