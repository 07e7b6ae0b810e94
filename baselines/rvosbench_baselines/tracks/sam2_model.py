"""SAM 2, from a released file and one of the configurations of the package `sam2`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from rvosbench.errors import Code, Problem, UsageError
from rvosbench_baselines.checkpoints import StateRules, fit, read_state

CONFIGS = MappingProxyType(
    {
        f"{version}_hiera_{size}": f"configs/{version}/{version}_hiera_{size}.yaml"
        for version in ("sam2", "sam2.1")
        for size in ("t", "s", "b+", "l")
    }
)
RULES = StateRules(fix="give the configuration that belongs to this file with --sam2-config")

# What `build_sam2` of the package sets, beside the filling of small holes, which needs its CUDA extension.
_AS_RELEASED = MappingProxyType(
    {
        "sam_mask_decoder_extra_args": {
            "dynamic_multimask_via_stability": True,
            "dynamic_multimask_stability_delta": 0.05,
            "dynamic_multimask_stability_thresh": 0.98,
        },
        "binarize_mask_from_pts_for_mem_enc": True,
    }
)
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A picture, ready to be asked for masks."""

    image: Tensor
    fine: list[Tensor]
    size: tuple[int, int]


class Sam2:
    """Never asks for torchvision: the package's mask generator and image predictor do, its video predictor,
    whose parts serve for both here, does not."""

    def __init__(self, predictor: Any, device: str) -> None:
        self.predictor = predictor
        self.device = torch.device(device)

    @property
    def side(self) -> int:
        """Pictures are squeezed into a square of this side."""
        return int(self.predictor.image_size)

    def precision(self) -> torch.autocast:
        """bfloat16 on a GPU, as the authors run it."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.device.type == "cuda")

    def embed(self, picture: NDArray[np.uint8]) -> Embedding:
        """As the package's image predictor does: resized as numbers, with antialiasing."""
        pixels = torch.tensor(picture, device=self.device).permute(2, 0, 1)[None] / 255
        pixels = nn.functional.interpolate(
            pixels, (self.side, self.side), mode="bilinear", antialias=True, align_corners=False
        )
        features = self.predictor.forward_image(_normalised(pixels))
        _, maps, _, sizes = self.predictor._prepare_backbone_features(features)
        if self.predictor.directly_add_no_mem_embed:
            maps[-1] = maps[-1] + self.predictor.no_mem_embed
        planes = [one.permute(1, 2, 0).reshape(1, -1, *size) for one, size in zip(maps, sizes, strict=True)]
        return Embedding(planes[-1], planes[:-1], (picture.shape[0], picture.shape[1]))

    def masks_at_points(self, embedding: Embedding, points: Tensor) -> tuple[Tensor, Tensor]:
        """Points [N, 2] as x, y from 0 to 1 -> logits [N, 3, h, w] at a quarter of the side, and [N, 3], how
        good each is thought to be."""
        labels = torch.ones((len(points), 1), dtype=torch.int32, device=self.device)
        return self._decode(embedding, points[:, None], labels, several=True)

    def masks_in_boxes(self, embedding: Embedding, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes [N, 4] as left, top, right, bottom from 0 to 1 -> logits [N, 1, h, w] and [N, 1]."""
        labels = torch.tensor([[2, 3]], dtype=torch.int32, device=self.device).expand(len(boxes), 2)
        return self._decode(embedding, boxes.view(-1, 2, 2), labels, several=False)

    def full_size(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """[N, h, w] -> [N, height, width]."""
        large = nn.functional.interpolate(logits[:, None].float(), size, mode="bilinear", align_corners=False)
        return large[:, 0]

    def video_picture(self, picture: NDArray[np.uint8]) -> Tensor:
        """[1, 3, side, side], as the package's video predictor does: resized as a picture."""
        resized = np.asarray(Image.fromarray(picture).resize((self.side, self.side)))
        return _normalised(torch.tensor(resized, device=self.device).permute(2, 0, 1)[None] / 255)

    def _decode(
        self, embedding: Embedding, places: Tensor, labels: Tensor, *, several: bool
    ) -> tuple[Tensor, Tensor]:
        encoder = self.predictor.sam_prompt_encoder
        coordinates = places.to(self.device, torch.float32) * self.side
        sparse, dense = encoder(points=(coordinates, labels), boxes=None, masks=None)
        logits, quality, _, _ = self.predictor.sam_mask_decoder(
            image_embeddings=embedding.image,
            image_pe=encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=several,
            repeat_image=len(places) > 1,
            high_res_features=embedding.fine,
        )
        return logits, quality


def load(weights: Path, config: str, device: str) -> Sam2:
    """`config` is one of `CONFIGS`, or the path of a YAML file of that form."""
    predictor = build(config)
    fit(predictor, read_state(weights), RULES, source=weights, what=config)
    return Sam2(predictor.to(device), device)


def build(config: str) -> nn.Module:
    """The video predictor with its initial weights."""
    from hydra.utils import instantiate
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    path = _config_path(config)
    try:
        model = OmegaConf.load(path).model
        model._target_ = "sam2.sam2_video_predictor.SAM2VideoPredictor"
        model = OmegaConf.merge(model, dict(_AS_RELEASED))
        _check_targets(OmegaConf.to_container(model, resolve=True))
        predictor: nn.Module = instantiate(model, _recursive_=True)
    except UsageError:
        raise
    except (OmegaConfBaseException, AttributeError, ValueError, OSError) as error:
        raise _bad_config(path, str(error).split("\n", 1)[0]) from error
    return predictor.eval()


def _config_path(config: str) -> Path:
    if config in CONFIGS:
        import sam2

        return Path(sam2.__file__).parent / CONFIGS[config]
    path = Path(config)
    if not path.is_file():
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--sam2-config",
                expected=f"one of {', '.join(CONFIGS)}, or a YAML file",
                found=config,
                fix="give the one that belongs to the weights; SOLA uses sam2_hiera_l",
            )
        )
    return path


def _check_targets(node: Any) -> None:
    """A configuration names the classes that are made; a foreign one must not name others than SAM 2's."""
    children: Sequence[Any] = ()
    if isinstance(node, dict):
        target = node.get("_target_", "sam2.")
        if not str(target).startswith("sam2."):
            raise _bad_config("--sam2-config", f"_target_: {target}")
        children = list(node.values())
    elif isinstance(node, list):
        children = node
    for child in children:
        _check_targets(child)


def _bad_config(path: object, found: str) -> UsageError:
    return UsageError(
        Problem(
            Code.BAD_STRUCTURE,
            str(path),
            expected="a configuration of the package sam2",
            found=found,
            fix=f"name one of {', '.join(CONFIGS)}",
        )
    )


def _normalised(pixels: Tensor) -> Tensor:
    mean, std = (pixels.new_tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))
    return (pixels - mean) / std
