"""What a track is scored with: asked of the ground truth once per start of a worker, kept as a scorer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Phase, Scorer, Submission, Track
from rvosbench_leaderboard.scoring import messages
from rvosbench_leaderboard.scoring.messages import Facts, Request, ScoringFailed

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.worker.config import WorkerSettings


def place_of(session: Session, submission: Submission) -> Track:
    """The track that a submission is scored in."""
    return session.scalars(
        select(Track).join(Phase, Phase.track == Track.id).where(Phase.id == submission.phase)
    ).one()


class Tracks:
    """Those that this worker has looked at since it was started."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._seen: dict[str, tuple[str, str, str]] = {}

    def look(self) -> None:
        """At every track that is new or was changed. One without ground truth is looked at again later."""
        with self._settings.database.read() as session:
            tracks = session.scalars(select(Track)).all()
        for track in tracks:
            setting = _setting(track)
            if self._seen.get(track.id) != setting or track.current_scorer is None:
                try:
                    self._describe(track)
                    self._seen[track.id] = setting
                except ScoringFailed as error:
                    name = f"{track.dataset}:{track.split}"
                    self._settings.report(f"track {track.slug} cannot be scored: {name}: {error}")

    def _describe(self, track: Track) -> None:
        settings = self._settings
        request = Request(
            messages.DESCRIBE,
            data=settings.data,
            dataset=track.dataset,
            split=track.split,
            protocol=track.protocol,
            limits=settings.validating,
        )
        found = settings.runner(settings).result(request, lambda stage, share: None)
        facts = Facts(**found)
        with settings.database.write() as session:
            now = session.get_one(Track, track.id, with_for_update=True)
            if _setting(now) == _setting(track):  # else it was defined anew meanwhile
                keep(session, track.id, facts, settings.clock())


def _setting(track: Track) -> tuple[str, str, str]:
    return track.dataset, track.split, track.protocol


def found_before(session: Session, track: str, facts: Facts) -> str | None:
    """The scorer of these facts, if it is known."""
    return session.scalar(
        select(Scorer.id).where(
            Scorer.track == track,
            Scorer.scoring_version == facts.scoring_version,
            Scorer.config_hash == facts.config_hash,
            Scorer.dataset_fingerprint == facts.dataset_fingerprint,
        )
    )


def keep(session: Session, track: str, facts: Facts, now: datetime) -> str:
    """Makes the scorer if it is new. The first one of a track, or of a changed setting without any score, is
    the current one; a later one becomes current by the switch of a re-score alone."""
    own = session.get_one(Track, track, with_for_update=True)
    known = found_before(session, track, facts)
    if known is not None:
        scorer = session.get_one(Scorer, known)
    else:
        scorer = Scorer(
            id=new_id(now),
            track=track,
            scoring_version=facts.scoring_version,
            config_hash=facts.config_hash,
            dataset_fingerprint=facts.dataset_fingerprint,
            created_at=now,
        )
        session.add(scorer)
        session.flush()
    scorer.found_at = now
    if own.current_scorer is None:
        own.current_scorer = scorer.id
        scorer.shown_at = now
        own.dataset_fingerprint = facts.dataset_fingerprint
    return scorer.id
