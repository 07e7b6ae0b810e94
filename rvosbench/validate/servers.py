"""Whose judgement predictions are held to. A server is a few facts: how its archive begins, what it reads,
and what becomes of a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, UsageError

if TYPE_CHECKING:
    from rvosbench.datasets.base import DatasetInfo
    from rvosbench.predictions.base import Kind

OWN = "rvosbench"


@dataclass(frozen=True, slots=True)
class Server:
    """`root` is the folder of the archive in which predictions begin, "" for its top; None: anywhere. `kind`
    is the only one that it reads. `splits` are those it scores, empty for all. `next_step` says what to do
    with a right archive. `consequences` say what its official script does. What it refuses stands in the
    table of `rules`."""

    name: str
    title: str
    datasets: frozenset[str] = frozenset()
    root: str | None = None
    kind: Kind | None = None
    splits: frozenset[str] = frozenset()
    next_step: str = "rvosbench eval FILE"
    consequences: Mapping[Code, str] = field(default_factory=dict)

    @property
    def takes_zips(self) -> bool:
        return self.root is not None

    def next_for(self, dataset: DatasetInfo, split: str, file: str) -> str:
        """What to do with a right archive of predictions for this split."""
        if dataset.id == "sample":
            return "this is the sample, which no server takes; rvosbench eval scores it here"
        if self.splits and split not in self.splits:
            wants = " or ".join(one for one in dataset.splits if one in self.splits)
            return f"this is {split}, which rvosbench eval scores here; the server wants {wants}"
        return self.next_step.replace("FILE", file)


_GRAY_READING: dict[Code, str] = {
    Code.SOFT_MASK: "every non-zero pixel counts as the object",
    Code.LABEL_MAP: "all objects in the file are scored as one",
    Code.PALETTE_UNLIKE_GRAY: "the colours decide what is foreground: it is read as gray",
}
_DROPPED = "the official script stops at it and silently leaves the expression out of its mean"
_NO_SCORE = "the official tool ends without a score, and with exit status 0"

SERVERS = (
    Server(OWN, "rvosbench eval"),
    Server(
        "mevis",
        "MeViS v1 and v2 on Codabench",
        datasets=frozenset({"mevis-v1", "mevis-v2", "sample"}),
        root="",
        kind="masks",
        splits=frozenset({"valid", "test"}),
        next_step="upload FILE to the MeViS competition on Codabench",
        consequences=_GRAY_READING
        | {
            Code.WRONG_ROOT: "the official script finds no video and scores every expression 0",
            Code.WRONG_SIZE: _DROPPED,
        },
    ),
    Server(
        "ref-youtube-vos",
        "Ref-YouTube-VOS on Codabench",
        datasets=frozenset({"ref-youtube-vos"}),
        root="Annotations",
        kind="masks",
        splits=frozenset({"valid", "test"}),
        next_step="upload FILE to the Ref-YouTube-VOS competition on Codabench",
        consequences=_GRAY_READING
        | {Code.WRONG_ROOT: "no name matches, and the server answers nan (`Mean of empty slice`)"},
    ),
    Server(
        "davis",
        "the DAVIS 2017 evaluation, run for each annotator of Ref-DAVIS17",
        datasets=frozenset({"ref-davis17"}),
        root="",
        kind="labels",
        next_step="unzip FILE and run the DAVIS evaluation, --task unsupervised, on each of anno_0 to anno_3",
        consequences={
            Code.WRONG_ROOT: _NO_SCORE,
            Code.TOO_MANY_LABELS: _NO_SCORE,
            Code.MISSING_PREDICTION: _NO_SCORE,
        },
    ),
)
NAMES = tuple(server.name for server in SERVERS)


def find(name: str, dataset: str) -> Server:
    """The server, if it takes predictions for this dataset."""
    found = next((server for server in SERVERS if server.name == name), None)
    if found is None:
        raise _not_here(name, "one of " + ", ".join(NAMES), name)
    if found.datasets and dataset not in found.datasets:
        takers = [one.name for one in SERVERS if not one.datasets or dataset in one.datasets]
        raise _not_here(
            name,
            f"a server that takes predictions for {dataset}: {' or '.join(takers)}",
            f"{found.title}, which takes {', '.join(sorted(found.datasets))}",
        )
    return found


def _not_here(name: str, expected: str, found: str) -> UsageError:
    return UsageError(
        Problem(
            Code.BAD_OPTION,
            f"--for {name}",
            expected=expected,
            found=found,
            fix="choose another --for, or check --dataset",
        )
    )
