"""From what a method was trained on: what that means on the dataset of a record."""

from __future__ import annotations

from collections.abc import Sequence

from rvosbench_leaderboard.records.model import Setting

Stages = tuple[tuple[str, ...], ...]


def setting_of(dataset: str, stages: Stages | None) -> Setting:
    """`zero-shot` if the dataset was never trained on, `joint` if it was, together with others in one stage,
    else `supervised`. Earlier stages on other data, such as on single images, do not count."""
    if stages is None or not dataset:
        return "unknown"
    on_it = [stage for stage in stages if dataset in stage]
    if not on_it:
        return "zero-shot"
    return "joint" if len(on_it[-1]) > 1 else "supervised"


def stages_of(texts: Sequence[str] | None) -> Stages | None:
    """Each with its datasets between commas; `none` is no stage."""
    if texts is None:
        return None
    return tuple(tuple(part.strip() for part in one.split(",")) for one in texts if one != "none")


def all_data(stages: Stages | None) -> tuple[str, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(one for stage in stages or () for one in stage))
