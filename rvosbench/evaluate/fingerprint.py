"""The fingerprint of a result: a sha256 over what was scored, how, and what every unit got.

Two results with the same fingerprint agree in every bit of every unit. docs/evaluate.md says how to compute
it by hand. Metrics of plug-ins are left out: who has them installed must not matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from rvosbench.metrics.catalogue import ALL
from rvosbench.protocols.base import SCORING_VERSION
from rvosbench.protocols.units import Unit


def fingerprint(dataset: str, protocol: str, units: Iterable[Unit]) -> str:
    """`dataset` is the fingerprint of the dataset; the units come in the order of the plan."""
    keys = {info.key for info in ALL}
    found = hashlib.sha256(b"rvosbench result 1\n")
    found.update(_line("scored", dataset, protocol, SCORING_VERSION))
    for unit in units:
        values = {key: _exact(value) for key, value in sorted(unit.values.items()) if key in keys}
        found.update(_line("unit", unit.video, unit.unit, unit.frames, unit.missing, unit.truth_area, values))
        for one in unit.detections:
            found.update(_line("query", _exact(one.score), one.area, one.intersection))
    return found.hexdigest()


def _exact(value: float | None) -> str | None:
    """Every bit, however floating-point numbers are printed elsewhere."""
    return None if value is None else float(value).hex()


def _line(*values: object) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
