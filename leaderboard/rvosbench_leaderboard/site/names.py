"""Names of pages. Ids come from files that anybody may write, so a name is made of harmless letters alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from rvosbench.datasets import base
from rvosbench_leaderboard.records.model import BoardKey

_LONGEST = 80


def page_name(identity: str) -> str:
    """The id itself where it is harmless; else what is left of it, and a mark that keeps it apart."""
    plain = re.sub(r"[^a-z0-9_]+", "-", identity.lower()).strip("-")[:_LONGEST]
    if plain and plain == identity:
        return plain
    mark = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain}-{mark}" if plain else mark


def record_pages(ids: Iterable[str]) -> Mapping[str, str]:
    return {one: f"records/{page_name(one)}.html" for one in ids}


def method_pages(ids: Iterable[str]) -> Mapping[str, str]:
    return {one: f"methods/{page_name(one)}.html" for one in ids}


def board_pages(keys: Iterable[BoardKey]) -> Mapping[BoardKey, str]:
    """Named after dataset and split alone where these have one protocol."""
    every = list(keys)
    pages = {}
    for key in every:
        alone = sum(other[:2] == key[:2] for other in every) == 1
        pages[key] = f"boards/{page_name('-'.join(key[:2] if alone else key))}.html"
    return pages


def dataset_titles(ids: Iterable[str]) -> Mapping[str, str]:
    """As the datasets call themselves, without what follows a colon; an unknown one keeps its id."""
    known = frozenset(base.names())
    return {
        one: base.find(one).info.title.partition(":")[0] if one in known else one for one in sorted(set(ids))
    }
