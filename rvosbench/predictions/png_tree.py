"""<video>/<expression>/<frame>.png, in folders or in a zip: what most servers take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rvosbench.errors import PredictionsRefused, Problem, ProblemLog
from rvosbench.predictions import digest
from rvosbench.predictions.base import Picture, Png, Predictions, VideoPredictions
from rvosbench.predictions.files import FileTree, Folder
from rvosbench.predictions.layout import (
    SUFFIX,
    Root,
    file_names,
    find_root,
    largest_png,
    matched,
    not_there,
    note_extras,
    note_surroundings,
)

if TYPE_CHECKING:
    from rvosbench.splits.split import Expression, Split


@dataclass(frozen=True, slots=True)
class PngTreeVideo(VideoPredictions):
    folders: Mapping[str, Folder]  # by expression
    largest: int

    def pictures(self, expression: str, stems: Sequence[str]) -> list[Picture | None]:
        return [*read_pngs(self.folders.get(expression), stems, self.largest)]

    def absent(self, expression: str, stems: Sequence[str]) -> list[str]:
        return not_there(self.folders.get(expression), stems)


def read_pngs(folder: Folder | None, stems: Sequence[str], largest: int) -> list[Png | None]:
    """Also what palette trees are read with."""
    if folder is None:
        return [None] * len(stems)
    log = ProblemLog()
    contents = folder.read(file_names(stems), largest, log)
    if log.has_errors:
        raise PredictionsRefused(*log)
    return [None if content is None else Png(content) for content in contents]


class PngTree(Predictions):
    kind = "masks"

    def __init__(self, tree: FileTree, root: Root, split: Split) -> None:
        self.form = "PNG files in a zip" if tree.zipped else "PNG files in folders"
        self.source = tree.source
        self.tree, self.root = tree, root
        self._split = split
        self._wanted = wanted_folders(split)
        self._folders = matched(tree, root, self._wanted)
        self.notes = _notes(tree, root, self._wanted)

    def videos(self) -> set[str]:
        return {self._wanted[folder].video.name for folder in self._folders}

    def of_video(self, video: str) -> PngTreeVideo:
        about = self._split.videos[video]
        folders = {
            expression: self._folders[folder]
            for expression in about.expressions
            if (folder := f"{video}/{expression}") in self._folders
        }
        return PngTreeVideo(folders, largest_png(about.height, about.width))

    def sha256(self) -> str:
        found = digest.Digest()
        for path in sorted(self._folders, key=digest.order):
            video = self._wanted[path].video
            stems = sorted(scored_stems(self._wanted[path]))
            pngs = read_pngs(self._folders[path], stems, largest_png(video.height, video.width))
            for stem, png in zip(stems, pngs, strict=True):
                if png is not None:
                    found.add(f"{path}/{stem}{SUFFIX}", png.content)
        return found.hexdigest()


def wanted_folders(split: Split) -> dict[str, Expression]:
    return {f"{one.video.name}/{one.name}": one for one in split.expressions}


def scored_stems(expression: Expression) -> list[str]:
    return [expression.video.frames[frame] for frame in expression.scored]


def find(tree: FileTree, split: Split) -> Root:
    return find_root(tree.folders, wanted_folders(split))


def _notes(tree: FileTree, root: Root, wanted: Mapping[str, Expression]) -> tuple[Problem, ...]:
    def names(folder: str) -> set[str] | None:
        return set(file_names(scored_stems(wanted[folder]))) if folder in wanted else None

    log = ProblemLog()
    note_surroundings(tree, root, log)
    note_extras(tree, root, names, "videos and expressions", log)
    return tuple(log)
