"""What a folder of records would be with new files in it: tried in a copy, before anything is written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rvosbench.errors import ProblemLog, Severity
from rvosbench_leaderboard.records.checks import check_admitted, check_places
from rvosbench_leaderboard.records.known import check_metrics
from rvosbench_leaderboard.records.reading import read_records
from rvosbench_leaderboard.records.whole import check_one_conversion
from rvosbench_leaderboard.records.writing import write


def tried(folder: Path, files: Mapping[str, str]) -> ProblemLog:
    """Errors of the new files, as the reader and `verify` find them; what they make of the records that are
    there already is a warning."""
    log, there = ProblemLog(), ProblemLog()
    with tempfile.TemporaryDirectory(prefix="rvosbench-records-") as scratch:
        copy = Path(scratch)
        for path in folder.rglob("*.toml"):
            target = copy / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        for name, text in files.items():
            write(copy / name, text)
        found = read_records(copy)
    log.include(found.problems)
    own = [record for record in found.records if record.file in files]
    others = [record for record in found.records if record.file not in files]
    check_places(own, log)
    check_metrics(own, log)
    check_one_conversion(own, (*others, *own), log)
    check_admitted(own, log)
    check_admitted(others, there)
    log.include(replace(problem, severity=Severity.WARNING) for problem in there)
    return log
