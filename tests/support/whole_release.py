"""A release with as many videos and sentences as that of MeViS has, and as little else as can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mevis_release import STEMS, MevisFiles, sentence, track

from rvosbench.datasets.mevis import MEVIS_V1

SPLIT = "valid_u"
OBJECTS = 3  # of each video


def whole_release(root: Path, *, videos: int | None = None) -> Path:
    """Every fourth sentence is about two objects. `videos`: only so many of them."""
    published = MEVIS_V1.info.published[SPLIT]
    count = published["videos"]
    per_video, more = divmod(published["expressions"], count)
    every: dict[str, Any] = {}
    masks: dict[str, Any] = {}
    for place in range(count if videos is None else videos):
        ids = [OBJECTS * place + number for number in range(OBJECTS)]
        masks |= {str(one): track(one, (True, True, one % 4 > 0)) for one in ids}
        sentences = {
            str(number): sentence(
                f"number {number} that moves",
                ids[:2] if number % 4 == 3 else [ids[number % OBJECTS]],
            )
            for number in range(per_video + (place < more))
        }
        every[f"video{place:02d}"] = {"vid_id": place, "frames": list(STEMS), "expressions": sentences}
    MevisFiles(root, videos=every, masks=masks).write()
    return root
