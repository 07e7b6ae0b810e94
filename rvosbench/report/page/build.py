"""Builds a page: masks first, at the greatest size that leaves room, then pictures in what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rvosbench.analysis.opened import check_same_data
from rvosbench.analysis.over_videos import Work, over_videos, paying_workers
from rvosbench.report.page import document
from rvosbench.report.page.blocks import MasksOf, Material, PictureBlock, PicturesOf, linked_pictures
from rvosbench.report.page.index import index_of
from rvosbench.report.page.options import Options

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.splits.split import Split

T = TypeVar("T")

MEGABYTE = 1_000_000
FIRST_METHOD, EACH_MORE = 30 * MEGABYTE, 20 * MEGABYTE
SIDES = (240, 200, 160, 128, 96)  # of masks: the shorter one, in pixels
PROBES = 8  # videos from which the size of all masks is foreseen
OF_MASKS = 0.6  # how much of the page masks may take where pictures are wanted too
REST = 1_500_000  # sentences, figures, the program


@dataclass(frozen=True, slots=True)
class Built:
    """`side` is that of the masks; `without` names the videos that have no pictures, and says why."""

    path: Path
    bytes: int
    room: int
    cases: int
    side: int
    pictures: int
    without: Mapping[str, str]


def build(results: Sequence[Opened], split: Split, out: Path, options: Options | None = None) -> Built:
    """One page about results of the same data and protocol."""
    check_same_data(results)
    page = _Page(Material(tuple(results), split), out, options or Options())
    return page.build()


class _Page:
    def __init__(self, material: Material, out: Path, options: Options) -> None:
        self._material, self._out, self._options = material, out, options
        self._videos = list(material.cases)
        self._room = options.room or FIRST_METHOD + EACH_MORE * (len(material.results) - 1)
        masks = sum(len(case.stems) for of_video in material.cases.values() for case in of_video)
        self._workers = options.workers or paying_workers(masks * len(material.results))

    def build(self) -> Built:
        side, masks = self._masks()
        pictures = self._pictures(self._room - REST - sum(map(len, masks)))
        without = {one.video: one.why for one in pictures if one.why is not None}
        index = index_of(self._material, self._options, self._about(side, pictures, without))
        blocks = []
        for place, (of_masks, of_pictures) in enumerate(zip(masks, pictures, strict=True)):
            blocks.append((f"m{place}", of_masks))
            if of_pictures.text is not None:
                blocks.append((f"p{place}", of_pictures.text))
        size = document.write(self._out, str(index["title"]), index, blocks)
        cases = sum(map(len, self._material.cases.values()))
        return Built(self._out, size, self._room, cases, side, len(pictures) - len(without), without)

    def _about(
        self, side: int, pictures: Sequence[PictureBlock], without: Mapping[str, str]
    ) -> dict[str, Any]:
        """What the page says of itself."""
        qualities = {
            one.video: None if one.quality is None else [one.quality.side, one.quality.stride]
            for one in pictures
            if one.text is not None
        }
        return {"side": side, "frames": self._options.frames, "pictures": qualities, "without": without}

    def _masks(self) -> tuple[int, list[str]]:
        """The side that was chosen, and the block of each video. Should it turn out that the size was
        foreseen too small, the next smaller side is tried; the last one is taken in any case."""
        share = OF_MASKS if self._options.frames == "embed" else 1.0
        most = (self._room - REST) * share
        foreseen = self._foreseen()
        fitting = [side for side in SIDES[:-1] if foreseen * side / SIDES[0] <= most]
        side, blocks = SIDES[-1], list[str]()
        for side in (*fitting, SIDES[-1]):
            blocks = self._over("masks", MasksOf(self._material, side))
            if sum(map(len, blocks)) <= most:
                break
        return side, blocks

    def _foreseen(self) -> float:
        """What the largest masks will take, from some videos. Smaller ones take less as their side is less,
        since masks are kept as edges."""
        probes = self._videos[:: max(1, len(self._videos) // PROBES)]
        if len(probes) == len(self._videos):
            return 0.0  # trying is as cheap
        sizes = map(len, over_videos(MasksOf(self._material, SIDES[0]), probes, self._workers))
        return sum(sizes) * len(self._videos) / len(probes)

    def _pictures(self, room: int) -> list[PictureBlock]:
        """Every video gets room by its number of frames."""
        videos = [self._material.split.videos[name] for name in self._videos]
        if self._options.frames == "none":
            return [PictureBlock(video.name, None, why="they were left out") for video in videos]
        if self._options.frames == "link":
            return [linked_pictures(video, self._out.parent.resolve()) for video in videos]
        total = sum(len(video.frames) for video in videos)
        rooms = {video.name: max(0, room) * len(video.frames) // total for video in videos}
        return self._over("pictures", PicturesOf(self._material, rooms))

    def _over(self, task: str, work: Work[T]) -> list[T]:
        progress = self._options.progress
        progress.start(task, len(self._videos), "video")
        found = []
        for one in over_videos(work, self._videos, self._workers):
            found.append(one)
            progress.advance()
        progress.finish()
        return found
