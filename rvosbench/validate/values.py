"""Rules on pixels: masks are decoded, a few of them or all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rvosbench.errors import PredictionsRefused, ProblemLog
from rvosbench.masks.planes import Plane
from rvosbench.predictions.base import Picture, Png
from rvosbench.schema import Role
from rvosbench.validate.decoding import decoded_labels, decoded_mask, in_turn, size_of
from rvosbench.validate.heads import is_fine
from rvosbench.validate.suspicion import FEWEST_FRAMES, Signs

if TYPE_CHECKING:
    from rvosbench.predictions.base import Kind, Predictions, VideoPredictions
    from rvosbench.progress import Progress
    from rvosbench.protocols.base import Wanted
    from rvosbench.splits.split import Split, Video
    from rvosbench.validate.decoding import Size

P = TypeVar("P", bound=Picture)


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
    """Decodes these masks, and gives how many. Those whose header was refused are refused already."""
    decoded = 0
    for wanted, stem in some:
        video = split.videos[wanted.video]
        size = size_of(video, sizes)
        if size is None:
            continue
        look = _Look(video, size, predictions.kind)
        look.at(wanted, predictions.of_video(video.name), [stem])
        decoded += look.seen
        log.include(look.log)
    return decoded


def look_at_all(
    split: Split,
    predictions: Predictions,
    wanted: Mapping[str, Sequence[Wanted]],
    sizes: Mapping[str, Size],
    log: ProblemLog,
    progress: Progress,
) -> Looked:
    """Decodes every mask, video by video."""
    decoded, signs, scores = 0, list[Signs](), list[float]()

    def work() -> Iterator[Callable[[], _Look | None]]:
        for name, every in wanted.items():
            # A new object: what is read of its masks is gone with it. They are read here, in one thread.
            video = replace(split.videos[name])
            if split.manifest.ground_truth:
                _ = video.masks
            yield partial(_look_at, video, every, predictions.of_video(name), predictions.kind, sizes)

    for every, look in zip(wanted.values(), in_turn(work()), strict=True):
        if look is not None:
            decoded += look.decoded
            signs += look.signs
            scores += look.scores
            log.include(look.log)
        progress.advance(sum(len(one.frames) for one in every))
    return Looked(decoded, tuple(signs), tuple(scores))


def _look_at(
    video: Video,
    wanted: Sequence[Wanted],
    predictions: VideoPredictions,
    kind: Kind,
    sizes: Mapping[str, Size],
) -> _Look | None:
    size = size_of(video, sizes)
    if size is None:
        return None
    look = _Look(video, size, kind)
    for one in wanted:
        look.at(one, predictions)
    return look


class _Look:
    """At the masks of one video."""

    def __init__(self, video: Video, size: Size, kind: Kind) -> None:
        self._video = video
        self._size = size
        self._kind = kind
        self._truths: dict[tuple[tuple[str, ...], int], bytes] = {}
        self.log = ProblemLog()
        self.seen = 0
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
            maps = self._to_decode(predictions.labels(wanted.annotator, stems), wanted, stems)
            labels = [
                decoded_labels(f"{wanted.name}/{stem}.png", png, self._size, self.log)
                for stem, png in zip(stems, maps, strict=True)
            ]
            return [None if one is None else one.tobytes() for one in labels]
        expression = wanted.expression or ""
        if self._kind == "queries":
            for queries in predictions.queries(expression, stems):
                self.scores += [query.score for query in queries]
        masks = self._to_decode(predictions.pictures(expression, stems), wanted, stems)
        found = [
            decoded_mask(f"{wanted.name}/{stem}", one, self._size, self.log)
            for stem, one in zip(stems, masks, strict=True)
        ]
        return [None if one is None else one.words for one in found]

    def _to_decode(
        self, pictures: Sequence[P | None], wanted: Wanted, stems: Sequence[str]
    ) -> list[P | None]:
        """All of them; of a sample not those whose header has told already what is wrong."""
        found = list(pictures)
        if len(stems) < len(wanted.frames):
            found = [
                None if isinstance(one, Png) and not is_fine(one.content, self._size) else one
                for one in found
            ]
        self.seen += sum(one is not None for one in found)
        return found

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
