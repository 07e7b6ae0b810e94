"""Where in a tree of files the predictions begin, and what else lies there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from rvosbench.errors import Code, ProblemLog
from rvosbench.predictions.files import FileTree, Folder

SUFFIX = ".png"
_OUTERMOST = 2  # folders around the predictions: one of any name, and `Annotations`
_LARGEST_UNKNOWN = 64 << 20  # bytes of a PNG where the size of the video is not known
_ANCILLARY = 1 << 16  # bytes that a PNG may hold beside its pixels


@dataclass(frozen=True, slots=True)
class Root:
    """`path` is the folder in which the predictions begin, "" for the top; `matched` how many of the folders
    that the split asks for are in it."""

    path: str
    matched: int

    def inside(self, folder: str) -> str | None:
        """The path of a folder as seen from here; None if it is elsewhere."""
        if not self.path:
            return folder
        return folder[len(self.path) + 1 :] if folder.startswith(f"{self.path}/") else None

    def place(self, folder: str) -> str:
        return f"{self.path}/{folder}" if self.path else folder


def find_root(folders: Iterable[str], wanted: Collection[str]) -> Root:
    """The place from which most of the wanted folders are seen; of several the outermost."""
    votes: Counter[str] = Counter()
    for folder in folders:
        rest, around = folder, ""
        for _ in range(_OUTERMOST + 1):
            if rest in wanted:
                votes[around] += 1
            first, slash, rest = rest.partition("/")
            if not slash:
                break
            around = f"{around}/{first}" if around else first
    if not votes:
        return Root("", 0)
    best = min(votes, key=lambda path: (-votes[path], path.count("/"), path))
    return Root(best, votes[best])


def matched(tree: FileTree, root: Root, wanted: Iterable[str]) -> dict[str, Folder]:
    """Wanted folder -> its files, of those that are there."""
    return {folder: tree.folders[place] for folder in wanted if (place := root.place(folder)) in tree.folders}


def note_surroundings(tree: FileTree, root: Root, log: ProblemLog) -> None:
    """A folder around the predictions, and files that are nobody's."""
    if root.path:
        log.warn(
            Code.WRAPPING_FOLDER,
            tree.source,
            expected="predictions that begin at the top",
            found=f"they begin in {root.path}/",
            fix="nothing needs to be done to score them; a server may want them otherwise",
        )
    for path in tree.foreign:
        log.warn(
            Code.FOREIGN_FILES,
            f"{tree.source.name}: {path}",
            expected="predictions alone",
            found="left behind by an operating system, and ignored",
            fix='leave such files out: zip -r predictions.zip . -x "*.DS_Store" "__MACOSX/*"',
        )


def note_extras(
    tree: FileTree,
    root: Root,
    wanted: Callable[[str], Collection[str] | None],
    kinds: str,
    log: ProblemLog,
) -> None:
    """Folders and files that the split does not ask for. `wanted` gives the names of the files of a folder,
    or None; `kinds` names what the folders are for."""
    for place, folder in tree.folders.items():
        inside = root.inside(place)
        files = None if inside is None else wanted(inside)
        if files is None:
            _note_extra(tree, place or folder.names[0], f"none of the {kinds} of the split", log)
            continue
        for name in sorted(set(folder.names).difference(files)):
            _note_extra(tree, f"{place}/{name}", _misnamed(name, files), log)


def _misnamed(name: str, wanted: Collection[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    if f"{stem}{SUFFIX}" in wanted and dot:
        return f"a .{suffix} file instead of {SUFFIX}"
    return f"none of the scored frames, such as {min(wanted)}" if wanted else "no frame is scored here"


def _note_extra(tree: FileTree, path: str, found: str, log: ProblemLog) -> None:
    log.warn(
        Code.EXTRA_PREDICTIONS,
        f"{tree.source.name}: {path}",
        expected="what the split scores and nothing else",
        found=f"{found}; ignored",
        fix="nothing needs to be done if the split is the right one",
    )


def file_names(stems: Sequence[str]) -> list[str]:
    return [f"{stem}{SUFFIX}" for stem in stems]


def largest_png(height: int | None, width: int | None) -> int:
    """More bytes than a PNG of this size has with one channel of 8 bits and no compression at all. Many are
    read at a time, so this bounds what a zip of a few bytes can make of our memory."""
    if height is None or width is None:
        return _LARGEST_UNKNOWN
    return 2 * (width + 1) * (height + 1) + _ANCILLARY


def not_there(folder: Folder | None, stems: Sequence[str]) -> list[str]:
    there = set(folder.names) if folder is not None else set()
    return [stem for stem in stems if f"{stem}{SUFFIX}" not in there]
