"""Inputs of the parity cases, from integer arithmetic only, and the digest used for large intermediates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from weights import uniform

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def _triangle(v: Ints, half: int) -> Ints:
    """integer triangle wave, 0..255, period 2*half"""
    v = np.mod(v, 2 * half)
    return np.where(v < half, v, 2 * half - v) * 255 // half


def clip(frames: int, height: int, width: int, seed: int = 0, step: int = 1) -> NDArray[np.uint8]:
    """uint8 [T,H,W,3]: two moving gratings and a moving diamond; step > 1 makes frames differ more"""
    t, y, x = (a.astype(np.int64) for a in np.ogrid[:frames, :height, :width])
    t = t * step
    out = np.empty((frames, height, width, 3), np.uint8)
    for c in range(3):
        a = _triangle(3 * x + 2 * y + 5 * t + 37 * c + 11 * seed, 29 + 6 * c)
        b = _triangle(2 * y - x + 3 * t * (c + 1) + 17 * seed + 1000, 41 - 5 * c)
        d = np.abs(x - (width // 4 + 6 * t + seed)) + np.abs(y - (height // 2 - 3 * t))
        o = np.maximum(0, 255 - (6 + c) * d)
        out[..., c] = (2 * a + 2 * b + 3 * o) // 7
    return out


def soc_frames(frames: NDArray[np.uint8]) -> Floats:
    """float32 [T,3,H,W] as SOC wants them: /255, ImageNet mean and std"""
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    deviation = np.array([0.229, 0.224, 0.225], np.float32)
    scaled = (frames.astype(np.float32) / np.float32(255) - mean) / deviation
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def ssa_frames(frames: NDArray[np.uint8]) -> Floats:
    """float32 [T,3,H,W], RGB 0..255; the model subtracts its own mean"""
    return np.ascontiguousarray(frames.astype(np.float32).transpose(0, 3, 1, 2))


def roberta_ids(words: int, seed: int = 0, vocab: int = 50265) -> list[int]:
    """list of ids: <s>=0, `words` ids, </s>=2"""
    middle = [10 + (7919 * (seed + 1) + 10477 * i + 31 * i * i) % (vocab - 20) for i in range(words)]
    return [0, *middle, 2]


def pad_ids(rows: Sequence[Sequence[int]], pad: int = 1) -> tuple[Ints, Ints]:
    """[B,L] int64 and the attention mask (1 = a word)"""
    n = max(map(len, rows))
    ids = np.array([[*row, *[pad] * (n - len(row))] for row in rows], np.int64)
    mask = np.array([[1] * len(row) + [0] * (n - len(row)) for row in rows], np.int64)
    return ids, mask


def clip_ids(words: int, seed: int = 0, vocab: int = 49408, context: int = 77) -> Ints:
    """[1,77] int64: start = vocab-2, `words` ids, end = vocab-1 (the largest id), zeros"""
    middle = [1 + (7919 * (seed + 1) + 10477 * i + 31 * i * i) % (vocab - 10) for i in range(words)]
    ids = [vocab - 2, *middle, vocab - 1]
    return np.array([ids + [0] * (context - len(ids))], np.int64)


def sola_tokens(objects: int, frames: int, words: int, seed: int = 0) -> tuple[Floats, Floats]:
    """object tokens [1,N,T,256] and word features [1,L,1024], float32"""
    base = uniform(f"sola.object.{seed}", objects * 256).reshape(1, objects, 1, 256)
    move = uniform(f"sola.frame.{seed}.{objects}.{frames}", objects * frames * 256)
    tokens = base + np.float32(0.5) * move.reshape(1, objects, frames, 256)
    return tokens, uniform(f"sola.word.{seed}", words * 1024).reshape(1, words, 1024)


def soc_target(
    frames: int, height: int, width: int, visible: ArrayLike | None = None
) -> tuple[NDArray[np.uint8], Floats, Ints]:
    """one referred object: masks uint8 [T,H,W], boxes float32 [T,4] (cx,cy,w,h in 0..1), visible [T]"""
    masks = np.zeros((frames, height, width), np.uint8)
    boxes = np.zeros((frames, 4), np.float32)
    seen = np.ones(frames, np.int64) if visible is None else np.array(visible, np.int64)
    for t in range(frames):
        if seen[t]:
            y0, y1 = height // 6 + t, height // 2 + t
            x0, x1 = width // 4 + 2 * t, width // 2 + 3 * t
            masks[t, y0:y1, x0:x1] = 1
            boxes[t] = (
                (x0 + x1) / 2 / width,
                (y0 + y1) / 2 / height,
                (x1 - x0) / width,
                (y1 - y0) / height,
            )
    return masks, boxes, seen


def sola_labels(objects: int) -> Floats:
    """[1,N] float32"""
    every_third: Floats = (np.arange(objects) % 3 == 0).astype(np.float32)
    return every_third[None]


def digest(x: ArrayLike) -> Floats:
    """130 float32 numbers of an array: mean, std (population, in float64), its first 64 values, 64 values at
    i*n//64"""
    flat = np.asarray(x, np.float32).reshape(-1)
    n = flat.size
    wide = flat.astype(np.float64)
    first = np.zeros(64, np.float32)
    first[: min(64, n)] = flat[:64]
    spread = flat[np.arange(64) * n // 64]
    return np.concatenate([[wide.mean(), wide.std()], first, spread]).astype(np.float32)
