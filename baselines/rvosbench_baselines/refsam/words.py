"""From words to prompts: the cross-modal MLP, and dense attention between pixels and words."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor, nn


def cross_modal_mlp(text_width: int, width: int, hidden_layers: int) -> nn.Sequential:
    """Half the text's width inside; the authors' `resizer`, whose files are named by position."""
    hidden = text_width // 2
    layers: list[nn.Module] = [nn.Linear(text_width, hidden), nn.ReLU()]
    for _ in range(hidden_layers):
        layers += [nn.Linear(hidden, hidden), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(hidden, width))


def attended_text(image: Tensor, text: Tensor) -> Tensor:
    """For every pixel of [B or 1, C, h, w] the mean of the text vectors [B, N, C], weighted by how well they
    fit it."""
    fit = torch.einsum("bchw,bnc->bnhw", image.expand(len(text), -1, -1, -1), text)
    weights = torch.softmax(fit / sqrt(text.shape[-1]), dim=1)
    return torch.einsum("bnhw,bnc->bchw", weights, text)
