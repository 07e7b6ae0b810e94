"""The motion encoder: what a track does over time, from its object tokens, at an eighth of the frame rate."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rvosbench_baselines.sola.config import SolaConfig

STRIDE = 8  # frames to a step: three convolutions of stride 2


class StandardisedConv1d(nn.Conv1d):
    """A convolution whose filters have mean 0 and deviation 1 whenever they are used.

    The deviation is the unbiased one over the fan-in, and the small number is added to it, not to the
    variance.
    """

    def forward(self, x: Tensor) -> Tensor:
        flat = self.weight.flatten(1)
        flat = flat - flat.mean(1, keepdim=True)
        flat = flat / (flat.std(1, keepdim=True) + 1e-5)
        return nn.functional.conv1d(
            x, flat.view_as(self.weight), self.bias, self.stride, self.padding, self.dilation, self.groups
        )


def motion_encoder(config: SolaConfig) -> nn.Sequential:
    """[N, token, T] -> [N, width, ceil(T/8)]. The authors' files name its layers by their place in this list:
    convolutions at 0, 4, 8, 12, 16 and 20, norms at 1, 5, 9, 13 and 17."""
    stem, width = config.stem, config.width
    blocks = ((config.token, stem, 2), (stem, stem, 2), (stem, stem, 2), (stem, width, 1), (width, width, 1))
    layers: list[nn.Module] = []
    for narrow, wide, stride in blocks:
        layers += [
            StandardisedConv1d(narrow, wide, 3, stride=stride, padding=1),
            nn.GroupNorm(config.groups, wide),
            nn.LeakyReLU(),
            nn.Dropout(config.motion_dropout),
        ]
    layers.append(StandardisedConv1d(width, width, 1))
    return nn.Sequential(*layers)


class TimeCode(nn.Module):
    """Random Fourier features of the place of a step. The random matrix belongs to the checkpoint: with
    another one the weights are worth nothing. It is kept by `Sola`, under the authors' name."""

    SCALE = 100.0

    def forward(self, steps: int, matrix: Tensor) -> Tensor:
        """[steps, width], given the matrix [1, width / 2]."""
        place = torch.arange(steps, device=matrix.device, dtype=matrix.dtype) / self.SCALE
        angle = 2 * torch.pi * (place[:, None] @ matrix)
        return torch.cat((angle.sin(), angle.cos()), dim=-1)
