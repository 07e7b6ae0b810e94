"""Stability as distributions: all units, against their frames."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scored_sample import ScoredSample

from rvosbench.analysis.stability import MEASURES, stability_of
from rvosbench.cli.app import run


@pytest.mark.parametrize("dataset", ["mevis-v2", "ref-davis17"])
def test_values_are_the_variances_of_the_frames(scored_sample: ScoredSample, dataset: str) -> None:
    opened = scored_sample.opened(dataset, "flickering")
    found = {one.measure.key: one for one in stability_of([opened])}
    frames = opened.frames.values()
    everywhere = [np.var(one.j) for one in frames]
    present = [(one.j, one.present) for one in frames if one.present is not None]
    in_sight = [np.var(j[seen]) for j, seen in present if np.count_nonzero(seen) > 1]
    assert found["stability_J"].values == pytest.approx(np.array(everywhere), abs=1e-15)
    assert found["stability_J_present"].values == pytest.approx(np.array(in_sight), abs=1e-15)
    assert found["stability_J_present"].left_out == len(opened.units) - len(in_sight)


def test_means_are_the_figures_of_the_result_and_quantiles_those_of_numpy(
    scored_sample: ScoredSample,
) -> None:
    results = [scored_sample.opened("mevis-v2", quality) for quality in ("perfect", "flickering", "late")]
    found = stability_of(results)
    assert [(one.measure, one.name) for one in found] == [
        (measure, one.name) for measure in MEASURES for one in results
    ]
    for one in found:
        result = next(opened.result for opened in results if opened.name == one.name)
        assert one.mean == pytest.approx(result.metrics[one.measure.key], abs=1e-15)
        shares = (0.05, 0.25, 0.5, 0.75, 0.95)
        assert one.quantiles == pytest.approx(tuple(np.quantile(one.values, shares)))
        assert list(one.as_json()["quantiles"]) == [str(share) for share in shares]


def test_intervals_are_those_of_the_result_which_are_resampled_by_video(scored_sample: ScoredSample) -> None:
    results = [scored_sample.opened("mevis-v2", quality) for quality in ("flickering", "late")]
    told = 0
    for one in stability_of(results):
        result = next(opened.result for opened in results if opened.name == one.name)
        known = result.intervals.get(one.measure.key)
        assert (one.interval is None) == (known is None)
        if one.interval is not None and known is not None:
            assert one.interval[:2] == pytest.approx((known["low"], known["high"]), abs=1e-12)
            told += 1
        assert one.as_json()["videos"] == len(set(one.videos)) < len(one.videos)
    assert told >= len(MEASURES)


def test_what_never_changes_has_no_variance_and_what_flickers_has(scored_sample: ScoredSample) -> None:
    results = [scored_sample.opened("mevis-v2", quality) for quality in ("perfect", "flickering")]
    steady, flickering = stability_of(results)[:2]
    assert steady.mean == 0
    assert flickering.quantiles[2] > 0.2


def test_single_frames_have_no_stability(
    scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["stability", str(scored_sample.result("a2d-sentences", "late"))]) == 2
    assert "RVB159" in capsys.readouterr().err


def test_the_command_prints_and_draws(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [str(scored_sample.result("mevis-v2", quality)) for quality in ("late", "flickering")]
    figure = tmp_path / "stability.svg"
    assert run(["stability", *results, "--plot", str(figure), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {one["measure"] for one in document["distributions"]} == {one.key for one in MEASURES}
    assert "<svg" in figure.read_text(encoding="utf-8")
    assert run(["stability", *results]) == 0
    assert "stability_J_present" in capsys.readouterr().out


def test_a_figure_of_an_unknown_form_is_refused_before_any_work(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = str(scored_sample.result("mevis-v2", "late"))
    assert run(["stability", result, "--plot", str(tmp_path / "stability.gif")]) == 2
    assert ".pdf, .svg, .png" in capsys.readouterr().err
