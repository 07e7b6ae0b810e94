"""What a record is. Plain data: no database, no web, no file format.

Scores are percentages, as papers print them. A figure keeps the digits that its source printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from rvosbench.errors import ProblemLog

Status = Literal["printed", "self-reported", "re-scored", "reproduced"]
Setting = Literal["zero-shot", "supervised", "joint", "unknown"]
Kind = Literal["method", "ablation", "baseline", "floor", "ceiling"]

SECOND_HAND = "second-hand"  # a flag, and a key of the source

BoardKey = tuple[str, str, str]  # dataset, split, protocol: figures of two boards are never compared


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that a reader of the figure should know; it is shown beside it, and nothing is corrected.

    `code` is one of `mean`, `range`, `scale`, `repeated`, `also`, `disagrees`, `second-hand`; the first four
    are contradictions within one source."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Method:
    """A method as one record used it: `id`, `name`, `venue` and the links are the same in all of its records,
    backbone, training and counts may differ from record to record."""

    id: str
    name: str
    venue: str = ""
    year: int | None = None
    paper: str | None = None  # addresses
    code: str | None = None
    bibtex: str | None = None
    kind: Kind = "method"
    same_as: str | None = None  # the id of the method that this is another name of
    backbone: str = ""
    text_encoder: str = ""
    training: str = ""  # in the words of the source
    training_data: tuple[str, ...] = ()
    stages: tuple[tuple[str, ...], ...] | None = None  # what was trained on together, in order; None: unknown
    setting: Setting = "unknown"
    parameters: int | None = None
    trainable: int | None = None
    fps: float | None = None
    device: str | None = None

    @property
    def identity(self) -> str:
        """The same for all names of one method."""
        return self.same_as or self.id

    @property
    def published(self) -> str:
        """As tables print it: CVPR'2025."""
        return f"{self.venue}'{self.year}" if self.venue and self.year else self.venue or str(self.year or "")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the figures come from. `paper` is never empty; re-scored records name the harness there."""

    paper: str
    table: str | None = None
    row: int | None = None  # of the table
    url: str | None = None
    fingerprint: str | None = None  # of the result: data, predictions, protocol and code
    predictions: str | None = None  # sha256 over the predicted masks
    data: str | None = None  # fingerprint of the converted split
    result: str | None = None  # folder with the units of the result, beside the record, if they are kept


@dataclass(frozen=True, slots=True)
class Group:
    """A slice of the data, such as attribute `motion`, value `static`, and what was scored on it."""

    attribute: str
    value: str
    videos: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of one board. `metrics` are the figures as numbers, `printed` the same with their digits.

    A record without a dataset states facts of a method alone, such as its speed; it stands on no board.
    `videos` are scores of the headline metric for each video, in percent, and `weights` how many sentences or
    objects each stands for. `steps` are the rvosbench commands that make the predictions anew.
    `contradictions` are the codes of flags that the record itself admits."""

    id: str
    method: Method
    dataset: str
    split: str
    protocol: str
    metrics: Mapping[str, float]
    printed: Mapping[str, str]
    status: Status
    source: Source
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    date: str | None = None
    note: str = ""
    flags: tuple[Flag, ...] = ()
    contradictions: tuple[str, ...] = ()
    videos: Mapping[str, float] | None = None
    weights: Mapping[str, int] | None = None
    stability: Mapping[str, float] | None = None
    attributes: tuple[Group, ...] | None = None
    steps: tuple[str, ...] = ()
    file: str = ""  # relative to the folder of the records

    @property
    def board(self) -> BoardKey | None:
        return (self.dataset, self.split, self.protocol) if self.dataset and self.metrics else None

    def figure(self, metric: str) -> Decimal | None:
        text = self.printed.get(metric)
        return None if text is None else Decimal(text)


@dataclass(frozen=True, slots=True)
class Records:
    """All records in the order of their files and rows; what could not be read is in `problems`."""

    records: tuple[Record, ...]
    methods: Mapping[str, Method]  # as their own files describe them, by id
    problems: ProblemLog

    def by_board(self) -> dict[BoardKey, list[Record]]:
        """Boards in the order of their ids; the rows of each in the order of the files."""
        boards: dict[BoardKey, list[Record]] = {}
        for record in self.records:
            if record.board is not None:
                boards.setdefault(record.board, []).append(record)
        return dict(sorted(boards.items()))

    def of(self, name: str) -> Record | None:
        return next((record for record in self.records if record.id == name), None)
