"""The transformer of SAM's mask decoder: tokens look at the picture, and the picture looks at the tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):
    """Multi-head attention whose queries, keys and values may be narrower than what comes in."""

    def __init__(self, width: int, heads: int, *, narrower: int = 1) -> None:
        super().__init__()
        self.heads = heads
        inner = width // narrower
        self.q_proj = nn.Linear(width, inner)
        self.k_proj = nn.Linear(width, inner)
        self.v_proj = nn.Linear(width, inner)
        self.out_proj = nn.Linear(inner, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        heads = (
            self._by_head(self.q_proj(query)),
            self._by_head(self.k_proj(key)),
            self._by_head(self.v_proj(value)),
        )
        attended = functional.scaled_dot_product_attention(*heads)
        out: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return out

    def _by_head(self, x: Tensor) -> Tensor:
        return torch.unflatten(x, -1, (self.heads, -1)).transpose(1, 2)


class MLPBlock(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, hidden)
        self.lin2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.lin2(functional.relu(self.lin1(x)))
        return out


class TwoWayBlock(nn.Module):
    """In the first block the tokens are their own position code, hence nothing is added to them there."""

    def __init__(self, width: int, heads: int, hidden: int, *, first: bool) -> None:
        super().__init__()
        self.first = first
        self.self_attn = Attention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attn_token_to_image = Attention(width, heads, narrower=2)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = MLPBlock(width, hidden)
        self.norm3 = nn.LayerNorm(width)
        self.norm4 = nn.LayerNorm(width)
        self.cross_attn_image_to_token = Attention(width, heads, narrower=2)

    def forward(
        self, tokens: Tensor, image: Tensor, token_code: Tensor, image_code: Tensor
    ) -> tuple[Tensor, Tensor]:
        if self.first:
            tokens = self.norm1(self.self_attn(tokens, tokens, tokens))
        else:
            placed = tokens + token_code
            tokens = self.norm1(tokens + self.self_attn(placed, placed, tokens))
        seen = self.cross_attn_token_to_image(tokens + token_code, image + image_code, image)
        tokens = self.norm2(tokens + seen)
        tokens = self.norm3(tokens + self.mlp(tokens))
        told = self.cross_attn_image_to_token(image + image_code, tokens + token_code, tokens)
        return tokens, self.norm4(image + told)


class TwoWayTransformer(nn.Module):
    def __init__(self, width: int, *, depth: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            TwoWayBlock(width, heads, hidden, first=index == 0) for index in range(depth)
        )
        self.final_attn_token_to_image = Attention(width, heads, narrower=2)
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(self, image: Tensor, image_code: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Image and code [B, C, h, w], tokens [B, N, C]; to tokens [B, N, C] and image [B, C, h, w]."""
        shape = image.shape[-2:]
        seen, code = image.flatten(2).transpose(1, 2), image_code.flatten(2).transpose(1, 2)
        out = tokens
        for layer in self.layers:
            out, seen = layer(out, seen, tokens, code)
        looked = self.final_attn_token_to_image(out + tokens, seen + code, seen)
        return self.norm_final_attn(out + looked), torch.unflatten(seen.transpose(1, 2), -1, shape)
