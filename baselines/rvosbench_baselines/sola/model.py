"""The selection module: from the object tokens of all tracks of a video, and a sentence, to their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from rvosbench_baselines.sola.align import AlignmentLayer
from rvosbench_baselines.sola.config import SolaConfig
from rvosbench_baselines.sola.motion import TimeCode, motion_encoder


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    scores: Tensor
    """[N] logits: how much each track is meant. Several sentences at once have an axis before this."""
    tokens: Tensor
    """[N, width]: what each track was summed up as."""


class Sola(nn.Module):
    """There is no axis of videos, on purpose. The norms of the alignment layers take their statistics over
    all tokens of a row, so a track or a step that is added as padding would change every score, masked or
    not. One video and one sentence at a time is what the authors train and test with; several sentences about
    the same tracks are as good, since words can be left out of attention and mean.
    """

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, config: SolaConfig) -> None:
        super().__init__()
        self.config = config
        self.short_motion_encoder = motion_encoder(config)
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(1, config.width // 2))
        self.time_code = TimeCode()
        self.object_lang_align_layers = nn.ModuleList(AlignmentLayer(config) for _ in range(config.layers))
        self.negative_token = nn.Embedding(config.negatives, config.width)

    def forward(self, tokens: Tensor, words: Tensor) -> Selection:
        """Object tokens [N, T, token] of one video, N and T at least 1; words [L, width] of one sentence."""
        return self.select(self.encode(tokens), words)

    def encode(self, tokens: Tensor) -> Tensor:
        """[N, steps, width]: what does not depend on the sentence."""
        encoded: Tensor = self.short_motion_encoder(tokens.transpose(1, 2))
        return encoded.transpose(1, 2)

    def select(self, tracks: Tensor, words: Tensor) -> Selection:
        """Encoded tracks and the words of one sentence."""
        found = self.select_each(tracks, [words])
        return Selection(found.scores[0], found.tokens[0])

    def select_each(self, tracks: Tensor, sentences: Sequence[Tensor]) -> Selection:
        """The same tracks for each of the sentences, which makes an axis before the others. The learned
        negative tokens are words too: what no sentence means is to fit one of them."""
        all_words = [torch.cat((words, self.negative_token.weight)) for words in sentences]
        words = pad_sequence(all_words, batch_first=True)
        lengths = torch.tensor([len(one) for one in all_words], device=words.device)
        present = torch.arange(words.shape[1], device=words.device) < lengths[:, None]
        code = self.time_code(tracks.shape[1], self.positional_encoding_gaussian_matrix)
        tracks = tracks.expand(len(sentences), *tracks.shape)
        for layer in self.object_lang_align_layers:
            tracks = layer(tracks, code, words, None if len(sentences) == 1 else present)
        mean = words.sum(1) / lengths[:, None]  # products with each word have the product with this as mean
        weight = (tracks @ mean[:, None, :, None]).softmax(dim=2)
        summed = (weight * tracks).sum(2)
        return Selection((summed @ mean[..., None])[..., 0], summed)
