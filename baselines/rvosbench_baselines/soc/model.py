"""SOC as a whole: what is seen, what is read, and what becomes of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rvosbench_baselines.layers.mlp import MLP
from rvosbench_baselines.layers.position_codes import sine_1d, sine_2d
from rvosbench_baselines.soc.config import SocConfig
from rvosbench_baselines.soc.deformable_transformer import DeformableTransformer, FrameQueries, moved
from rvosbench_baselines.soc.dynamic_masks import dynamic_masks, parameter_count
from rvosbench_baselines.soc.fusion import Fusion
from rvosbench_baselines.soc.spatial_decoder import SpatialDecoder
from rvosbench_baselines.soc.text import TextFeatures, TextProjection, read_sentences, text_encoder
from rvosbench_baselines.soc.video_object_cluster import VideoObjectCluster
from rvosbench_baselines.soc.video_swin import VideoSwin

NORM_GROUPS = 32
MASK_STRIDE = 4
CLASS_PRIOR = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class VisualFeatures:
    """What does not depend on words, of B clips of T frames; N = B * T, clip by clip.

    `finest` [N, c, h, w] at stride 4; `levels` and `codes` [N, C, h, w] and `paddings` [N, h, w] at strides
    8, 16, 32, 64; `sizes` [N, 2] width and height of the pictures without padding.
    """

    clips: int
    finest: Tensor
    levels: tuple[Tensor, ...]
    paddings: tuple[Tensor, ...]
    codes: tuple[Tensor, ...]
    sizes: Tensor

    def of(self, rows: Tensor) -> VisualFeatures:
        """Of the clips with these numbers, any of them as often as it is asked for."""
        frames = torch.arange(len(self.finest), device=rows.device).view(self.clips, -1)[rows].flatten()
        return VisualFeatures(
            len(rows),
            self.finest[frames],
            tuple(one[frames] for one in self.levels),
            tuple(one[frames] for one in self.paddings),
            tuple(one[frames] for one in self.codes),
            self.sizes[frames],
        )


@dataclass(frozen=True, slots=True, eq=False)
class SocOutput:
    """Of one decoder layer. `earlier` are those of the layers before it, where there are any.

    `pred_cls` [T, B, q, K] logits, `pred_boxes` [T, B, q, 4] (centre, width, height; 0 to 1), `pred_masks`
    [T, B, q, H/4, W/4] logits; `objects` [B, q, C] and `text` [B, C] are what the contrastive loss compares.
    """

    pred_cls: Tensor
    pred_boxes: Tensor
    pred_masks: Tensor
    objects: Tensor
    text: Tensor
    earlier: tuple[SocOutput, ...] = ()


class Backbone(nn.Module):
    def __init__(self, body: VideoSwin) -> None:
        super().__init__()
        self.body = body

    def forward(self, frames: Tensor) -> list[Tensor]:
        maps: list[Tensor] = self.body(frames)
        return maps


class Soc(nn.Module):
    def __init__(self, config: SocConfig, *, frozen_text: bool = True) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.backbone = nn.ModuleList([Backbone(VideoSwin(config.swin))])
        self.bbox_embed = nn.ModuleList(MLP([width, width, width, 4]) for _ in range(config.decoder_depth))
        self.class_embed = nn.ModuleList(
            nn.Linear(width, config.num_classes) for _ in range(config.decoder_depth)
        )
        self.transformer = DeformableTransformer(config)
        self.transformer.decoder.bbox_embed = self.bbox_embed
        *coarse, last = config.swin.widths[1:]
        self.input_proj = nn.ModuleList(_projection(channels, width, 1) for channels in (*coarse, last))
        self.input_proj.append(_projection(last, width, 3))
        self.text_encoder = text_encoder(config.text)
        self.query_embed = nn.Embedding(config.queries, width)
        self.spatial_decoder = SpatialDecoder(width, config.swin.width, config.mask_channels)
        self.voc = VideoObjectCluster(config)
        self.vlf = Fusion(width, config.heads)
        self.lvf = Fusion(width, config.heads)
        self.txt_proj = TextProjection(config.text.width, width, config.dropout)
        self.controller = MLP([width, width, width, parameter_count(config.mask_channels, config.mask_depth)])
        self._reset_heads()
        self.text_encoder.requires_grad_(not frozen_text)

    def _reset_heads(self) -> None:
        """Classes start unlikely, boxes at their reference points and small."""
        for head in self.class_embed:
            nn.init.constant_(head.get_parameter("bias"), -math.log((1 - CLASS_PRIOR) / CLASS_PRIOR))
        for head in self.bbox_embed:
            nn.init.zeros_(head.get_parameter("layers.2.weight"))
            nn.init.zeros_(head.get_parameter("layers.2.bias"))
        nn.init.constant_(self.bbox_embed[0].get_parameter("layers.2.bias")[2:], -2.0)
        for name, weight in self.controller.named_parameters():
            (nn.init.zeros_ if name.endswith("bias") else nn.init.xavier_uniform_)(weight)

    def forward(
        self,
        frames: Tensor,
        ids: Tensor,
        present: Tensor,
        padding: Tensor | None = None,
        kept: Tensor | None = None,
    ) -> SocOutput:
        """`frames` [T, B, 3, H, W] normalised, `ids` and `present` [B, L]; see `see` for the others."""
        return self.relate(self.see(frames, padding, kept), self.read(ids, present))

    def see(
        self, frames: Tensor, padding: Tensor | None = None, kept: Tensor | None = None
    ) -> VisualFeatures:
        """`frames` [T, B, 3, H, W]; `padding` [T, B, H, W] is True where there is no picture, below and to
        the right of it. `kept` are the frames that go on behind the backbone, as many of each clip, as places
        in the row of all frames, clip by clip: frame t of clip b is b * T + t."""
        if padding is None:
            padding = frames.new_zeros(*frames.shape[:2], *frames.shape[3:], dtype=torch.bool)
        hidden = padding.transpose(0, 1).flatten(0, 1)
        maps = self.backbone[0](frames.permute(1, 2, 0, 3, 4))
        if kept is not None:
            hidden = hidden[kept]
            maps = [one[kept] for one in maps]
        levels = [project(one) for project, one in zip(self.input_proj, [*maps[1:], maps[-1]], strict=True)]
        paddings = [_shrunk(hidden, level) for level in levels]
        codes = [sine_2d(one, self.config.width, half_cell=True).to(levels[0].dtype) for one in paddings]
        sizes = torch.stack([(~hidden[:, 0]).sum(1), (~hidden[:, :, 0]).sum(1)], -1)
        return VisualFeatures(frames.shape[1], maps[0], tuple(levels), tuple(paddings), tuple(codes), sizes)

    def read(self, ids: Tensor, present: Tensor) -> TextFeatures:
        return read_sentences(self.text_encoder, self.txt_proj, ids, present)

    def relate(self, seen: VisualFeatures, text: TextFeatures) -> SocOutput:
        levels, words = self._fuse(seen, text)
        frames = self.transformer(levels, seen.paddings, seen.codes, self.query_embed.weight)
        hidden = _frames_first(frames.hidden.transpose(0, 1), seen.clips).movedim(
            2, 0
        )  # [layers, T, B, q, C]
        if self.training:
            clustered = self._cluster(hidden, text.sentence)
        else:
            clustered = self._cluster(hidden[-1:], text.sentence)
            # The released inference adds the clustered objects to every layer, and of the results returns
            # those of the first, since it pairs them with the one layer that the cluster gives.
            hidden = hidden[:1]
        if self.config.cluster:
            hidden = hidden + clustered[:, None]
        hidden = hidden.transpose(1, 2).flatten(1, 2)
        features = self.spatial_decoder(frames.maps, seen.finest)
        sentence = _mean_of_words(words, text.padding)
        outputs: tuple[SocOutput, ...] = ()
        for layer, queries in enumerate(hidden):
            outputs += (self._predict(layer, queries, clustered[layer], sentence, frames, features, seen),)
        last = outputs[-1]
        return SocOutput(
            last.pred_cls, last.pred_boxes, last.pred_masks, last.objects, last.text, outputs[:-1]
        )

    def _fuse(self, seen: VisualFeatures, text: TextFeatures) -> tuple[list[Tensor], Tensor]:
        """The levels that the words changed, and the words [L, B, C] that the level at stride 32 changed."""
        word_codes = sine_1d(text.padding, self.config.width).transpose(0, 1).to(text.words.dtype)
        levels: list[Tensor] = []
        words = text.words
        for index, level in enumerate(seen.levels):
            pixels = _as_sequence(level, seen.clips)
            fused = pixels
            if self.config.words_to_pixels:
                fused = self.vlf(pixels, text.words, text.padding, word_codes)
            levels.append(_as_maps(fused, level))
            if index < len(seen.levels) - 1 and self.config.pixels_to_words:
                padding = seen.paddings[index].view(seen.clips, -1)
                words = self.lvf(text.words, pixels, padding, _as_sequence(seen.codes[index], seen.clips))
        return levels, words

    def _cluster(self, queries: Tensor, sentence: Tensor) -> Tensor:
        """[layers, B, q, C] of queries of frames [layers, T, B, q, C]; without the cluster their means."""
        objects: Tensor = self.voc(queries, sentence) if self.config.cluster else queries.mean(1)
        return objects

    def _predict(
        self,
        layer: int,
        queries: Tensor,
        objects: Tensor,
        sentence: Tensor,
        frames: FrameQueries,
        features: Tensor,
        seen: VisualFeatures,
    ) -> SocOutput:
        """`queries` [N, q, C] of this layer, `objects` [B, q, C]."""
        start = frames.initial if layer == 0 else frames.references[layer - 1]
        boxes = moved(self.bbox_embed[layer](queries), start)
        points = frames.references[layer, ..., :2] * seen.sizes[:, None]
        masks = dynamic_masks(features, self.controller(queries), points, MASK_STRIDE, self.config.mask_depth)
        clips = seen.clips
        return SocOutput(
            _frames_first(self.class_embed[layer](queries), clips),
            _frames_first(boxes, clips),
            _frames_first(masks, clips),
            objects,
            sentence,
        )


def pad_clips(clips: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Clips [T, 3, h, w] of one length as a batch [T, B, 3, H, W], with zeros below and to the right of
    smaller pictures, and where these are [T, B, H, W]."""
    lengths = {len(clip) for clip in clips}
    if len(lengths) != 1:
        raise ValueError(f"clips of one length make a batch, not of {sorted(lengths)} frames")
    height, width = (max(clip.shape[axis] for clip in clips) for axis in (2, 3))
    padded, hidden = [], []
    for clip in clips:
        margins = (0, width - clip.shape[3], 0, height - clip.shape[2])
        padded.append(functional.pad(clip, margins))
        nothing = clip.new_zeros(len(clip), *clip.shape[2:], dtype=torch.bool)
        hidden.append(functional.pad(nothing, margins, value=True))
    return torch.stack(padded, 1), torch.stack(hidden, 1)


def _projection(channels: int, width: int, kernel: int) -> nn.Sequential:
    """With a kernel of 3 the map is halved."""
    convolution = nn.Conv2d(channels, width, kernel, stride=(kernel + 1) // 2, padding=kernel // 2)
    nn.init.xavier_uniform_(convolution.weight)
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    return nn.Sequential(convolution, nn.GroupNorm(NORM_GROUPS, width))


def _shrunk(padding: Tensor, level: Tensor) -> Tensor:
    """[N, h, w] of [N, H, W]."""
    small = functional.interpolate(padding[None].float(), size=level.shape[-2:])[0]
    return small.to(torch.bool)


def _as_sequence(maps: Tensor, clips: int) -> Tensor:
    """[(B T), C, h, w] to [(T h w), B, C]."""
    frames, channels = len(maps) // clips, maps.shape[1]
    pixels = maps.view(clips, frames, channels, -1).permute(1, 3, 0, 2)
    return pixels.reshape(-1, clips, channels)


def _as_maps(pixels: Tensor, like: Tensor) -> Tensor:
    """[(T h w), B, C] to [(B T), C, h, w]."""
    clips, channels = pixels.shape[1:]
    by_frame = pixels.view(len(like) // clips, -1, clips, channels)
    return by_frame.permute(2, 0, 3, 1).reshape(like.shape)


def _frames_first(x: Tensor, clips: int) -> Tensor:
    """[(B T), ...] to [T, B, ...]."""
    return x.view(clips, len(x) // clips, *x.shape[1:]).transpose(0, 1)


def _mean_of_words(words: Tensor, padding: Tensor) -> Tensor:
    """[B, C] of [L, B, C]."""
    there = (~padding).to(words.dtype).transpose(0, 1)[..., None]
    return (words * there).sum(0) / there.sum(0)
