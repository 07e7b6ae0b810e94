"""anno_<0..3>/<sequence>/<frame>.png, in folders or in a zip: label maps, as the DAVIS tool takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rvosbench.errors import Problem, ProblemLog
from rvosbench.predictions import digest
from rvosbench.predictions.base import Png, Predictions, VideoPredictions
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
from rvosbench.predictions.png_tree import read_pngs

if TYPE_CHECKING:
    from rvosbench.splits.split import Split


@dataclass(frozen=True, slots=True)
class PaletteTreeVideo(VideoPredictions):
    folders: Mapping[int, Folder]  # by annotator
    largest: int

    def labels(self, annotator: int, stems: Sequence[str]) -> list[Png | None]:
        return read_pngs(self.folders.get(annotator), stems, self.largest)

    def absent_labels(self, annotator: int, stems: Sequence[str]) -> list[str]:
        return not_there(self.folders.get(annotator), stems)

    def absent(self, expression: str, stems: Sequence[str]) -> list[str]:
        """A label map is not a mask of an expression: there is none of these."""
        return list(stems)


class PaletteTree(Predictions):
    kind = "labels"

    def __init__(self, tree: FileTree, root: Root, split: Split) -> None:
        self.form = "label maps in a zip" if tree.zipped else "label maps in folders"
        self.source = tree.source
        self.tree, self.root = tree, root
        self._split = split
        self._wanted = wanted_folders(split)
        self._folders = matched(tree, root, self._wanted)
        self.notes = _notes(tree, root, split, self._wanted)

    def videos(self) -> set[str]:
        return {self._wanted[folder][1] for folder in self._folders}

    def annotators(self) -> tuple[int, ...]:
        return tuple(sorted({self._wanted[folder][0] for folder in self._folders}))

    def of_video(self, video: str) -> PaletteTreeVideo:
        about = self._split.videos[video]
        folders = {
            annotator: self._folders[folder]
            for annotator in annotators_of(self._split)
            if (folder := f"anno_{annotator}/{video}") in self._folders
        }
        return PaletteTreeVideo(folders, largest_png(about.height, about.width))

    def sha256(self) -> str:
        found = digest.Digest()
        for path in sorted(self._folders, key=digest.order):
            _, video = self._wanted[path]
            about = self._split.videos[video]
            stems = sorted(about.frames)
            maps = read_pngs(self._folders[path], stems, largest_png(about.height, about.width))
            for stem, png in zip(stems, maps, strict=True):
                if png is not None:
                    found.add(f"{path}/{stem}{SUFFIX}", png.content)
        return found.hexdigest()


def annotators_of(split: Split) -> list[int]:
    return sorted({one.annotator for one in split.expressions if one.annotator is not None})


def wanted_folders(split: Split) -> dict[str, tuple[int, str]]:
    """Folder -> annotator and video."""
    return {
        f"anno_{annotator}/{video}": (annotator, video)
        for annotator in annotators_of(split)
        for video in split.videos
    }


def find(tree: FileTree, split: Split) -> Root:
    return find_root(tree.folders, wanted_folders(split))


def _notes(
    tree: FileTree, root: Root, split: Split, wanted: Mapping[str, tuple[int, str]]
) -> tuple[Problem, ...]:
    def names(folder: str) -> set[str] | None:
        return set(file_names(split.videos[wanted[folder][1]].frames)) if folder in wanted else None

    log = ProblemLog()
    note_surroundings(tree, root, log)
    note_extras(tree, root, names, "annotators and videos", log)
    return tuple(log)
