"""From scored videos to results: figures, fingerprint, problems. The same for a whole run and for merged
shards, so that the two cannot differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rvosbench.errors import Problem, ProblemLog
from rvosbench.evaluate.fingerprint import fingerprint
from rvosbench.evaluate.intervals import intervals_of
from rvosbench.evaluate.outcome import VideoOutcome
from rvosbench.evaluate.result import Result
from rvosbench.metrics.catalogue import ALL
from rvosbench.metrics.decay import same_as_uint8
from rvosbench.protocols.base import SCORING_VERSION, Protocol
from rvosbench.protocols.units import Unit
from rvosbench.validate import suspicion

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for every shard of an evaluation. `metrics` are the keys that each protocol measures;
    `problems` those of the predictions and the split as a whole."""

    dataset: str
    split: str
    dataset_fingerprint: str
    predictions_sha256: str
    scoring_version: int
    metrics: Mapping[str, tuple[str, ...]]
    several: bool
    zero_missing: bool
    masks: bool
    notes: Mapping[str, Any]
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "split": self.split,
            "dataset_fingerprint": self.dataset_fingerprint,
            "predictions_sha256": self.predictions_sha256,
            "scoring_version": self.scoring_version,
            "metrics": {name: list(keys) for name, keys in self.metrics.items()},
            "several": self.several,
            "zero_missing": self.zero_missing,
            "masks": self.masks,
            "notes": dict(self.notes),
            "problems": [problem.as_json() for problem in self.problems],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Setting:
        return cls(
            **{
                **values,
                "metrics": {name: tuple(keys) for name, keys in values["metrics"].items()},
                "problems": tuple(Problem.from_json(problem) for problem in values["problems"]),
            }
        )


def results_of(
    setting: Setting,
    protocols: Sequence[Protocol],
    outcomes: Sequence[VideoOutcome],
    expressions: int,
    *,
    timing: Mapping[str, Any],
    shard: str | None = None,
) -> tuple[Result, ...]:
    """One for each protocol; the outcomes come in the order of the split."""
    log = ProblemLog()
    log.include(setting.problems)
    for outcome in outcomes:
        log.include(outcome.problems)
    suspicion.judge([sign for outcome in outcomes for sign in outcome.signs], log)
    suspicion.equal_scores(
        (query.score for outcome in outcomes for unit in outcome.units for query in unit.detections),
        f"{setting.dataset}:{setting.split}",
        log,
    )
    counts = {
        "videos": len(outcomes),
        "expressions": expressions,
        "frames": sum(outcome.asked for outcome in outcomes),
        "missing": sum(outcome.missing for outcome in outcomes),
    }
    notes = dict(setting.notes) | ({"shard": shard} if shard else {})
    found = []
    for protocol in protocols:
        name = protocol.info.name
        units = [unit for outcome in outcomes for unit in outcome.units if unit.protocol == name]
        figures = protocol.figures(units)
        found.append(
            Result(
                dataset=setting.dataset,
                split=setting.split,
                protocol=name,
                scoring_version=SCORING_VERSION,
                dataset_fingerprint=setting.dataset_fingerprint,
                predictions_sha256=setting.predictions_sha256,
                fingerprint=fingerprint(setting.dataset_fingerprint, name, units),
                complete=not counts["missing"] and shard is None,
                metrics=_ordered(figures.metrics),
                intervals=_ordered(intervals_of(protocol, units, figures.metrics)),
                annotators={key: _ordered(metrics) for key, metrics in figures.annotators.items()},
                kinds={key: _ordered(metrics) for key, metrics in figures.kinds.items()},
                counts=counts | _more_counts(units),
                problems=tuple(log),
                notes=notes | _more_notes(units),
                timing=timing,
            )
        )
    return tuple(found)


def _ordered(metrics: Mapping[str, V]) -> dict[str, V]:
    """As the catalogue has them, those of plug-ins last."""
    order = [info.key for info in ALL]
    return {key: metrics[key] for key in [*order, *metrics] if key in metrics}


def _more_counts(units: Sequence[Unit]) -> dict[str, int]:
    """mAP depends on the number of queries, so it stands beside it."""
    queries = sum(len(unit.detections) for unit in units)
    return {"units": len(units)} | ({"queries": queries} if queries else {})


def _more_notes(units: Sequence[Unit]) -> dict[str, Any]:
    measured = [unit.frames for unit in units if "J_decay" in unit.values]
    return {"decay_uint8_compat": same_as_uint8(max(measured))} if measured else {}
