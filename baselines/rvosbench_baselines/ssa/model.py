"""SSA as a whole: what is seen and read frame by frame, and what becomes of it in the whole video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rvosbench_baselines.ssa.backbone import Backbone
from rvosbench_baselines.ssa.clip import Text
from rvosbench_baselines.ssa.config import SsaConfig
from rvosbench_baselines.ssa.frame_decoder import FrameDecoder, FramePrediction
from rvosbench_baselines.ssa.pixel_decoder import PixelDecoder
from rvosbench_baselines.ssa.video_decoder import VideoDecoder, VideoPrediction

PIXEL_MEAN = (122.7709383, 116.7460125, 104.09373615)
PIXEL_STD = (68.5005327, 66.6321579, 70.32316305)
"""Of CLIP, for values from 0 to 255 in the order RGB."""
STRIDE = 32
NOTHING_WEIGHT = 0.1
EPSILON = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What the frame part finds in N frames.

    `queries` [L, N, q, C]: of the last layer, and of as many layers as are trained on in training. `sentence`
    [N, 1, C], `masks` [N, C, H/4, W/4] for the masks of the video; `predictions` of all frame layers.
    """

    queries: Tensor
    sentence: Tensor
    masks: Tensor
    predictions: tuple[FramePrediction, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SsaOutput:
    frames: Frames
    video: VideoPrediction


class Resizer(nn.Module):
    """From the embeddings of CLIP to the width of the decoders."""

    def __init__(self, embedding: int, width: int, dropout: float) -> None:
        super().__init__()
        self.fc = nn.Linear(embedding, width)
        self.layer_norm = nn.LayerNorm(width, eps=EPSILON)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        resized: Tensor = self.dropout(self.layer_norm(self.fc(x)))
        return resized


class Head(nn.Module):
    def __init__(self, config: SsaConfig) -> None:
        super().__init__()
        self.pixel_decoder = PixelDecoder(config)
        self.predictor = FrameDecoder(config)


class ClassWeights(nn.Module):
    """How the losses weigh the object and nothing. Released files hold it beside the weights."""

    empty_weight: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("empty_weight", torch.tensor([1.0, NOTHING_WEIGHT]))


class Ssa(nn.Module):
    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(self, config: SsaConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("pixel_mean", torch.tensor(PIXEL_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("pixel_std", torch.tensor(PIXEL_STD).view(3, 1, 1), persistent=False)
        self.backbone = Backbone(config)
        self.sem_seg_head = Head(config)
        self.criterion = ClassWeights()
        self.vita_module = VideoDecoder(config)
        self.vita_criterion = ClassWeights()
        self.resizer = Resizer(config.clip.embedding, config.width, config.dropout)

    def forward(self, frames: Sequence[Tensor], ids: Tensor) -> SsaOutput:
        """`frames` of B videos, as many of each, one video after the other: RGB [3, h, w], 0 to 255; `ids`
        [B, context]. They may differ in size, and are padded to that of all."""
        found = self.relate(self.start(self.prepare(frames)), self.read(ids))
        return SsaOutput(found, self.follow(found.queries, found.sentence, len(ids)))

    def prepare(self, frames: Sequence[Tensor]) -> Tensor:
        """[N, 3, H, W]: normalised, then padded with zeros, below and to the right."""
        height = -(-max(one.shape[1] for one in frames) // STRIDE) * STRIDE
        width = -(-max(one.shape[2] for one in frames) // STRIDE) * STRIDE
        return torch.stack(
            [
                functional.pad(
                    (one.to(self.pixel_mean.device) - self.pixel_mean) / self.pixel_std,
                    (0, width - one.shape[2], 0, height - one.shape[1]),
                )
                for one in frames
            ]
        )

    def read(self, ids: Tensor) -> Text:
        """With gradients only where somebody trains CLIP's text side."""
        learns = any(one.requires_grad for one in self.backbone.clip_model.transformer.parameters())
        with torch.set_grad_enabled(learns and torch.is_grad_enabled()):
            return self.backbone.clip_model.read(ids, self.config.words)

    def start(self, pixels: Tensor) -> Tensor:
        """Of prepared frames [N, 3, H, W] what no sentence has a say in: the first stage of the backbone,
        [N, c, H/4, W/4]."""
        return self.backbone.start(pixels)

    def relate(self, started: Tensor, text: Text) -> Frames:
        """Frame by frame: no frame sees another one here."""
        maps = self.backbone(started, text)
        sentence = self.resizer(text.sentence)[:, None]
        sentence = sentence.repeat_interleave(len(started) // len(sentence), 0)
        features = self.sem_seg_head.pixel_decoder(maps, sentence)
        predictions = self.sem_seg_head.predictor(features)
        kept = self.config.trained_layers if self.training else 1
        queries = torch.stack([one.queries for one in predictions[1:][-kept:]])
        masks = self.vita_module.vita_mask_features(features.finest)
        return Frames(queries, features.sentence, masks, tuple(predictions))

    def follow(self, queries: Tensor, sentence: Tensor, clips: int = 1) -> VideoPrediction:
        """What the frames of whole videos say together; as `Frames` has them, of all their frames."""
        prediction: VideoPrediction = self.vita_module(queries, sentence, clips)
        return prediction
