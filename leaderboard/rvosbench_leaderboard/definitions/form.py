"""The form of a definition, and how a text is read as one."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from rvosbench.datasets import base
from rvosbench.errors import Code, Problem, ProblemLog, RvosbenchError
from rvosbench_leaderboard.definitions.fields import Fields
from rvosbench_leaderboard.definitions.lines import lines_of

VISIBILITIES = ("public", "owner", "organisers")
MOST_BYTES = 256 << 10  # of the text
_LINE = re.compile(r"\bline ([0-9]+)")

EXAMPLE = """slug = "mevis"
title = "MeViS"
description = "Motion expressions video segmentation."
homepage = "https://example.org/mevis"
organisers = ["anna@example.org"]

[[tracks]]
slug = "valid"
title = "MeViS, valid"
dataset = "mevis-v2:valid"
ground_truth = "hidden"
metrics = ["J&F", "J", "F"]

[[tracks.phases]]
slug = "development"
title = "Development"
opens = 2026-12-01T00:00:00Z
per_day = 5
total = 100
concurrent = 2
max_size = "4 GB"

[[tracks.phases]]
slug = "final"
title = "Final"
opens = 2027-03-01T00:00:00Z
closes = 2027-03-15T00:00:00Z
total = 3
max_size = "4 GB"
visibility = "organisers"
approval = true
"""


@dataclass(frozen=True, slots=True)
class PhaseForm:
    slug: str
    title: str
    opens_at: datetime | None
    closes_at: datetime | None
    per_day: int | None
    per_week: int | None
    total: int | None
    concurrent: int | None
    bytes: int
    visibility: str
    approval: bool


@dataclass(frozen=True, slots=True)
class TrackForm:
    slug: str
    title: str
    dataset: str
    split: str
    protocol: str
    hidden: bool
    metrics: tuple[str, ...]
    phases: tuple[PhaseForm, ...]


@dataclass(frozen=True, slots=True)
class BenchmarkForm:
    slug: str
    title: str
    description: str
    homepage: str | None
    organisers: tuple[str, ...]
    tracks: tuple[TrackForm, ...]


def read_definition(text: str, name: str, log: ProblemLog) -> BenchmarkForm | None:
    """The benchmark if nothing is wrong with the text; else the log has all of it. `name` is the file as
    messages call it."""
    if len(text.encode()) > MOST_BYTES:
        found = f"{len(text.encode()):,} bytes"
        log.add(Code.BAD_DEFINITION, name, expected="a short text file", found=found, fix="shorten it")
        return None
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = _LINE.search(str(error))
        log.add(
            Code.BAD_DEFINITION,
            f"{name}, line {line[1]}" if line else name,
            expected="a file in TOML",
            found=str(error),
            fix="mend the line; texts stand in quotes, times do not",
        )
        return None
    own = ProblemLog()
    benchmark = _benchmark(Fields(values, (), lines_of(text), name, own))
    log.include(sorted(own, key=_line))
    return None if own.has_errors else benchmark


def _line(problem: Problem) -> int:
    """What has none comes last."""
    line = _LINE.search(problem.path)
    return int(line[1]) if line else sys.maxsize


def _benchmark(fields: Fields) -> BenchmarkForm:
    homepage = fields.text("homepage", default="", most=500)
    if homepage and not re.match(r"https?://[^\s]+$", homepage):
        fields.wrong("homepage", "an address that begins with https://", homepage, "write it in full")
    organisers = fields.texts("organisers")
    for address in organisers:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            fields.wrong("organisers", "e-mail addresses of accounts", address, "write the address in full")
    found = BenchmarkForm(
        slug=fields.slug(),
        title=fields.text("title"),
        description=fields.text("description", default="", most=5000),
        homepage=homepage or None,
        organisers=tuple(address.lower() for address in organisers),
        tracks=tuple(_track(one) for one in fields.tables("tracks")),
    )
    _unique(fields, "tracks", (track.slug for track in found.tracks))
    fields.end()
    return found


def _track(fields: Fields) -> TrackForm:
    from rvosbench.metrics.catalogue import ALL  # not above: it brings NumPy

    dataset, split = _split(fields)
    protocol, headline = _protocol(fields, dataset)
    metrics = tuple(fields.texts("metrics")) or headline
    known = [info.key for info in ALL]
    for key in metrics:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            fix = f"did you mean {near[0]}?" if near else "leave the line out for those that papers print"
            fields.wrong("metrics", "figures of the protocol", key, fix)
    found = TrackForm(
        slug=fields.slug(),
        title=fields.text("title"),
        dataset=dataset,
        split=split,
        protocol=protocol,
        hidden=fields.choice("ground_truth", ("hidden", "open"), "hidden") == "hidden",
        metrics=metrics,
        phases=tuple(_phase(one) for one in fields.tables("phases")),
    )
    _unique(fields, "phases", (phase.slug for phase in found.phases))
    fields.end()
    return found


def _split(fields: Fields) -> tuple[str, str]:
    name, _, split = fields.text("dataset").partition(":")
    if not name:
        return "", ""
    try:
        dataset = base.find(name)
        split = split or dataset.info.default_split
        base.check_split(dataset, split)
    except RvosbenchError as error:
        problem = error.problems[0]
        fields.wrong("dataset", problem.expected, problem.found, problem.fix)
        return "", ""
    return name, split


def _protocol(fields: Fields, dataset: str) -> tuple[str, tuple[str, ...]]:
    """The protocol and the figures that papers print of it."""
    from rvosbench.protocols import catalogue  # not above: it brings NumPy

    default = catalogue.default(dataset).info.name if dataset else ""
    name = fields.choice("protocol", catalogue.names(), default) if dataset else ""
    return (name, catalogue.find(name).info.headline) if name else ("", ())


def _phase(fields: Fields) -> PhaseForm:
    found = PhaseForm(
        slug=fields.slug(),
        title=fields.text("title"),
        opens_at=fields.moment("opens"),
        closes_at=fields.moment("closes"),
        per_day=fields.count("per_day"),
        per_week=fields.count("per_week"),
        total=fields.count("total"),
        concurrent=fields.count("concurrent"),
        bytes=fields.size("max_size", "4 GB"),
        visibility=fields.choice("visibility", VISIBILITIES, "public"),
        approval=fields.flag("approval"),
    )
    if found.opens_at and found.closes_at and found.opens_at >= found.closes_at:
        fields.wrong("closes", "an end after the beginning", str(found.closes_at), "mend one of the two")
    fields.end()
    return found


def _unique(fields: Fields, key: str, slugs: Iterable[str]) -> None:
    seen: set[str] = set()
    for slug in slugs:
        if slug and slug in seen:
            fields.wrong(key, "a slug of its own for each", slug, "rename one of them")
        seen.add(slug)
