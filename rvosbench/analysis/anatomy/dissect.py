"""Takes a result apart, video by video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.analysis.anatomy.outcome import Anatomy, UnitAnatomy
from rvosbench.analysis.anatomy.repairs import Anatomised, Subject
from rvosbench.analysis.anatomy.scene import Scene, Stage, without
from rvosbench.analysis.opened import Opened
from rvosbench.analysis.over_videos import over_videos, paying_workers
from rvosbench.masks.planes import Plane
from rvosbench.metrics.jf import JF_MEAN
from rvosbench.metrics.region import J
from rvosbench.progress import Progress, Silent
from rvosbench.splits.split import Split, open_folder

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Key, UnitFrames
    from rvosbench.evaluate.result import Result
    from rvosbench.protocols.units import Unit
    from rvosbench.splits.split import Video


def dissect(
    opened: Opened, split: Split, *, workers: int | None = None, progress: Progress | None = None
) -> Anatomy:
    """`split` is the one that `open_split` gives. `workers` is a number of processes, None for as many as
    pay."""
    progress = progress or Silent()
    opened.require_masks()
    masks = Counter(dict.fromkeys(split.videos, 0))
    for unit in opened.units:
        masks[unit.video] += unit.frames
    total = sum(masks.values())
    progress.start(f"anatomy of {opened.name}", total, "mask")
    found: dict[Key, tuple[bool, Anatomised]] = {}
    work = OfVideo(opened.name, opened.result, opened.folder, split.folder)
    videos = [video for video in split.videos if masks[video]]
    for of_video in over_videos(work, videos, workers or paying_workers(total)):
        found |= of_video
        progress.advance(masks[next(iter(of_video))[0]])
    progress.finish()
    weights = _weights(opened.units)
    parts = [
        _part(opened, unit, weight, *found[unit.video, unit.unit])
        for unit, weight in zip(opened.units, weights, strict=True)
    ]
    measure = JF_MEAN.key if _with_f(opened) else J.info.key
    return Anatomy(opened.name, opened.result.label, measure, tuple(parts))


@dataclass(frozen=True)
class OfVideo:
    """What worker processes do: the units of one video, taken apart."""

    name: str
    result: Result
    folder: Path
    split_folder: Path

    @cached_property
    def opened(self) -> Opened:
        return Opened(self.name, self.result, self.folder)

    @cached_property
    def split(self) -> Split:
        return open_folder(self.split_folder)

    def __getstate__(self) -> dict[str, object]:
        """Workers open both themselves."""
        return {name: getattr(self, name) for name in ("name", "result", "folder", "split_folder")}

    def __call__(self, video: str) -> dict[Key, tuple[bool, Anatomised]]:
        found = {}
        one = replace(self.split.videos[video])  # what it reads of its masks is gone with it
        units = list(self.opened.masks_by_unit(video))
        scene = Scene(one, void=any(unit.object is not None for unit, _ in units))
        stage: Stage | None = None
        for unit, counts in sorted(units, key=lambda pair: sorted(targets_of(pair[0], one))):
            targets = targets_of(unit, one)
            if stage is None or set(stage.targets) != set(targets):
                stage = Stage(scene, targets)
            subject = _subject(stage, unit, self.opened.frames[video, unit.unit], counts)
            found[video, unit.unit] = scene.others(targets), subject.anatomise()
        return found


def targets_of(unit: Unit, video: Video) -> tuple[str, ...]:
    """The objects that a unit is scored against."""
    if unit.object is not None:
        return (unit.object,)
    expression = video.expressions.get(unit.expression or "")
    return () if expression is None else expression.objects or ()


def _subject(stage: Stage, unit: Unit, frames: UnitFrames, counts: Mapping[str, bytes]) -> Subject:
    video = stage.scene.video
    place_of = {stem: place for place, stem in enumerate(video.frames)}
    places = [place_of[stem] for stem in frames.stems]
    masks: list[Plane | None] = []
    for stem, place, missing in zip(frames.stems, places, frames.missing, strict=True):
        if stem in counts and not missing:
            plane = Plane.from_counts(counts[stem], *stage.scene.size)
            masks.append(without(plane, stage.scene.void(place)))
        elif missing or frames.f is None:
            masks.append(None)
        else:
            masks.append(stage.scene.empty)
    scores = frames.j if frames.f is None else (frames.j + frames.f) / 2
    return Subject(stage, places, masks, scores, with_f=frames.f is not None)


def _weights(units: Sequence[Unit]) -> list[float]:
    """Of Ref-DAVIS17 the mean over annotators is the figure, so each of them counts the same."""
    size = Counter(unit.annotator if unit.object is not None else None for unit in units)
    return [1 / (len(size) * size[unit.annotator if unit.object is not None else None]) for unit in units]


def _part(opened: Opened, unit: Unit, weight: float, others: bool, found: Anatomised) -> UnitAnatomy:
    sentence = opened.sentences.get((unit.video, unit.expression or ""))
    return UnitAnatomy(
        (unit.video, unit.unit),
        unit.expression,
        "" if sentence is None else sentence.text,
        weight,
        others,
        found,
    )


def _with_f(opened: Opened) -> bool:
    return any(frames.f is not None for frames in opened.frames.values())
