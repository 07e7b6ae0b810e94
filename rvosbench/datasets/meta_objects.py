"""`meta.json`, which stands beside the label maps of YouTube-VOS and says what the objects are:

{"videos": {video: {"objects": {label: {"category": name, ...}}}}}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rvosbench.errors import ProblemLog
from rvosbench.io.json import expect, member, read_json

Categories = Mapping[str, Mapping[str, str]]
"""Video -> object -> category."""


def read_meta_objects(path: Path, log: ProblemLog) -> Categories:
    """The categories in a `meta.json`; what cannot be read of it is reported and left out."""
    document = read_json(path, log)
    if document is None or expect(document, dict, path, log) is None:
        return {}
    videos = member(document, "videos", dict, path, log) or {}
    found = {}
    for video, entry in videos.items():
        where = f"{path.name}: {video}"
        if expect(entry, dict, where, log) is not None:
            found[video] = categories_of(member(entry, "objects", dict, where, log) or {}, where, log)
    return found


def categories_of(objects: Mapping[str, Any], where: str, log: ProblemLog) -> dict[str, str]:
    """{label: {"category": name, ...}} -> {label: name}; one without a category is left out."""
    found = {}
    for name, about in objects.items():
        there = f"{where}, object {name}"
        if expect(about, dict, there, log) is not None and "category" in about:
            category = member(about, "category", str, there, log)
            if category is not None:
                found[name] = category
    return found
