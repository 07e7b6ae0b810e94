"""A small Ref-DAVIS17 in both forms, the second made from the first as the field's converter does it."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from rvosbench.datasets.base import Options, Release
from rvosbench.datasets.ref_davis import REF_DAVIS17
from rvosbench.errors import ProblemLog
from rvosbench.masks import png
from rvosbench.schema import VideoRecord

Frames = Literal["link", "none"]

STEMS = ("00000", "00001", "00002")
SIZE = (6, 8)
VOID = 255
# Video -> the labels that its frames show. Of dogs-scale, object 2 has no sentence and 255 is void.
LABELS = {"dogs-scale": (1, 2, 3, VOID), "classic-car": (1,), "bear": (1,)}
SPLITS = {"train": ("dogs-scale", "classic-car"), "val": ("bear",)}

# The names are misspelt as in the release.
ANNOT1 = 'dog-scale 3 "a scale"\ndog-scale 1 "a  black   dog"\nclasic-car 1 "a car"\nbear 1 "a bear"\n'
ANNOT1_FULL = (
    'dog-scale 1 "a dog sitting"\ndog-scale 3 "the scale"\nclasic-car 1 "a car"\nbear 1 "the bear"\n'
)
ANNOT2 = 'dog-scale 1 "a dog"\ndog-scale 3 "a caf\u00e9 scale"\nclasic-car 1 "a blue car"\nbear 1 "bear"\n'
ANNOT2_FULL = 'bear 1 "a walking bear"\ndog-scale 1 "dog"\nclasic-car 1 "an old car"\ndog-scale 3 "scale"\n'
TEXTS = {
    "Davis17_annot1.txt": ANNOT1.encode(),
    "Davis17_annot1_full_video.txt": ANNOT1_FULL.encode(),
    "Davis17_annot2.txt": ANNOT2.encode("latin-1"),
    "Davis17_annot2_full_video.txt": ANNOT2_FULL.encode("latin-1"),
}


def write_video(masks: Path, frames: Path | None, labels: Sequence[int]) -> None:
    """Every label fills one row of every frame but the last, where it is one pixel."""
    masks.mkdir(parents=True)
    for index, stem in enumerate(STEMS):
        pixels = np.zeros(SIZE, np.uint8)
        for row, label in enumerate(labels):
            pixels[row, : 1 if index == len(STEMS) - 1 else None] = label
        png.write_labels(masks / f"{stem}.png", pixels)
        if frames is not None:
            frames.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(frames / f"{stem}.jpg")


def write_texts(folder: Path, texts: Mapping[str, bytes] = TEXTS) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in texts.items():
        (folder / name).write_bytes(content)


def write_raw(root: Path, davis: str = "DAVIS", texts: str = "davis_text_annotations") -> Path:
    base = root / davis
    lists = base / "ImageSets" / "2017"
    lists.mkdir(parents=True)
    for split, videos in SPLITS.items():
        (lists / f"{split}.txt").write_text("".join(f"{video}\n" for video in videos))
        for video in videos:
            masks = base / "Annotations_unsupervised" / "480p" / video
            write_video(masks, base / "JPEGImages" / "480p" / video, LABELS[video])
    semantics = {"dogs-scale": {"1": "dog", "2": "dog", "3": "scale"}, "classic-car": {"1": "car"}}
    (base / "davis_semantics.json").write_text(json.dumps(semantics | {"bear": {"1": "bear"}}))
    write_texts(root / texts)
    return root


def write_converted(raw: Path, target: Path) -> Path:
    """What the field's converter makes of `raw`."""
    davis = raw / "DAVIS"
    sentences = [_sentences(raw, name, "utf-8" if "annot1" in name else "latin-1") for name in sorted(TEXTS)]
    semantics = json.loads((davis / "davis_semantics.json").read_text())
    for split, name in (("train", "train"), ("val", "valid")):
        videos = {}
        for video in SPLITS[split]:
            for kind, place in (("JPEGImages", "JPEGImages"), ("Annotations_unsupervised", "Annotations")):
                shutil.copytree(davis / kind / "480p" / video, target / name / place / video)
            groups = zip(*(one[video] for one in sentences), strict=False)
            flat = [{"exp": text, "obj_id": obj} for group in groups for obj, text in group]
            videos[video] = {
                "frames": list(STEMS),
                "expressions": {str(k): one for k, one in enumerate(flat)},
            }
        meta = target / "meta_expressions" / name
        meta.mkdir(parents=True)
        (meta / "meta_expressions.json").write_text(json.dumps({"videos": videos}))
        objects = {
            video: {"objects": {label: {"category": kind} for label, kind in semantics[video].items()}}
            for video in SPLITS[split]
        }
        (target / name / "meta.json").write_text(json.dumps({"videos": objects}))
    return target


def _sentences(raw: Path, name: str, encoding: str) -> dict[str, list[tuple[str, str]]]:
    names = {"clasic-car": "classic-car", "dog-scale": "dogs-scale", "motor-bike": "motorbike"}
    found: dict[str, list[tuple[str, str]]] = {}
    with (raw / "davis_text_annotations" / name).open(encoding=encoding) as file:
        for line in file:
            video, obj, *words = line.split()
            found.setdefault(names.get(video, video), []).append((obj, " ".join(words)[1:-1]))
    return {video: sorted(sentences, key=lambda one: one[0]) for video, sentences in found.items()}


def open_split(source: Path, split: str, log: ProblemLog, frames: Frames = "none") -> Release | None:
    """As a worker process gets it."""
    options = Options(source, frames, target=source.parent / "home" / split)
    release = REF_DAVIS17.open(source, split, options, log)
    if release is not None and not log.has_errors:
        release.prepare(options, log)
    copy: Release | None = pickle.loads(pickle.dumps(release))
    return copy


def read(source: Path, split: str, log: ProblemLog, frames: Frames = "none") -> dict[str, VideoRecord]:
    release = open_split(source, split, log, frames)
    assert release is not None
    records = (release.read(video, log) for video in release.videos)
    return {record.video: record for record in records if record is not None}


def clean(source: Path, split: str, frames: Frames = "none") -> dict[str, VideoRecord]:
    log = ProblemLog()
    records = read(source, split, log, frames)
    assert list(log) == []
    return records
