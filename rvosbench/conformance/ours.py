"""`rvosbench eval` and `rvosbench validate` as scorers: started as a user starts them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rvosbench import sample
from rvosbench.conformance.case import Answer, Case, Verdict
from rvosbench.conformance.material import BENCHMARKS, MEVIS
from rvosbench.conformance.pack import DATASET, Pack
from rvosbench.conformance.scorer import REFUSED, SCORED, Finished, Reply, Scorer, run
from rvosbench.datasets import base
from rvosbench.progress import Progress
from rvosbench.splits.convert import convert

PROGRAM = (sys.executable, "-m", "rvosbench.cli")


class Eval(Scorer):
    name = "rvosbench eval"

    def __init__(self, data: Path, timeout: float) -> None:
        self._data = data
        self._timeout = timeout

    def ask(self, case: Case, pack: Pack) -> Reply:
        options = ("--data", str(self._data), "--missing", case.missing, "--workers", "1", "--json")
        asked = ("eval", str(pack.submission(case)), "--dataset", case.benchmark.name, *options)
        return read(run((*PROGRAM, *asked), self._timeout))


class Validate(Scorer):
    name = "rvosbench validate --deep"
    scores = False

    def __init__(self, data: Path, timeout: float) -> None:
        self._data = data
        self._timeout = timeout

    def expected(self, case: Case) -> Answer:
        return case.for_validate

    def ask(self, case: Case, pack: Pack) -> Reply:
        options = ("--data", str(self._data), "--deep", "--json")
        asked = ("validate", str(pack.submission(case)), "--dataset", case.benchmark.name, *options)
        return read(run((*PROGRAM, *asked), self._timeout))


def convert_all(pack: Pack, data: Path, progress: Progress) -> None:
    """The splits of the pack, from its releases, as a user converts them."""
    root = pack.folder / DATASET
    parts = {release.dataset: release for release in sample.releases()}
    others = [(MEVIS.dataset, "train")]  # of which some submissions hold predictions by mistake
    for dataset, split in (*((one.dataset, one.split) for one in BENCHMARKS), *others):
        part = parts[dataset]
        convert(
            base.find(dataset),
            root / part.folder,
            split,
            data=data,
            frames="none",
            expressions=root / part.expressions if part.expressions else None,
            samples=root / part.samples if part.samples else None,
            progress=progress,
        )


def read(done: Finished) -> Reply:
    """The document of `--json`, of either command."""
    about: dict[str, Any] = {"seconds": done.seconds, "finished": done}
    if done.code not in (SCORED, REFUSED):
        return Reply(**about)
    try:
        document = json.loads(done.out)
    except ValueError:
        return Reply(failure="its output is not JSON", **about)
    return of_document(document, refused=done.code == REFUSED, about=about)


def of_document(document: Mapping[str, Any], *, refused: bool, about: Mapping[str, Any]) -> Reply:
    severity = "error" if refused else "warning"
    codes = frozenset(one["code"] for one in document["problems"] if one["severity"] == severity)
    if refused:
        return Reply(Verdict.REFUSE, codes=codes, **about)
    return Reply(Verdict.WARN if codes else Verdict.ACCEPT, document.get("metrics"), codes, **about)
