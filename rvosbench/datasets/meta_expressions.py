"""`meta_expressions.json`, the form that MeViS, Ref-YouTube-VOS and their kin share:

{"videos": {video: {"frames": [stem, ...], "expressions": {id: {"exp": text, ...}}}}}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.json import expect, member, read_json


@dataclass(frozen=True, slots=True)
class MetaExpression:
    """`more` holds the keys beside `exp`, which differ between datasets."""

    expression: str
    text: str
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MetaVideo:
    video: str
    frames: tuple[str, ...]
    expressions: tuple[MetaExpression, ...]
    more: Mapping[str, Any]


def read_meta_expressions(path: Path, log: ProblemLog) -> dict[str, MetaVideo] | None:
    """The videos of the file, in its order; None if it cannot be read at all."""
    document = read_json(path, log)
    if document is None or expect(document, dict, path, log) is None:
        return None
    videos = member(document, "videos", dict, path, log)
    if videos is None:
        return None
    if not videos:
        log.add(
            Code.NOTHING_FOUND,
            path,
            expected="at least one video",
            found="none",
            fix="download the file again",
        )
    return {
        name: video
        for name, entry in videos.items()
        if (video := _read_video(name, entry, f"{path.name}: {name}", log)) is not None
    }


def _read_video(name: str, entry: Any, where: str, log: ProblemLog) -> MetaVideo | None:
    if expect(entry, dict, where, log) is None:
        return None
    frames = member(entry, "frames", list, where, log)
    expressions = member(entry, "expressions", dict, where, log)
    if frames is None or expressions is None:
        return None
    for frame in frames:
        if expect(frame, str, f"{where}: frames", log) is None:
            return None
    read = [
        _read_expression(key, value, f"{where}, expression {key}", log) for key, value in expressions.items()
    ]
    more = {key: value for key, value in entry.items() if key not in ("frames", "expressions")}
    return MetaVideo(name, tuple(frames), tuple(one for one in read if one is not None), more)


def _read_expression(key: str, value: Any, where: str, log: ProblemLog) -> MetaExpression | None:
    if expect(value, dict, where, log) is None:
        return None
    text = member(value, "exp", str, where, log)
    if text is None:
        return None
    return MetaExpression(key, text, {name: field for name, field in value.items() if name != "exp"})
