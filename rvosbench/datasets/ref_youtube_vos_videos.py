"""Which of the listed videos a split of Ref-YouTube-VOS has.

The file of valid lists 507 videos: the 202 that are scored as valid, and the 305 of test. They are told
apart by the file of test, or else by the folders of the frames, or else by the list of the 202 that ships
with this package.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from rvosbench.datasets.meta_expressions import MetaVideo, read_meta_expressions
from rvosbench.errors import Code, ProblemLog

NAME = "meta_expressions.json"
_LIST = "ref_youtube_vos_valid.txt"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The videos of a split, the files that say so, and how it was decided."""

    meta: Mapping[str, MetaVideo]
    files: Sequence[Path]
    notes: dict[str, str]


def meta_file(source: Path, split: str) -> Path:
    """Where the sentences of a split are: `source` itself if it is a file; else in the tree of the
    competition, or in the folder of the split, as in the archive that brought the masks of valid."""
    if source.is_file():
        return source
    places = (source / "meta_expressions" / split / NAME, source / split / NAME)
    return next((path for path in places if path.is_file()), places[0])


def shipped_valid() -> frozenset[str]:
    """The 202 videos that are scored as valid."""
    return frozenset(resources.files("rvosbench.datasets").joinpath(_LIST).read_text("utf-8").split())


def choose_videos(source: Path, split: str, log: ProblemLog) -> Chosen | None:
    if split == "valid":
        return _valid(source, log)
    if split == "test":
        return _test(source, log)
    path = meta_file(source, split)
    listed = read_meta_expressions(path, log)
    return None if listed is None else Chosen(listed, [path], {})


def _valid(source: Path, log: ProblemLog) -> Chosen | None:
    path = meta_file(source, "valid")
    listed = read_meta_expressions(path, log)
    test_file = None if source.is_file() else meta_file(source, "test")
    if test_file is not None and test_file.is_file():
        test = read_meta_expressions(test_file, log)
        if listed is None or test is None:
            return None
        names = listed.keys() - test.keys()
        if not names:
            log.add(
                Code.NOTHING_FOUND,
                test_file,
                expected="a test file that leaves videos for valid",
                found="every video of the valid file",
                fix="put the file of the test split there, or none: rvosbench knows the valid videos",
            )
            return None
        return _chosen(listed, names, "those that the test file does not list", [path, test_file])
    if listed is None:
        return None
    if folders := _with_folder(listed, source / "valid" / "JPEGImages"):
        return _chosen(listed, folders, "those with a folder in valid/JPEGImages", [path])
    known = listed.keys() & shipped_valid()
    return _chosen(listed, known or listed, "those in the list of rvosbench", [path])


def _test(source: Path, log: ProblemLog) -> Chosen | None:
    path = meta_file(source, "test")
    both = not path.is_file() and meta_file(source, "valid").is_file()
    if both:
        path = meta_file(source, "valid")
    listed = read_meta_expressions(path, log)
    if listed is None:
        return None
    names = listed.keys() - shipped_valid()
    if not names or (both and len(names) == len(listed)):
        log.add(
            Code.NOTHING_FOUND,
            path,
            expected="videos of the test split",
            found="none that can be told from those of valid",
            fix="add meta_expressions/test/meta_expressions.json",
        )
        return None
    return _chosen(listed, names, "those not in the list of valid ones of rvosbench", [path])


def _with_folder(listed: Collection[str], frames: Path) -> set[str]:
    """The listed videos that have a folder of frames, if this separates some from others. The archive of
    YouTube-VOS itself has folders for all."""
    try:
        found = {path.name for path in frames.iterdir() if path.is_dir()} & set(listed)
    except OSError:
        return set()
    return found if len(found) < len(listed) else set()


def _chosen(
    listed: Mapping[str, MetaVideo], names: Collection[str], how: str, files: Sequence[Path]
) -> Chosen:
    meta = {name: video for name, video in listed.items() if name in names}
    if len(meta) == len(listed):
        note = f"all {len(listed)} in the file: it lists no others"
    else:
        note = f"{len(meta)} of the {len(listed)} in the file: {how}"
    return Chosen(meta, files, {"videos": note})
