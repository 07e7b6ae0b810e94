"""A case: a submission, the one right answer to it, and where that answer comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from rvosbench.errors import Code


class Verdict(StrEnum):
    """`warn`: scored, and something is said that the author of the submission should know."""

    ACCEPT = "accept"
    WARN = "warn"
    REFUSE = "refuse"


class Source(StrEnum):
    """Where an answer comes from: from how the submission was made, from the oracle, or from a rule."""

    CONSTRUCTION = "construction"
    ORACLE = "oracle"
    RULE = "rule"


class Form(StrEnum):
    """What a submission is: a scorer may be unable to take some of them by its nature."""

    MASKS = "masks"  # folders <video>/<expression>/<frame>.png
    MASKS_ZIP = "masks-zip"
    LABELS = "labels"  # folders anno_<0..3>/<video>/<frame>.png
    LABELS_ZIP = "labels-zip"
    COCO = "coco"  # one JSON file of COCO results
    TABLE = "table"  # predictions.parquet
    OTHER = "other"  # none of these, which is why it must be refused


@dataclass(frozen=True)
class Submission:
    """`name` of the file, or of the folder, whose files are in `content` by their path."""

    form: Form
    name: str
    content: bytes | Mapping[str, bytes] = field(repr=False)

    def write(self, folder: Path) -> Path:
        place = folder / self.name
        if isinstance(self.content, bytes):
            place.write_bytes(self.content)
            return place
        place.mkdir()
        for path, content in self.content.items():
            file = place / path
            if path.endswith("/"):
                file.mkdir(parents=True, exist_ok=True)
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return place


@dataclass(frozen=True)
class Answer:
    """`codes` are those of rvosbench: of the errors if it must be refused, else of the warnings. `rule` says
    why in one sentence, `page` where it stands."""

    verdict: Verdict
    source: Source
    rule: str
    page: str
    codes: tuple[Code, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Benchmark:
    """A split of the sample and the protocol by which it is scored."""

    dataset: str
    split: str
    protocol: str

    @property
    def name(self) -> str:
        return f"{self.dataset}:{self.split}"


@dataclass(frozen=True)
class Case:
    """`id` is `group/name`. With `missing` = "zero", what is missing is to score 0 instead of being refused.
    `below` names a case whose score this one must not exceed. `validate` is the right answer before scoring,
    where that differs."""

    id: str
    title: str
    benchmark: Benchmark
    submission: Submission = field(repr=False)
    answer: Answer
    missing: str = "refuse"
    below: str | None = None
    validate: Answer | None = None

    @property
    def for_validate(self) -> Answer:
        return self.validate or self.answer

    @property
    def group(self) -> str:
        return self.id.partition("/")[0]
