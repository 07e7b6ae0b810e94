"""Draws the pictures of docs/anatomy.md: each kind of error in a made-up video, before and after its repair.

    python benchmarks/anatomy_pictures.py docs/pictures

Every prediction is scored and taken apart as well; a picture of an error that is of another kind is refused.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rvosbench import sample
from rvosbench.analysis.anatomy import dissect
from rvosbench.analysis.opened import open_result
from rvosbench.datasets.base import find
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.predictions.writer import ParquetWriter
from rvosbench.splits.convert import convert
from rvosbench.splits.split import Split, Video, open_folder

VIDEO, HEART, BOTH, TRIANGLE = "visitor-06", "0", "3", "5"
LEAVING = "1"  # the sentence about the heart that leaves
SIZE, GAP = (240, 135), 6
MASK = np.array([240, 130, 20])
OUTLINE, PAPER = (255, 255, 255), (255, 255, 255)

Mask = NDArray[np.bool_]
Masks = NDArray[np.bool_]
Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """`objects` are masks of all frames, by name; `truth` those of the targets of a sentence."""

    video: Video
    objects: Mapping[str, Masks]

    def truth(self, expression: str) -> Masks:
        whole: Masks = np.any([self.objects[one] for one in self._targets(expression)], axis=0)
        return whole

    def _targets(self, expression: str) -> tuple[str, ...]:
        return self.video.expressions[expression].objects or ()


Change = Callable[[Scene, Masks], Masks]


@dataclass(frozen=True)
class Case:
    """What is predicted for a sentence, and the frames that are shown. `repair` makes the masks right again,
    as its kind does; None where that is the ground truth."""

    kind: str
    expression: str
    frames: tuple[int, int, int]
    predict: Change
    repair: Change | None = None
    missing: tuple[int, ...] = ()


def in_frames(frames: range, change: Change) -> Change:
    """The change in these frames alone."""

    def some(scene: Scene, masks: Masks) -> Masks:
        changed = masks.copy()
        changed[frames] = change(scene, masks)[frames]
        return changed

    return some


def nothing(scene: Scene, masks: Masks) -> Masks:
    return np.zeros_like(masks)


def moved(masks: Masks, down: int, right: int) -> Masks:
    """What leaves the picture is gone."""
    most = max(abs(down), abs(right))
    height, width = masks.shape[1:]
    wide = np.pad(masks, ((0, 0), (most, most), (most, most)))
    return wide[:, most - down : most - down + height, most - right : most - right + width]


def grown(masks: Masks, by: int) -> Masks:
    found = masks.copy()
    for down in range(-by, by + 1):
        for right in range(-by, by + 1):
            if down * down + right * right <= by * by:
                found |= moved(masks, down, right)
    return found


def late(masks: Masks, by: int) -> Masks:
    found: Masks = masks[np.maximum(0, np.arange(len(masks)) - by)]
    return found


def fired(scene: Scene, masks: Masks) -> Masks:
    """The heart is gone; an earlier mask comes back."""
    found = masks.copy()
    found[~masks.any(axis=(1, 2))] = masks[10]
    return found


CASES = (
    Case("no-answer", HEART, (4, 8, 12), lambda scene, masks: masks, missing=tuple(range(6, 20))),
    Case(
        "off-time",
        LEAVING,
        (6, 10, 14),
        lambda scene, masks: late(masks, 4),
        lambda scene, masks: np.concatenate((masks[4:], masks[-4:])),
    ),
    Case("absent", LEAVING, (15, 20, 23), fired),
    Case("missed", HEART, (4, 8, 12), in_frames(range(6, 20), nothing)),
    Case("wrong-object", HEART, (4, 8, 12), lambda scene, masks: scene.objects["5"]),
    Case(
        "switch",
        HEART,
        (10, 14, 18),
        in_frames(range(13, 22), lambda scene, masks: scene.objects["5"]),
    ),
    Case(
        "extra-object",
        HEART,
        (4, 8, 12),
        lambda scene, masks: masks | scene.objects["5"],
        lambda scene, masks: masks & ~scene.objects["5"],
    ),
    Case(
        "missed-one",
        BOTH,
        (2, 6, 10),
        lambda scene, masks: scene.objects["7"],
        lambda scene, masks: masks | scene.objects["6"],
    ),
    Case("drift", TRIANGLE, (4, 10, 16), in_frames(range(7, 24), lambda scene, masks: moved(masks, -45, 40))),
    Case("boundary", HEART, (4, 8, 12), lambda scene, masks: grown(moved(masks, 3, 3), 3)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        split = make_split(work)
        video = split.videos[VIDEO]
        frames = range(len(video.frames))
        objects = {one: np.array([thing.mask(at) for at in frames]) for one, thing in video.objects.items()}
        scene = Scene(video, objects)
        for case in CASES:
            truth = scene.truth(case.expression)
            masks = case.predict(scene, truth)
            share, lost = anatomised(case, split, masks, work / case.kind)
            if share < lost / 2:
                raise SystemExit(f"{case.kind} is only {share:.3f} of {lost:.3f}")
            repaired = truth if case.repair is None else case.repair(scene, masks)
            path = folder / f"anatomy-{case.kind}.png"
            draw(case, video, truth, masks, repaired).save(path, optimize=True)
            print(f"{path}: {100 * share:.1f} of the {100 * lost:.1f} that are lost")


def make_split(work: Path) -> Split:
    sample.write(work / "sample", "small", only=["mevis-v2"], predictions=False)
    release = work / "sample" / "mevis-v2"
    convert(find("mevis-v2"), release, "valid_u", data=work / "data", frames="link")
    return open_folder(work / "data" / "mevis-v2" / "valid_u")


def anatomised(case: Case, split: Split, masks: Masks, work: Path) -> tuple[float, float]:
    """The share of the kind in the sentence, and what the sentence loses. All others are right."""
    work.mkdir()
    with ParquetWriter(work / "guess.parquet") as writer:
        for one in split.expressions:
            shown = one.video.name == VIDEO and one.name == case.expression
            for frame in one.scored:
                if not (shown and frame in case.missing):
                    mask = masks[frame] if shown else one.mask(frame)
                    writer.add(one.video.name, one.name, [one.video.frames[frame]], mask[None])
    evaluate(work / "guess.parquet", split, Options(out=work / "result", missing="zero"))
    anatomy = dissect(open_result(str(work / "result")), split, workers=1)
    shares = anatomy.units[VIDEO, case.expression]
    return shares[case.kind], sum(shares.values())


def draw(case: Case, video: Video, truth: Masks, masks: Masks, repaired: Masks) -> Image.Image:
    """Two rows: as predicted, and repaired."""
    width, height = SIZE
    page = Image.new("RGB", (3 * width + 2 * GAP, 2 * height + GAP), PAPER)
    for row, shown in enumerate((masks, repaired)):
        for column, frame in enumerate(case.frames):
            there = None if row == 0 and frame in case.missing else shown[frame]
            cell = overlay(video.frame(frame), truth[frame], there)
            picture = Image.fromarray(cell).resize(SIZE, Image.Resampling.LANCZOS)
            page.paste(picture, (column * (width + GAP), row * (height + GAP)))
    return page.quantize(224)


def overlay(frame: Rgb, truth: Mask, mask: Mask | None) -> Rgb:
    """The mask in colour, the outline of the target in white; a frame without a prediction is struck out."""
    shown = frame.astype(np.float64) * 0.55
    if mask is None:
        height, width = truth.shape
        rows, columns = np.mgrid[:height, :width]
        shown[np.abs(rows * width - columns * height) < 1.5 * width] = 255
    else:
        shown[mask] = 0.25 * shown[mask] + 0.75 * MASK
    edge = grown(truth[None], 3)[0] & ~grown(truth[None], 1)[0]
    shown[edge] = OUTLINE
    return shown.astype(np.uint8)


if __name__ == "__main__":
    main()
