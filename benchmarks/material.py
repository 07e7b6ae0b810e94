"""What the benchmarks score: blobs that move and change their outline, as official releases have them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rvosbench.datasets.base import find
from rvosbench.masks import rle
from rvosbench.splits.convert import convert

SIZES = {"480p": (480, 854), "720p": (720, 1280), "1080p": (1080, 1920)}
SPLIT = "valid_u"

Mask = NDArray[np.bool_]
Track = Sequence[Mask]


def draw(video: int, size: tuple[int, int], frames: int) -> tuple[list[Mask], list[Mask]]:
    """Ground truth and prediction: the blob, and the blob moved by some pixels or worn off at its edge."""
    rng = np.random.default_rng(video)
    height, width = size
    radius = height * rng.uniform(0.12, 0.25)
    centre = np.array([height, width]) * rng.uniform(0.35, 0.65, 2)
    step = height * rng.uniform(-0.012, 0.012, 2) * 10 / max(frames, 10)
    amplitudes, phases = rng.uniform(0.02, 0.1, 5), rng.uniform(0, 2 * np.pi, 5)
    moved = height * rng.uniform(0.006, 0.02, 2) if video % 2 else np.zeros(2)
    worn = 0.0 if video % 2 else height * rng.uniform(0.008, 0.025)
    truth, prediction = [], []
    for frame in range(frames):
        here, turned = centre + frame * step, phases + 0.1 * frame
        truth.append(_blob(size, here, radius, 0.0, amplitudes, turned))
        prediction.append(_blob(size, here + moved, radius, worn, amplitudes, turned))
    return truth, prediction


def _blob(
    size: tuple[int, int],
    centre: NDArray[np.float64],
    radius: float,
    worn: float,
    amplitudes: NDArray[np.float64],
    phases: NDArray[np.float64],
) -> Mask:
    """A disk whose radius swings smoothly with the angle, less what is worn off its edge."""
    rows = np.arange(size[0])[:, None] - centre[0]
    columns = np.arange(size[1])[None, :] - centre[1]
    angle = np.arctan2(rows, columns).astype(np.float32)
    outline = sum(
        amplitude * np.cos((number + 2) * angle + phase)
        for number, (amplitude, phase) in enumerate(zip(amplitudes, phases, strict=True))
    )
    inside: Mask = np.hypot(rows, columns) < radius * (1 + outline) - worn
    return inside


def png(mask: Mask) -> bytes:
    """8-bit gray of the values 0 and 1: TrackEval would take 255 for void."""
    file = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def stems(frames: int) -> Iterator[str]:
    return (f"{frame:05d}" for frame in range(frames))


def rles(track: Track) -> list[dict[str, object]]:
    return [{"size": list(mask.shape), "counts": rle.encode(mask).decode("ascii")} for mask in track]


def convert_release(
    folder: Path, videos: Mapping[str, Sequence[dict[str, object]]], sentences: Mapping[str, int]
) -> Path:
    """Writes a MeViS release of one object to a video, which all its sentences mean, and converts it. The
    folder of converted splits."""
    release = folder / "release" / SPLIT
    release.mkdir(parents=True)
    meta, masks = {}, {}
    for anno_id, (video, track) in enumerate(videos.items()):
        sentence = {"exp": "the blob that moves", "obj_id": [0], "anno_id": [anno_id]}
        expressions = {str(number): sentence for number in range(sentences[video])}
        meta[video] = {"vid_id": anno_id, "frames": list(stems(len(track))), "expressions": expressions}
        masks[str(anno_id)] = track
    (release / "meta_expressions.json").write_text(json.dumps({"videos": meta}), encoding="utf-8")
    (release / "mask_dict.json").write_text(json.dumps(masks), encoding="utf-8")
    convert(find("mevis-v1"), folder / "release", SPLIT, data=folder / "data", frames="none")
    return folder / "data"
