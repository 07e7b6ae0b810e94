"""Boards of many entries, written straight into the tables."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from furnished_site import NOW, Site
from rvosbench_leaderboard.database.tables import Score, Submission, Upload
from sqlalchemy import insert

ATTRIBUTES = {f"kind {place}": {"expressions": 100, "metrics": {"J&F": 0.5, "J": 0.5}} for place in range(8)}


def fill(site: Site, entries: int) -> None:
    """Published submissions of one team, each with all that a form asks for."""
    dice = random.Random(7)
    uploads, submissions, scores = [], [], []
    for number in range(entries):
        key, at = site._key(), NOW - timedelta(hours=dice.randrange(1, 20_000))
        owner = {"phase": site.phase, "team": site.teams["Team of Bo"], "user": site.people["bo"]}
        file = {"name": "preds.zip", "size": 10**9, "sha256": f"{number:064x}", "blob": key, "created_at": at}
        uploads.append(
            {
                "id": key,
                **owner,
                **file,
                "touched_at": at,
                "expires_at": at,
                "state": "received",
                "details": {},
            }
        )
        submissions.append(
            {"id": key, **owner, **file, "upload": key, "number": 1000 + number, "state": "published"}
            | {"state_at": at, "published_at": at, "kind": "ordinary", "details": told(number, dice)}
        )
        scores.append(scored(site, key, dice) | {"created_at": at})
    with site.database.write() as session:
        session.execute(insert(Upload), uploads)
        session.execute(insert(Submission), submissions)
        session.execute(insert(Score), scores)


def told(number: int, dice: random.Random) -> dict[str, Any]:
    return {
        "method": f"Method {number}",
        "venue": f"CVPR {dice.randint(2019, 2026)}",
        "paper": f"https://example.org/papers/{number}",
        "code": f"https://example.org/code/{number}",
        "parameters": float(dice.randint(10, 9000)),
        "fps": dice.randint(5, 600) / 10,
        "device": "one A100, batch 1, 480 pixels",
        "training": "RefCOCO, RefCOCO+, RefCOCOg, MeViS",
        "setting": "trained on this dataset",
    }


def scored(site: Site, submission: str, dice: random.Random) -> dict[str, Any]:
    score = dice.uniform(0.2, 0.8)
    return {
        "id": site._key(),
        "submission": submission,
        "scorer": site.scorer,
        "metrics": {"J&F": score, "J": score - dice.random() / 50, "F": score + dice.random() / 50},
        "intervals": {"J&F": [score - 0.02, score + 0.02]},
        "attributes": ATTRIBUTES,
        "flags": [],
        "seconds": 240.0,
    }
