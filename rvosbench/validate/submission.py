"""What was handed in, opened as far as it can be: rules go on where scoring stops, so that all that is wrong
is said at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import PredictionsRefused, ProblemLog
from rvosbench.predictions import palette_tree, png_tree
from rvosbench.predictions.archive import list_archive
from rvosbench.predictions.files import FileTree, Folder, list_folder
from rvosbench.predictions.layout import Root, find_root
from rvosbench.predictions.palette_tree import PaletteTree
from rvosbench.predictions.png_tree import PngTree
from rvosbench.predictions.recognise import most_files, recognise, tree_predictions

if TYPE_CHECKING:
    from rvosbench.predictions.base import Predictions
    from rvosbench.protocols.base import Wanted
    from rvosbench.splits.split import Split

_ZIP = (b"PK\3\4", b"PK\5\6")


@dataclass(frozen=True)
class Submission:
    """`predictions` are None where nothing was recognised, `tree` where it is no tree of files."""

    source: Path
    split: Split
    predictions: Predictions | None
    tree: FileTree | None

    @property
    def root(self) -> Root:
        """Where in the tree the predictions begin."""
        if isinstance(self.predictions, (PngTree, PaletteTree)):
            return self.predictions.root
        return self.video_root

    @cached_property
    def video_root(self) -> Root:
        """Where in the tree the folders of videos lie, whatever is in them."""
        if self.tree is None:
            return Root("", 0)
        above = {folder.rpartition("/")[0] for folder in self.tree.folders}
        return find_root(above | set(self.tree.folders), set(self.split.videos))

    @cached_property
    def wanted(self) -> Mapping[str, Sequence[str]]:
        """The folders that the split asks for, with the stems in each; of label maps where there are such."""
        if isinstance(self.predictions, PaletteTree):
            maps = palette_tree.wanted_folders(self.split)
            return {folder: self.split.videos[video].frames for folder, (_, video) in maps.items()}
        masks = png_tree.wanted_folders(self.split)
        return {folder: png_tree.scored_stems(expression) for folder, expression in masks.items()}

    def folder(self, wanted: str) -> Folder | None:
        return None if self.tree is None else self.tree.folders.get(self.root.place(wanted))

    def inside(self) -> Iterator[tuple[str, Folder]]:
        """All folders with files in them, by their path from where the predictions begin."""
        for path, folder in self.tree.folders.items() if self.tree is not None else ():
            inside = self.root.inside(path)
            if inside is not None:
                yield inside, folder


def stems_of(split: Split, wanted: Wanted) -> list[str]:
    frames = split.videos[wanted.video].frames
    return [frames[frame] for frame in wanted.frames]


def open_submission(source: Path, split: Split, log: ProblemLog) -> Submission:
    """The log tells what is wrong with it as a whole."""
    try:
        found = recognise(source, split)
    except PredictionsRefused as error:
        log.include(error.problems)
        return salvage(source, split)
    log.include(found.notes)
    tree = found.tree if isinstance(found, (PngTree, PaletteTree)) else None
    return Submission(source, split, found, tree)


def salvage(source: Path, split: Split) -> Submission:
    """What can be looked at of predictions that were refused, to say more of what is wrong with them."""
    said = ProblemLog()  # all of it was said when they were refused
    tree = None
    if source.is_dir():
        tree = list_folder(source, most_files(split), said)
    elif _is_zip(source):
        tree = list_archive(source, most_files(split), said)
    return Submission(source, split, None if tree is None else tree_predictions(tree, split), tree)


def _is_zip(source: Path) -> bool:
    try:
        with source.open("rb") as file:
            return file.read(4) in _ZIP
    except OSError:
        return False
