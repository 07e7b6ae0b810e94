"""All protocols, ours and those of other packages; and which of them a split is scored by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rvosbench import registry
from rvosbench.errors import Code, PredictionsRefused, Problem, Severity, UsageError
from rvosbench.protocols.base import Protocol

if TYPE_CHECKING:
    from rvosbench.predictions.base import Kind
    from rvosbench.splits.split import Split

ALL = "all"
ANY_DATASET = "per-expression"
"""The protocol of datasets that have none of their own."""


@dataclass(frozen=True, slots=True)
class Chosen:
    protocols: tuple[Protocol, ...]
    notes: tuple[Problem, ...] = ()


def names() -> list[str]:
    return sorted(registry.registered(registry.PROTOCOLS))


def find(name: str) -> Protocol:
    points = registry.registered(registry.PROTOCOLS)
    if name not in points:
        near = get_close_matches(name, points, n=1)
        raise UsageError(
            Problem(
                Code.UNKNOWN_PROTOCOL,
                path=name,
                expected="all, or one of " + ", ".join(sorted(points)),
                found=name,
                fix=f"did you mean {near[0]}?" if near else "choose one of these",
            )
        )
    protocol: Protocol = registry.load(points[name])
    return protocol


def every() -> list[Protocol]:
    """All of them, by name."""
    return [registry.load(point) for _, point in sorted(registry.registered(registry.PROTOCOLS).items())]


def choose(wanted: str | None, split: Split, kind: Kind) -> Chosen:
    """The protocol that was named, that of the dataset where none was, or all that are reported for it."""
    dataset = split.manifest.dataset
    if wanted is None:
        return _checked([default(dataset)], split, kind)
    if wanted != ALL:
        return _checked([_fitting(find(wanted), dataset)], split, kind)
    reported = [one for one in every() if dataset in one.info.also]
    able = [one for one in reported if kind in one.info.kinds]
    unable = [one for one in reported if kind not in one.info.kinds]
    chosen = _checked([default(dataset), *able], split, kind)
    left_out = tuple(_wrong_kind(one, split, kind, Severity.WARNING) for one in unable)
    return Chosen(chosen.protocols, (*chosen.notes, *left_out))


def default(dataset: str) -> Protocol:
    """The official one of a dataset; of one that has none, the one for any."""
    protocols = every()
    own = [one for one in protocols if dataset in one.info.datasets]
    return (own or [one for one in protocols if one.info.name == ANY_DATASET])[0]


def _fitting(protocol: Protocol, dataset: str) -> Protocol:
    info = protocol.info
    if info.any_dataset or dataset in info.datasets | info.also:
        return protocol
    raise UsageError(
        Problem(
            Code.PROTOCOL_DOES_NOT_FIT,
            path=f"--protocol {info.name}",
            expected="a protocol of " + dataset,
            found="one of " + ", ".join(sorted(info.datasets | info.also)),
            fix=f"leave --protocol out, or choose {default(dataset).info.name}",
        )
    )


def _checked(protocols: Sequence[Protocol], split: Split, kind: Kind) -> Chosen:
    for protocol in protocols:
        if kind not in protocol.info.kinds:
            raise PredictionsRefused(_wrong_kind(protocol, split, kind, Severity.ERROR))
    return Chosen(tuple(protocols), tuple(note for one in protocols for note in one.notes(split)))


_KINDS: dict[Kind, str] = {
    "masks": "one mask for each expression and frame",
    "labels": "label maps of each annotator",
    "queries": "scored masks for each sample",
}


def _wrong_kind(protocol: Protocol, split: Split, kind: Kind, severity: Severity) -> Problem:
    wanted = " or ".join(_KINDS[one] for one in sorted(protocol.info.kinds))
    about = split.manifest
    left_out = "; the protocol is left out" if severity is Severity.WARNING else ""
    return Problem(
        Code.PROTOCOL_DOES_NOT_FIT,
        path=f"{about.dataset}:{about.split}, protocol {protocol.info.name}",
        expected=wanted,
        found=_KINDS[kind] + left_out,
        fix=f"`rvosbench describe {about.dataset} --format` shows the forms",
        severity=severity,
    )
