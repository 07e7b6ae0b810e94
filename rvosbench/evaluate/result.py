"""`result.json`: the figures of an evaluation and what they are figures of. A contract with other
programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench.statistics.intervals import Interval

if TYPE_CHECKING:
    import pandas

NAME = "result.json"
Metrics = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Result:
    """`complete` says that nothing is missing and that it is no shard. `intervals` has low, high and level of
    the figures that have error bars. `folder` is where it was read from, if it was."""

    dataset: str
    split: str
    protocol: str
    scoring_version: int
    dataset_fingerprint: str
    predictions_sha256: str
    fingerprint: str
    complete: bool
    metrics: Metrics
    intervals: Mapping[str, Any]
    annotators: Mapping[str, Metrics]
    kinds: Mapping[str, Metrics]
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]
    notes: Mapping[str, Any]
    timing: Mapping[str, Any]
    folder: Path | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """What a figure is a figure of; to be printed with every one: (mevis-v1/valid_u, mevis, 7f3a91c2)."""
        parts = [f"{self.dataset}/{self.split}", self.protocol, self.fingerprint[:8]]
        if missing := self.counts.get("missing"):
            parts.append(f"{missing:,} missing")
        if shard := self.notes.get("shard"):
            parts.append(f"shard {shard}")
        return f"({', '.join(parts)})"

    def as_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "split": self.split,
            "protocol": self.protocol,
            "scoring_version": self.scoring_version,
            "dataset_fingerprint": self.dataset_fingerprint,
            "predictions_sha256": self.predictions_sha256,
            "fingerprint": self.fingerprint,
            "complete": self.complete,
            "metrics": dict(self.metrics),
            "intervals": dict(self.intervals),
            "annotators": {name: dict(metrics) for name, metrics in self.annotators.items()},
            "kinds": {name: dict(metrics) for name, metrics in self.kinds.items()},
            "counts": dict(self.counts),
            "problems": [problem.as_json() for problem in self.problems],
            "notes": dict(self.notes),
            "timing": dict(self.timing),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any], folder: Path | None = None) -> Result:
        problems = tuple(Problem.from_json(problem) for problem in values["problems"])
        intervals = {key: Interval.from_json(one).as_json() for key, one in values["intervals"].items()}
        return cls(**{**values, "problems": problems, "intervals": intervals}, folder=folder)

    def to_pandas(self) -> pandas.DataFrame:
        """The units of this protocol, one row each, with a column for every metric."""
        import pandas

        if self.folder is None:
            raise ValueError("a result that was not written has no tables: evaluate it with `out`")
        units = pandas.read_parquet(self.folder / "units.parquet")
        own = units[units["protocol"] == self.protocol]
        return own.dropna(axis="columns", how="all").reset_index(drop=True)


def document(results: tuple[Result, ...], *, several: bool) -> dict[str, Any]:
    """`several`: all protocols were asked for, be it one that there is."""
    if several:
        return {"results": [result.as_json() for result in results]}
    return results[0].as_json()


def load(path: Path) -> tuple[Result, ...]:
    """Those of a folder or of its `result.json`; one for each protocol."""
    if not path.exists():
        raise UsageError(*not_a_result(path, "nothing is there").problems)
    file = path / NAME if path.is_dir() else path
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        entries = values.get("results", [values]) if isinstance(values, dict) else [values]
        if not all(isinstance(entry, dict) for entry in entries):
            raise not_a_result(file, "JSON that is no object")
        return tuple(Result.from_json(entry, file.parent) for entry in entries)
    except FileNotFoundError:
        raise not_a_result(file, "the file is not there") from None
    except OSError as error:
        raise not_a_result(file, str(error.strerror)) from error
    except UnicodeDecodeError as error:
        raise not_a_result(file, "a file that is no text") from error
    except json.JSONDecodeError as error:
        raise not_a_result(
            file, f"no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except KeyError as error:
        raise not_a_result(file, f"JSON without {error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise not_a_result(file, f"JSON of another form: {error}") from error


def not_a_result(path: Path, found: str) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.NOT_A_RESULT,
            str(path),
            expected=f"a folder that `rvosbench eval --out` wrote, or the {NAME} in it",
            found=found,
            fix="give that folder, or evaluate again",
        )
    )
