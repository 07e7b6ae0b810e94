"""CLIP's ConvNeXt with an adapter behind each stage; what an adapter gives is what the next stage sees."""

from __future__ import annotations

from torch import Tensor, nn

from rvosbench_baselines.ssa.clip import Clip, Text
from rvosbench_baselines.ssa.config import SsaConfig
from rvosbench_baselines.ssa.stage_adapter import StageAdapter


class Backbone(nn.Module):
    def __init__(self, config: SsaConfig) -> None:
        super().__init__()
        self.adapted = config.adapters
        self.clip_model = Clip(config.clip)
        self.stage_adapter_layers = nn.ModuleList(
            StageAdapter(width, config.clip.embedding, config.adapter_width, config.heads, config.dropout)
            for width in config.clip.widths
        )
        self.clip_model.requires_grad_(False)

    def start(self, pixels: Tensor) -> Tensor:
        """The first stage before its adapter: all of the backbone that no sentence has a say in."""
        trunk = self.clip_model.visual.trunk
        started: Tensor = trunk.stages[0](trunk.stem(pixels))
        return started

    def forward(self, started: Tensor, text: Text) -> list[Tensor]:
        """From what `start` gives: the maps at strides 4, 8, 16, 32."""
        maps, x = [], started
        for place, stage in enumerate(self.clip_model.visual.trunk.stages):
            x = x if place == 0 else stage(x)
            if self.adapted:
                x = self.stage_adapter_layers[place](x, text)
            maps.append(x)
        return maps
