"""Each figure of a video benchmark, from pixels and by plain loops: that each is made of its own series, over
its own frames and units."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from score_oracle import region
from scoring import Mask, in_tree, score_expressions, truth

from rvosbench.evaluate.run import Options, evaluate
from rvosbench.splits.split import Expression, Split

Values = dict[str, float | None]


def decay(values: Sequence[float]) -> float:
    """Quarters overlap by the frame in which they meet; halves are rounded up."""
    count = len(values)
    first_end = int(1 + 0.25 * (count - 1) + 0.5) - 1
    last_start = int(1 + 0.75 * (count - 1) + 0.5) - 1
    return statistics.fmean(values[: first_end + 1]) - statistics.fmean(values[last_start:])


def variance(values: Sequence[float]) -> float | None:
    return statistics.pvariance(values) if len(values) > 1 else None


def values_of(one: Expression, j: Sequence[float], f: Sequence[float], masks: Sequence[Mask]) -> Values:
    both = [(a + b) / 2 for a, b in zip(j, f, strict=True)]
    seen = [bool(truth(one.video, one.objects or (), frame).any()) for frame in one.scored]
    answered = any(mask.any() for mask in masks)
    pairs = [region(mask, after) for mask, after in itertools.pairwise(masks)]
    return {
        "J": statistics.fmean(j),
        "F": statistics.fmean(f),
        "J_recall": sum(value > 0.5 for value in j) / len(j),
        "F_recall": sum(value > 0.5 for value in f) / len(f),
        "J_decay": decay(j),
        "F_decay": decay(f),
        "stability_J": variance(j),
        "stability_J&F": variance(both),
        "stability_J_present": variance([value for value, there in zip(j, seen, strict=True) if there]),
        "stability_J&F_present": variance([value for value, there in zip(both, seen, strict=True) if there]),
        "flicker": 1 - statistics.fmean(pairs) if pairs else None,
        "N-acc": None if one.objects else float(not answered),
        "T-acc": float(answered) if one.objects else None,
    }


@pytest.fixture(scope="module")
def expected(mevis: Split, mevis_predictions: Path) -> dict[tuple[str, str], Values]:
    read = in_tree(mevis_predictions)
    scores = score_expressions(mevis, read)
    found = {}
    for one in mevis.expressions:
        masks = [mask for frame in one.scored if (mask := read(one, frame)) is not None]
        assert len(masks) == len(one.scored)
        unit = scores[one.video.name, one.name]
        found[one.video.name, one.name] = values_of(one, unit.j, unit.f, masks)
    return found


def test_every_unit_has_the_values_of_its_own_frames(
    expected: dict[tuple[str, str], Values], mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    evaluate(mevis_predictions, mevis, Options(out=tmp_path / "out"))
    rows = pq.ParquetFile(tmp_path / "out" / "units.parquet").read().to_pylist()
    assert len(rows) == len(expected)
    for row in rows:
        for key, value in expected[row["video"], row["unit"]].items():
            assert row[key] == (None if value is None else pytest.approx(value, abs=1e-12)), (row, key)


def test_every_figure_is_the_mean_of_the_units_that_count_for_it(
    expected: dict[tuple[str, str], Values], mevis: Split, mevis_predictions: Path
) -> None:
    metrics = evaluate(mevis_predictions, mevis).results[0].metrics
    units = list(expected.values())
    means = {
        key: statistics.fmean(value for unit in units if (value := unit[key]) is not None) for key in units[0]
    }
    targeted = [unit for unit in units if unit["T-acc"] is not None]
    means["J&F"] = (means["J"] + means["F"]) / 2
    means["J&F_targeted"] = statistics.fmean(
        ((unit["J"] or 0.0) + (unit["F"] or 0.0)) / 2 for unit in targeted
    )
    means["final"] = (means["J&F"] + means["N-acc"] + means["T-acc"]) / 3
    assert metrics == pytest.approx(means, abs=1e-12)
    assert 0 < means["N-acc"] < 1 and len(targeted) < len(units)
