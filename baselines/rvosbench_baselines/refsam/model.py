"""After RefSAM: pictures and words to one mask per frame, and a token that goes from frame to frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rvosbench_baselines.refsam.config import RefSamConfig
from rvosbench_baselines.refsam.image_encoder import Adapter, ImageEncoder
from rvosbench_baselines.refsam.mask_decoder import MaskDecoder
from rvosbench_baselines.refsam.prompt_encoder import PromptEncoder
from rvosbench_baselines.refsam.track import QueryInteractionModule
from rvosbench_baselines.refsam.words import attended_text, cross_modal_mlp


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A picture as the prompts meet it: the last map and the mean of the earlier ones, [B, C, h, w], of
    length 1 at every pixel."""

    last: Tensor
    earlier: Tensor

    def of(self, rows: Tensor) -> SeenFrame:
        """Some pictures of the batch, by their places."""
        return SeenFrame(self.last[rows], self.earlier[rows])


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """Words [B, N, C] and the whole sentence [B, 1, C], of length 1."""

    words: Tensor
    whole: Tensor


@dataclass(frozen=True, slots=True)
class FrameMask:
    """Mask logits [B, 1, 4h, 4w] of the padded picture, their guessed IoU [B, 1], and the track token
    [B, 1, C] that the next frame is given."""

    logits: Tensor
    quality: Tensor
    track_token: Tensor


class RefSam(nn.Module):
    """The names of the parameters are SAM's, and the authors' for their own parts.

    Only those parts train: adapters, mask decoder, cross-modal MLP, dense attention and tracking. The rest of
    SAM is frozen, and the text encoder is not part of the module.
    """

    def __init__(self, config: RefSamConfig) -> None:
        super().__init__()
        self.config = config
        width, vit = config.width, config.vit
        self.image_encoder = ImageEncoder(vit, width)
        self.prompt_encoder = PromptEncoder(
            width, grid=vit.grid, image=vit.image, mask_channels=config.mask_channels
        )
        self.mask_decoder = MaskDecoder(config)
        self.resizer = cross_modal_mlp(config.text_width, width, config.resizer_layers)
        self.dense_conv = nn.Conv2d(2 * width, width, kernel_size=1)
        # The share of the last map against the earlier ones in the dense prompt.
        self.multi_scale_weight = nn.Parameter(torch.full((1,), 0.5))
        self.track_net = QueryInteractionModule(width, heads=config.track_heads, hidden=config.track_mlp)
        self._freeze_sam()

    def see(self, pixels: Tensor) -> SeenFrame:
        """Normalised and padded pixels [B, 3, image, image]; the same for every sentence about them."""
        last, earlier = self.image_encoder(pixels)
        directions = torch.stack([functional.normalize(one, dim=1) for one in earlier])
        return SeenFrame(functional.normalize(last, dim=1), functional.normalize(directions.mean(0), dim=1))

    def read(self, text: Tensor) -> ReadSentence:
        """The text encoder's output [B, N, D]. All tokens count, padding too, as they do for the authors."""
        words = functional.normalize(self.resizer(text), dim=-1)
        return ReadSentence(words, functional.normalize(self.resizer(text.mean(1, keepdim=True)), dim=-1))

    def segment(
        self, frame: SeenFrame, sentence: ReadSentence, track_token: Tensor | None = None
    ) -> FrameMask:
        """One frame; a picture may be shared by the B sentences. Without a track token it is the first."""
        decoded = self.mask_decoder(
            frame.last,
            self.prompt_encoder.position_code(),
            sentence.words,
            self.dense_prompt(frame, sentence),
            track_token,
        )
        token = self.track_net(decoded.tokens[:, :1], track_token)
        return FrameMask(decoded.logits[:, :1], decoded.quality[:, :1], token)

    def dense_prompt(self, frame: SeenFrame, sentence: ReadSentence) -> Tensor:
        """Hierarchical dense attention, [B, C, h, w]."""
        text = torch.cat((sentence.words, sentence.whole), dim=1)
        share = self.multi_scale_weight
        return share * self._fused(frame.last, text) + (1 - share) * self._fused(frame.earlier, text)

    def forward(
        self, pixels: Tensor, text: Tensor, track_token: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The frames [T, 3, image, image] of one clip for its B sentences [B, N, D], in order: mask logits
        [T, B, 1, 4h, 4w] and the track token after the last frame."""
        return self.follow((self.see(frame.unsqueeze(0)) for frame in pixels), text, track_token)

    def follow(
        self, frames: Iterable[SeenFrame], text: Tensor, track_token: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The same of frames that were seen, of one clip or of B clips with a sentence each."""
        sentence = self.read(text)
        logits = []
        for frame in frames:
            mask = self.segment(frame, sentence, track_token)
            logits.append(mask.logits)
            track_token = mask.track_token
        return torch.stack(logits), track_token

    def trainable_parts(self) -> dict[str, int]:
        """How many parameters train, by part."""
        adapters = [part for part in self.modules() if isinstance(part, Adapter)]
        parts: dict[str, list[nn.Parameter]] = {
            "adapters": [p for adapter in adapters for p in adapter.parameters()],
            "mask_decoder": list(self.mask_decoder.parameters()),
            "resizer": list(self.resizer.parameters()),
            "dense_conv": [*self.dense_conv.parameters(), self.multi_scale_weight],
            "track_net": list(self.track_net.parameters()),
        }
        return {name: sum(p.numel() for p in of if p.requires_grad) for name, of in parts.items()}

    def _fused(self, image: Tensor, text: Tensor) -> Tensor:
        of_text = attended_text(image, text)
        fused: Tensor = self.dense_conv(torch.cat((image.expand_as(of_text), of_text), dim=1))
        return fused

    def _freeze_sam(self) -> None:
        self.prompt_encoder.requires_grad_(False)
        self.image_encoder.requires_grad_(False)
        for part in self.image_encoder.modules():
            if isinstance(part, Adapter):
                part.requires_grad_(True)
