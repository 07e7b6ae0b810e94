"""The scores of one submission as tables: figures, kinds of sentences, a row for every scoring version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Score, Scorer, Submission, Track
from rvosbench_leaderboard.pages.formats import bucket
from rvosbench_leaderboard.pages.standing import about, figures, interval_of, metrics_of, was_shown

LEAST_SENTENCES = 20  # behind a score that is told of hidden ground truth


@dataclass(frozen=True, slots=True)
class Figure:
    key: str
    value: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Version:
    about: str
    key: str
    value: float | None
    at: datetime
    current: bool


def score_tables(session: Session, submission: Submission, track: Track) -> dict[str, Any]:
    """For `parts/scores.html`. Empty before there is a score."""
    rows = session.execute(
        select(Score, Scorer)
        .join(Scorer, Scorer.id == Score.scorer)
        .where(Score.submission == submission.id, was_shown(track))
        .order_by(Scorer.created_at)
    ).all()
    current = next((score for score, scorer in rows if scorer.id == track.current_scorer), None)
    if current is None:
        return {"scores": [], "attributes": [], "attribute_keys": [], "versions": []}
    metrics = figures(current.metrics)
    attributes = by_kind(current.attributes, hidden=track.hidden)
    keys = [key for key in metrics_of(track) if any(key in given for given in attributes.values())]
    return {
        "scores": [
            Figure(key, metrics[key], interval_of(current.intervals, key))
            for key in metrics_of(track)
            if key in metrics
        ],
        "attributes": sorted((name, given) for name, given in attributes.items() if set(given) & set(keys)),
        "attribute_keys": keys,
        "versions": [
            Version(
                about(scorer, before),
                track.key_metric,
                figures(score.metrics).get(track.key_metric),
                score.created_at,
                scorer.id == track.current_scorer,
            )
            for (score, scorer), before in zip(rows, [None, *(one for _, one in rows)], strict=False)
        ],
    }


def by_kind(attributes: Mapping[str, Any], *, hidden: bool) -> dict[str, dict[str, float]]:
    """The figures of each kind of sentence. Of hidden ground truth only those with enough sentences behind
    them; and none at all where the rest is so small that the total would tell what was left out."""
    counts = {name: int(given["expressions"]) for name, given in attributes.items()}
    few = {name for name, count in counts.items() if hidden and count < LEAST_SENTENCES}
    if 0 < sum(counts[name] for name in few) < LEAST_SENTENCES:
        return {}
    return {name: figures(given["metrics"]) for name, given in attributes.items() if name not in few}


def duration_of(score: Score) -> str:
    """Coarse: an exact one could tell something about the ground truth."""
    return bucket(timedelta(seconds=score.seconds))
