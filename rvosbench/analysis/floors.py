"""Floors and ceilings: answers made from the ground truth by fixed rules, to measure scores against.

A floor is what is reached without reading the sentence; a ceiling is what a way of answering could reach at
best. They are written as predictions, in any form, and scored like those of a model. docs/floors.md has the
definitions in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from rvosbench.analysis.track_file import TrackFile
from rvosbench.analysis.track_sets import best_object, best_set, targets_in
from rvosbench.errors import Code, DatasetError, Problem, UsageError
from rvosbench.evaluate.plan import check_ground_truth, check_obstacles
from rvosbench.masks import rle
from rvosbench.masks.planes import KernelError
from rvosbench.predictions.writer import MaskWriter, ParquetWriter, open_writer
from rvosbench.progress import Progress, Silent
from rvosbench.protocols.catalogue import default
from rvosbench.schema import Role

if TYPE_CHECKING:
    from rvosbench.splits.split import Expression, Split, Video

Answer = Sequence[bytes | None]
"""The counts of each scored frame of a sentence; None where nothing is answered."""
Answers = Callable[["Expression"], Answer]
"""What a floor answers to the sentences of one video."""


@dataclass(frozen=True, slots=True)
class Floor:
    name: str
    title: str
    side: Literal["floor", "ceiling"]
    definition: str
    prepare: Callable[[Video], Answers]
    """Looks at a video once; what it gives answers all of its sentences."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, in numbers."""

    out: Path
    sentences: int
    masks: int
    empty: int


def _empty(video: Video) -> Answers:
    return lambda expression: [None] * len(expression.scored)


def _largest(video: Video) -> Answers:
    chosen = largest_object(video)
    masks = {} if chosen is None else video.masks.get(chosen, {})
    return lambda expression: [masks.get(frame) for frame in expression.scored]


def _first_frame(video: Video) -> Answers:
    def held(expression: Expression) -> Answer:
        objects = [video.masks.get(name, {}) for name in expression.objects or ()]
        first = min((frame for frames in objects for frame in frames), default=None)
        counts = None if first is None else targets_in(video, expression, first).to_counts()
        return [counts] * len(expression.scored)

    return held


def _track(video: Video) -> Answers:
    return lambda expression: best_object(video, expression)


FLOORS = (
    Floor("empty", "Nothing", "floor", "nothing, in every frame", _empty),
    Floor(
        "largest",
        "Largest object",
        "floor",
        "the same object to every sentence of a video: the one with the largest mean area over the frames in "
        "which it is seen, among all annotated objects, followed over the whole video",
        _largest,
    ),
    Floor(
        "first-frame-oracle",
        "First frame, held",
        "ceiling",
        "the ground truth of the first frame in which a target is seen, held still in every frame",
        _first_frame,
    ),
    Floor(
        "track-oracle",
        "Best single object",
        "ceiling",
        "the one annotated object, or none, whose masks have the highest mean J with the targets; of the "
        "tracks of a model, those that are added one by one while mean J grows",
        _track,
    ),
)


def find(name: str) -> Floor:
    by_name = {floor.name: floor for floor in FLOORS}
    if name not in by_name:
        near = get_close_matches(name, by_name, n=1)
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                name,
                expected="one of " + ", ".join(by_name),
                found=name,
                fix=f"did you mean {near[0]}?" if near else "choose one of these",
            )
        )
    return by_name[name]


def largest_object(video: Video) -> str | None:
    """The text-blind choice; of several equal ones the first in the order of the split."""
    areas: dict[str, list[int]] = {}
    if video.mask_rows is not None:
        for name, mask in video.mask_rows.measured(video.name):
            if video.objects[name].role is not Role.VOID:
                areas.setdefault(name, []).append(mask.area)
    return max(areas, key=lambda name: float(np.mean(areas[name])), default=None)


def write(
    floor: Floor, split: Split, out: Path, tracks: Path | None = None, progress: Progress | None = None
) -> Written:
    """Predictions for every sentence of the split, in the form that `out` is named after."""
    progress = progress or Silent()
    check_ground_truth(split)
    check_obstacles(split, [default(split.manifest.dataset)])
    prepare = floor.prepare
    if tracks is not None:
        prepare = _chosen_among(floor, tracks, split)
    masks = empty = 0
    about = split.manifest
    progress.start(f"{floor.name}, {about.dataset}:{about.split}", len(split.expressions), "sentence")
    with open_writer(out, split) as writer:
        for one in split.videos.values():
            video = replace(one)  # what it reads of its masks is gone with it
            for expression, answer in _answered(video, prepare):
                _add(writer, expression, answer)
                masks += len(answer)
                empty += sum(counts is None for counts in answer)
                progress.advance()
    progress.finish()
    return Written(out, len(split.expressions), masks, empty)


def _answered(video: Video, prepare: Callable[[Video], Answers]) -> Iterator[tuple[Expression, Answer]]:
    try:
        answers = prepare(video)
        for expression in video.expressions.values():
            yield expression, answers(expression)
    except (KernelError, rle.RleError) as error:
        raise DatasetError(
            Problem(
                Code.SPLIT_DAMAGED,
                video.name,
                expected="masks of the size of the video",
                found=str(error),
                fix="convert the split again",
            )
        ) from error


def _chosen_among(floor: Floor, path: Path, split: Split) -> Callable[[Video], Answers]:
    if floor.name != "track-oracle":
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--tracks",
                expected="track-oracle, the one that chooses among tracks",
                found=floor.name,
                fix="leave --tracks out",
            )
        )
    file = TrackFile.open(path, split)

    def prepare(video: Video) -> Answers:
        tracks = file.of_video(video)
        return lambda expression: best_set(video, expression, tracks)

    return prepare


def _add(writer: MaskWriter, expression: Expression, answer: Answer) -> None:
    video = expression.video
    height, width = video.size
    nothing = rle.empty(height, width)
    stems = [video.frames[frame] for frame in expression.scored]
    counts = [one or nothing for one in answer]
    scores = [_certainty(one, height, width) for one in counts]
    if isinstance(writer, ParquetWriter):
        for stem, one, score in zip(stems, counts, scores, strict=True):
            writer.add_counts(video.name, expression.name, stem, one, height, width, score)
        return
    for stem, one, score in zip(stems, counts, scores, strict=True):
        mask = rle.decode(one, height, width)
        writer.add(video.name, expression.name, [stem], mask[None], [score])


def _certainty(counts: bytes, height: int, width: int) -> float:
    """For protocols that rank answers: the share of the picture, since larger masks hit more often. Any rule
    will do that does not look at the sentence and has few ties."""
    return rle.measure(counts, height, width)[0] / (height * width)
