"""What a dataset is. To add one, write one file; docs/how-to/add-a-dataset.md leads the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from rvosbench import registry
from rvosbench.errors import Code, Problem, ProblemLog, UsageError
from rvosbench.progress import Progress, Silent
from rvosbench.schema import VideoRecord


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What is true of a dataset whether or not it is on this disk."""

    id: str
    title: str
    splits: tuple[str, ...]
    default_split: str
    licence: str
    citation: str  # BibTeX
    homepage: str
    layout: str  # the official folder tree, as `convert` expects it
    predictions: str  # what predictions must look like, for `describe --format`
    published: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Split -> counts that the authors published: videos, frames, objects, masks, expressions, samples."""
    checksums: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Split -> file name -> sha256 that the authors published."""
    takes: frozenset[Literal["expressions", "samples"]] = frozenset()
    """The further files that `convert` can be given. Others are refused, not passed over."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked of one conversion.

    `scratch` is a folder for temporary files, removed afterwards; `target` is the folder of the split, to
    which the paths in a `frames_uri` are relative.
    """

    scratch: Path
    frames: Literal["link", "none"] = "link"
    expressions: Path | None = None
    samples: Path | None = None
    progress: Progress = field(default_factory=Silent)
    target: Path = Path()


class Release(ABC):
    """One split of a release, opened: its small files are read and checked, its masks are not yet.

    A release is pickled into worker processes; keep plain data in its fields.
    """

    ground_truth: bool
    """Whether the split comes with masks."""

    annotations: Sequence[Path]
    """The files and folders that were or will be read, other than frames; they decide whether a re-run is
    a no-op, and their checksums go into the manifest."""

    notes: Mapping[str, Any]
    """What a reader of the manifest should know: orphans, recognised checksums, choices that were made."""

    incomparable: Collection[str] = ()
    """Counts that, by what the user asked for, mean something else than the published ones of that name."""

    @property
    @abstractmethod
    def videos(self) -> Sequence[str]:
        """The names of the videos of the split, in any order."""

    def prepare(self, options: Options, log: ProblemLog) -> None:  # noqa: B027  (most releases need none)
        """Work on the whole split before any video is read, such as indexing one huge file. Skipped when
        the split is already converted."""

    @abstractmethod
    def read(self, video: str, log: ProblemLog) -> VideoRecord | None:
        """One video with all its masks. Reports everything that is wrong with it; None if nothing can be
        made of it. Called in worker processes, in no fixed order."""

    def complete(self, folder: Path) -> None:  # noqa: B027  (most releases add nothing)
        """Add files of its own to the folder of the split, such as the index of a tar of frames. Called
        once all videos are read, before the split is published."""


class Dataset(ABC):
    info: DatasetInfo

    @abstractmethod
    def splits_in(self, source: Path) -> tuple[str, ...]:
        """The splits that the release at `source` holds, in the order of `info.splits`."""

    @abstractmethod
    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> Release | None:
        """The split, ready to be read. Reports everything that is wrong; None if nothing can be read."""


def names() -> list[str]:
    return sorted(registry.registered(registry.DATASETS))


def find(name: str) -> Dataset:
    points = registry.registered(registry.DATASETS)
    if name not in points:
        raise UsageError(
            Problem(
                Code.UNKNOWN_DATASET,
                path=name,
                expected="one of " + ", ".join(sorted(points)),
                found=name,
                fix=_suggestion(name, points) or "choose one of these, or install the plug-in that brings it",
            )
        )
    dataset: Dataset = registry.load(points[name])
    return dataset


def _suggestion(name: str, known: Iterable[str]) -> str | None:
    near = [one for one in sorted(known) if one.startswith(name)] or get_close_matches(name, known, n=2)
    return f"did you mean {' or '.join(near)}?" if name and near else None


def check_split(dataset: Dataset, split: str) -> None:
    if split not in dataset.info.splits:
        raise UsageError(
            Problem(
                Code.UNKNOWN_SPLIT,
                path=f"{dataset.info.id}:{split}",
                expected="one of " + ", ".join(dataset.info.splits),
                found=split,
                fix=f"for example {dataset.info.id}:{dataset.info.default_split}",
            )
        )
