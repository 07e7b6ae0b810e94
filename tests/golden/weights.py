"""Weights that follow from a key's name and shape alone, so that a parity reference needs no checkpoint file.

`fill(state_dict)` returns a new dict with the same keys.  For each floating-point entry:

  seed     crc32 of the canonical key (utf-8); PCG64 of numpy; 24-bit integers k -> u = k / 2**23 - 1
  ndim>=2  u * sqrt(3 / fan_in), fan_in = prod(shape[1:])            (unit gain for a linear map)
           u * sqrt(3) for learned codes (names in UNIT): query/level/position codes, SOLA's Fourier matrix
  ndim==1  last name part 'weight'            1 + 0.1 u              (norms)
           last name part gamma|gamma_v|gamma_l    0.3 u     (layer scales; the bias rule hides the branch)
           anything else (biases)                 0.05 u
  ndim==0  0.07 + 0.01 u
  GAIN multiplies the ndim>=2 and the bias rule for the names listed there.
Left as they are (structural): integer and boolean entries, and keys ending in 'empty_weight' (loss
constants).  Tied keys: SOC registers its box heads twice; `transformer.decoder.bbox_embed.*` takes the
value of `bbox_embed.*`.

Everything is float32 arithmetic on exact integers: bit-identical on every machine.  The integers are what
`np.random.Generator(PCG64(seed)).integers(0, 2**24, n)` returns, taken from `random_raw` because numpy only
promises a frozen stream for the latter.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

UNIT = ("query_embed", "fq_pos", "level_embed", "positional_encoding_gaussian_matrix")
TIED = (("transformer.decoder.bbox_embed.", "bbox_embed."),)

# The first one that matches at the start of the canonical key counts.
GAIN = tuple(
    (re.compile(pattern), gain)
    for pattern, gain in (
        # SOC: relative coordinates reach the image size; keeps the 8 mask channels visible
        (r"controller\.layers\.2\.", 0.25),
        # SOLA: the convolutions end without a norm (std 20): the first softmax would be one-hot, and rounding
        # grow 100-fold
        (r"object_lang_align_layers\.0\.obj_attn\.[qk]_proj\.", 0.0625),
        # SSA: all queries of a frame start as the same sentence token; with unit gains they stay the same
        # (scores within 0.003 of each other, alignment always the identity).  Sharper attention to pixels and
        # frame queries, weaker common terms
        (r"sem_seg_head\.predictor\.transformer_cross_attention_layers\..*in_proj_weight", 4.0),
        (
            r"sem_seg_head\.predictor\.(transformer_self|text_cross)_attention_layers\..*out_proj\.weight",
            0.25,
        ),
        (r"vita_module\.transformer_cross_attention_layers\..*in_proj_weight", 3.0),
        (r"vita_module\.(transformer_self_attention_layers|fusion)\..*out_proj\.weight", 0.25),
        (r"vita_module\.time_aware_attn\.weight", 8.0),  # softmax over frames far from uniform
        (r"vita_module\.class_embed\.bias", -40.0),  # +1.36 on the difference: scores on both sides of 0.5
    )
)


def canonical(key: str) -> str:
    for prefix, name in TIED:
        if key.startswith(prefix):
            return name + key[len(prefix) :]
    return key


def uniform(key: str, n: int) -> NDArray[np.float32]:
    """n float32 numbers in [-1, 1), a function of the key's text only"""
    raw = np.random.PCG64(zlib.crc32(key.encode("utf-8"))).random_raw((n + 1) // 2)
    k = np.empty((raw.size, 2), np.uint32)
    k[:, 0] = (raw & np.uint64(0xFFFFFFFF)) >> np.uint64(8)
    k[:, 1] = raw >> np.uint64(40)
    return k.reshape(-1)[:n].astype(np.float32) / np.float32(2**23) - np.float32(1)


def value(key: str, shape: Sequence[int]) -> NDArray[np.float32] | None:
    """float32 array for one entry, or None where the entry is structural"""
    key = canonical(key)
    parts = key.split(".")
    if parts[-1] == "empty_weight":
        return None
    shape = tuple(int(s) for s in shape)
    u = uniform(key, int(np.prod(shape, dtype=np.int64)) if shape else 1)
    gain = np.float32(next((gain for pattern, gain in GAIN if pattern.match(key)), 1))
    if len(shape) >= 2:
        learned = any(part in UNIT for part in parts)
        fan_in = 1 if learned else int(np.prod(shape[1:], dtype=np.int64))
        u = u * (np.float32(np.sqrt(3.0 / fan_in)) * gain)
    elif len(shape) == 1:
        if parts[-1] == "weight":
            u = np.float32(1) + np.float32(0.1) * u
        elif parts[-1] in ("gamma", "gamma_v", "gamma_l"):
            u = np.float32(0.3) * u
        else:
            u = (np.float32(0.05) * gain) * u
    else:
        u = np.float32(0.07) + np.float32(0.01) * u
    return u.reshape(shape)


def fill(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    import torch

    out = {}
    for key, old in state_dict.items():
        new = value(key, old.shape) if old.is_floating_point() else None
        out[key] = old.clone() if new is None else torch.from_numpy(np.ascontiguousarray(new)).to(old.dtype)
    return out
