"""SAM's prompt encoder: the position code of the picture, and SAM's own prompts (points, boxes, masks).

RefSAM takes the position code from here and makes its prompts from words instead; SAM's own are kept so that
its files load whole and the model can be checked against SAM.
"""

from __future__ import annotations

from math import pi

import torch
from torch import Tensor, nn

from rvosbench_baselines.layers.channel_norm import LayerNorm2d

# Labels of points.
BACKGROUND, FOREGROUND, NO_POINT = 0, 1, -1


class RandomPositionCode(nn.Module):
    """Sines and cosines of positions along random directions. The directions come with the weights."""

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, width // 2))

    def forward(self, positions: Tensor) -> Tensor:
        """Positions (x, y) in 0..1, [..., 2], to [..., width]."""
        angles = 2 * pi * ((2 * positions - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat((angles.sin(), angles.cos()), dim=-1)

    def of_grid(self, side: int) -> Tensor:
        """The code of the centres of a grid, [1, width, side, side]."""
        directions = self.positional_encoding_gaussian_matrix
        centres = (torch.arange(side, device=directions.device, dtype=directions.dtype) + 0.5) / side
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        code: Tensor = self(torch.stack((x, y), dim=-1))
        return code.permute(2, 0, 1).unsqueeze(0)


class PromptEncoder(nn.Module):
    def __init__(self, width: int, *, grid: int, image: int, mask_channels: int) -> None:
        super().__init__()
        self.grid, self.image = grid, image
        self.pe_layer = RandomPositionCode(width)
        # Background point, foreground point, top left and bottom right corner of a box.
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, width) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, mask_channels // 4, kernel_size=2, stride=2),
            LayerNorm2d(mask_channels // 4),
            nn.GELU(),
            nn.Conv2d(mask_channels // 4, mask_channels, kernel_size=2, stride=2),
            LayerNorm2d(mask_channels),
            nn.GELU(),
            nn.Conv2d(mask_channels, width, kernel_size=1),
        )
        self.no_mask_embed = nn.Embedding(1, width)

    def position_code(self) -> Tensor:
        """[1, C, grid, grid]."""
        return self.pe_layer.of_grid(self.grid)

    def points(self, positions: Tensor, labels: Tensor) -> Tensor:
        """Points [B, N, 2] in pixels of the padded picture, labels [B, N], to [B, N, C]."""
        background, foreground, _, _ = self._kinds()
        code = self._code_of(positions)
        label = labels.unsqueeze(-1)
        code = torch.where(label == NO_POINT, self.not_a_point_embed.weight, code)
        code = torch.where(label == BACKGROUND, code + background, code)
        return torch.where(label == FOREGROUND, code + foreground, code)

    def boxes(self, boxes: Tensor) -> Tensor:
        """Boxes [B, 4] (x1, y1, x2, y2) in pixels of the padded picture, to [B, 2, C]."""
        return self._code_of(torch.unflatten(boxes, -1, (2, 2))) + torch.cat(self._kinds()[2:])

    def masks(self, logits: Tensor) -> Tensor:
        """Mask logits [B, 1, 4 grid, 4 grid] to [B, C, grid, grid]."""
        dense: Tensor = self.mask_downscaling(logits)
        return dense

    def no_mask(self) -> Tensor:
        """[1, C, grid, grid]."""
        return self.no_mask_embed.weight[:, :, None, None].expand(-1, -1, self.grid, self.grid)

    def _code_of(self, pixels: Tensor) -> Tensor:
        code: Tensor = self.pe_layer((pixels + 0.5) / self.image)
        return code

    def _kinds(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        background, foreground, top_left, bottom_right = self.point_embeddings.parameters()
        return background, foreground, top_left, bottom_right
