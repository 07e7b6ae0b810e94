"""What predictions are to whoever scores them, whatever form they were handed in.

`Predictions` is the whole hand-in and stays in the parent process. `VideoPredictions` is what it holds for
one video: a few paths and offsets, which travel to a worker and are read there.

`kind` says which question has an answer of its own:

masks     one mask per frame and expression      -> `pictures`
labels    one label map per frame and annotator  -> `labels`
queries   several scored masks per sample        -> `queries`; `pictures` gives the best scored of them

Where something that is there turns out to be damaged while it is read, the call raises `PredictionsRefused`
with everything that is wrong among what it was asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rvosbench.errors import Problem

Kind = Literal["masks", "labels", "queries"]


@dataclass(frozen=True, slots=True)
class Png:
    """The bytes of a PNG file. Nothing of it is checked but that it is not absurdly large."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Counts:
    """COCO compressed counts, not yet checked to fill the size."""

    counts: bytes
    height: int
    width: int


Picture = Png | Counts


@dataclass(frozen=True, slots=True)
class Scored:
    """One query of a COCO-style result."""

    score: float
    counts: bytes
    height: int
    width: int


class WrongKind(TypeError):
    """A question that predictions of this kind have no answer to; a mistake of the caller, not of a user."""


class VideoPredictions(ABC):
    """Everything predicted for one video: small, and picklable."""

    def pictures(self, expression: str, stems: Sequence[str]) -> list[Picture | None]:
        """One for each stem; None where there is none. Ask once per expression: files are then read in the
        order in which they lie on the disk."""
        raise WrongKind(f"{type(self).__name__} has no pictures")

    def labels(self, annotator: int, stems: Sequence[str]) -> list[Png | None]:
        """One label map for each stem; None where there is none."""
        raise WrongKind(f"{type(self).__name__} has no labels")

    def queries(self, expression: str, stems: Sequence[str]) -> list[list[Scored]]:
        """All scored masks for each stem, in the order in which they were handed in."""
        raise WrongKind(f"{type(self).__name__} has no queries")

    @abstractmethod
    def absent(self, expression: str, stems: Sequence[str]) -> list[str]:
        """The stems that are not there, known from names alone."""

    def absent_labels(self, annotator: int, stems: Sequence[str]) -> list[str]:
        """The stems without a label map of this annotator, known from names alone."""
        raise WrongKind(f"{type(self).__name__} has no labels")


class Predictions(ABC):
    """`form` is what was recognised, in words for people. `notes` are warnings; errors were raised before."""

    form: str
    kind: Kind
    source: Path
    notes: tuple[Problem, ...]

    @abstractmethod
    def videos(self) -> set[str]:
        """The videos of the split for which anything is there."""

    def annotators(self) -> tuple[int, ...]:
        """Those for whom label maps are there; none but for label maps."""
        return ()

    @abstractmethod
    def of_video(self, video: str) -> VideoPredictions:
        """What is there for this video of the split, be it nothing."""

    @abstractmethod
    def sha256(self) -> str:
        """Over names and contents of what the split asks for: equal for a folder and any zip of it. Reads
        everything. docs/predictions.md says how to compute it by hand."""
