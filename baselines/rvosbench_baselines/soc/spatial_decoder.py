"""The pyramid of features that masks are made from: from stride 32 up to 4, with few channels in the end."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

GROUPS = 8


class SpatialDecoder(nn.Module):
    def __init__(self, width: int, finest: int, channels: int) -> None:
        """`finest` is the number of channels of the map at stride 4."""
        super().__init__()
        widths = [width // 2**step for step in range(5)]
        self.lay1, self.gn1 = _convolution(width, widths[0]), nn.GroupNorm(GROUPS, widths[0])
        self.lay2, self.gn2 = _convolution(widths[0], widths[1]), nn.GroupNorm(GROUPS, widths[1])
        self.lay3, self.gn3 = _convolution(widths[1], widths[2]), nn.GroupNorm(GROUPS, widths[2])
        self.lay4, self.gn4 = _convolution(widths[2], widths[3]), nn.GroupNorm(GROUPS, widths[3])
        self.lay5, self.gn5 = _convolution(widths[3], widths[4]), nn.GroupNorm(GROUPS, widths[4])
        self.adapter1 = nn.Conv2d(width, widths[1], 1)
        self.adapter2 = nn.Conv2d(width, widths[2], 1)
        self.adapter3 = nn.Conv2d(finest, widths[3], 1)
        self.out_lay = _convolution(widths[4], channels)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight, a=1)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, maps: Sequence[Tensor], finest: Tensor) -> Tensor:
        """`maps` at strides 8, 16, 32 and `finest` at stride 4 to [N, channels, h, w] at stride 4."""
        x = self.gn1(self.lay1(maps[2])).relu()
        x = self.gn2(self.lay2(x)).relu()
        x = self.gn3(self.lay3(_added(self.adapter1(maps[1]), x))).relu()
        x = self.gn4(self.lay4(_added(self.adapter2(maps[0]), x))).relu()
        x = self.gn5(self.lay5(_added(self.adapter3(finest), x))).relu()
        features: Tensor = self.out_lay(x)
        return features


def _convolution(channels: int, result: int) -> nn.Conv2d:
    return nn.Conv2d(channels, result, 3, padding=1)


def _added(fine: Tensor, coarse: Tensor) -> Tensor:
    return fine + functional.interpolate(coarse, size=fine.shape[-2:], mode="nearest")
