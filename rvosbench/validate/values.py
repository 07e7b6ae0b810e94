"""Rules on pixels: masks are decoded, a few of them or all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rvosbench.errors import PredictionsRefused, ProblemLog
from rvosbench.masks import planes
from rvosbench.masks.planes import KernelError, Plane
from rvosbench.predictions.base import Picture, Png
from rvosbench.protocols import pictures as report
from rvosbench.protocols.ref_davis17 import MAX_PROPOSALS
from rvosbench.schema import Role
from rvosbench.validate.suspicion import FEWEST_FRAMES, Signs

if TYPE_CHECKING:
    from rvosbench.predictions.base import Kind, Predictions, VideoPredictions
    from rvosbench.progress import Progress
    from rvosbench.protocols.base import Wanted
    from rvosbench.splits.split import Split, Video

_MOST_PIXELS = 1 << 26  # of a mask whose size only the file itself tells
Size = tuple[int, int]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Looked:
    """What decoding came to: `decoded` masks, and what the expressions are like where all were."""

    decoded: int
    signs: tuple[Signs, ...] = ()
    scores: tuple[float, ...] = ()


def look_at_some(
    split: Split,
    predictions: Predictions,
    some: Sequence[tuple[Wanted, str]],
    sizes: Mapping[str, Size],
    log: ProblemLog,
) -> int:
    """Decodes these masks, and gives how many could be."""
    decoded = 0
    for wanted, stem in some:
        video = split.videos[wanted.video]
        size = _size(video, sizes)
        if size is None:
            continue
        look = _Look(video, size, predictions.kind)
        look.at(wanted, predictions.of_video(video.name), [stem])
        decoded += look.decoded
        log.include(look.log)
    return decoded


def look_at_all(
    split: Split,
    predictions: Predictions,
    wanted: Mapping[str, Sequence[Wanted]],
    sizes: Mapping[str, Size],
    log: ProblemLog,
    progress: Progress,
    threads: int,
) -> Looked:
    """Decodes every mask, video by video. The kernel works without the lock of the interpreter, so threads
    are enough."""
    decoded, signs, scores = 0, list[Signs](), list[float]()

    def work() -> Iterator[Callable[[], _Look | None]]:
        for name, every in wanted.items():
            # A new object: what is read of its masks is gone with it. They are read here, in one thread.
            video = replace(split.videos[name])
            if split.manifest.ground_truth:
                _ = video.masks
            yield partial(_look_at, video, every, predictions.of_video(name), predictions.kind, sizes)

    for every, look in zip(wanted.values(), _in_turn(work(), threads), strict=True):
        if look is not None:
            decoded += look.decoded
            signs += look.signs
            scores += look.scores
            log.include(look.log)
        progress.advance(sum(len(one.frames) for one in every))
    return Looked(decoded, tuple(signs), tuple(scores))


def _in_turn(work: Iterator[Callable[[], T]], threads: int) -> Iterator[T]:
    """What the calls give, with a few of them under way."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[T]] = deque()
        for one in work:
            waiting.append(pool.submit(one))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _look_at(
    video: Video,
    wanted: Sequence[Wanted],
    predictions: VideoPredictions,
    kind: Kind,
    sizes: Mapping[str, Size],
) -> _Look | None:
    size = _size(video, sizes)
    if size is None:
        return None
    look = _Look(video, size, kind)
    for one in wanted:
        look.at(one, predictions)
    return look


def _size(video: Video, sizes: Mapping[str, Size]) -> Size | None:
    if video.height is not None and video.width is not None:
        return video.height, video.width
    found = sizes.get(video.name)
    return found if found is not None and found[0] * found[1] <= _MOST_PIXELS else None


class _Look:
    """At the masks of one video."""

    def __init__(self, video: Video, size: Size, kind: Kind) -> None:
        self._video = video
        self._size = size
        self._kind = kind
        self._truths: dict[tuple[tuple[str, ...], int], bytes] = {}
        self.log = ProblemLog()
        self.decoded = 0
        self.signs: list[Signs] = []
        self.scores: list[float] = []

    def at(self, wanted: Wanted, predictions: VideoPredictions, stems: Sequence[str] | None = None) -> None:
        """`stems`: only these, and then nothing is said of the expression as a whole."""
        asked = [self._video.frames[frame] for frame in wanted.frames] if stems is None else stems
        try:
            decoded = self._decoded(wanted, asked, predictions)
        except PredictionsRefused as error:
            self.log.include(error.problems)
            return
        there = [words for words in decoded if words is not None]
        self.decoded += len(there)
        if stems is None and there and len(there) == len(asked):
            self.signs.append(self._signs(wanted, there))

    def _decoded(
        self, wanted: Wanted, stems: Sequence[str], predictions: VideoPredictions
    ) -> list[bytes | None]:
        """Masks as the words of planes, label maps as bytes; None for what is not there or is refused."""
        if wanted.annotator is not None:
            maps = predictions.labels(wanted.annotator, stems)
            return [self._labels(wanted, stem, png) for stem, png in zip(stems, maps, strict=True)]
        expression = wanted.expression or ""
        if self._kind == "queries":
            for queries in predictions.queries(expression, stems):
                self.scores += [query.score for query in queries]
        masks = predictions.pictures(expression, stems)
        return [self._mask(wanted, stem, one) for stem, one in zip(stems, masks, strict=True)]

    def _mask(self, wanted: Wanted, stem: str, picture: Picture | None) -> bytes | None:
        where = f"{wanted.name}/{stem}"
        if picture is None:
            return None
        if isinstance(picture, Png):
            try:
                plane, facts = planes.read_png(picture.content, *self._size)
            except KernelError as error:
                report.report_refused(where, error.reason, picture.content, self._size, self.log)
                return None
            report.report_mask_facts(where, facts, self.log)
            return plane.words
        if (picture.height, picture.width) != self._size:
            report.report_size(where, (picture.height, picture.width), self._size, self.log)
            return None
        try:
            return Plane.from_counts(picture.counts, *self._size).words
        except KernelError as error:
            report.report_counts(where, str(error), self.log)
            return None

    def _labels(self, wanted: Wanted, stem: str, png: Png | None) -> bytes | None:
        where = f"{wanted.name}/{stem}.png"
        if png is None:
            return None
        try:
            labels, facts = planes.read_labels(png.content, *self._size)
        except KernelError as error:
            report.report_labels_unreadable(where, error, png.content, self._size, self.log)
            return None
        if facts.largest > MAX_PROPOSALS:
            report.report_labels(where, facts.largest, MAX_PROPOSALS, self.log)
            return None
        return labels.tobytes()

    def _signs(self, wanted: Wanted, decoded: Sequence[bytes]) -> Signs:
        empty = not any(map(any, decoded))
        same = len(decoded) >= FEWEST_FRAMES and all(one == decoded[0] for one in decoded)
        # Ranked samples lie too far apart to expect a mask to change.
        constant = None if self._kind == "queries" else same and not empty
        return Signs(wanted.name, empty, constant, self._exact(wanted, decoded))

    def _exact(self, wanted: Wanted, decoded: Sequence[bytes]) -> bool | None:
        """Whether they are the ground truth; None where that is hidden or nothing is to be seen."""
        if self._video.mask_rows is None:
            return None
        if wanted.annotator is not None:
            truths = [self._truth_map(frame) for frame in wanted.frames]
        else:
            objects = self._video.expressions[wanted.expression or ""].objects
            if not objects:
                return None
            truths = [self._truth(objects, frame) for frame in wanted.frames]
        return list(decoded) == truths if any(map(any, truths)) else None

    def _truth(self, objects: tuple[str, ...], frame: int) -> bytes:
        key = objects, frame
        if key not in self._truths:
            found = Plane.empty(*self._size)
            for name in objects:
                counts = self._video.masks.get(name, {}).get(frame)
                if counts is not None:
                    found |= Plane.from_counts(counts, *self._size)
            self._truths[key] = found.words
        return self._truths[key]

    def _truth_map(self, frame: int) -> bytes:
        found = np.zeros(self._size, np.uint8)
        for name, one in self._video.objects.items():
            if one.role is not Role.VOID and name.isdecimal() and int(name) < 256:
                plane = Plane(self._truth((name,), frame), *self._size)
                found[plane.to_array()] = int(name)
        return found.tobytes()
