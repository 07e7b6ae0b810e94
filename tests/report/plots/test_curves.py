"""What curves, bars and points show is what was scored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text
from scored_sample import ScoredSample

from rvosbench.analysis.opened import Opened, open_results
from rvosbench.analysis.paired import interval_of
from rvosbench.errors import RvosbenchError
from rvosbench.report.plots import attributes, over_time, scatter, stability, success, trade_off
from rvosbench.report.plots.style import Width
from rvosbench.report.plots.trade_off import Point


@pytest.fixture(scope="module")
def results(scored_sample: ScoredSample) -> tuple[Opened, ...]:
    qualities = ("shifted", "late", "wrong-object")
    return open_results([f"{one}={scored_sample.result('mevis-v2', one)}" for one in qualities])


def unit_scores(opened: Opened) -> list[float]:
    """From the frames, not from the table of units."""
    return [
        float((frames.j.mean() + frames.f.mean()) / 2)
        for frames in opened.frames.values()
        if frames.f is not None
    ]


def test_a_success_curve_is_the_share_above_each_threshold(results: tuple[Opened, ...]) -> None:
    axes = success.draw(results).axes[0]
    assert len(axes.lines) == len(results)
    for line, one in zip(axes.lines, results, strict=True):
        thresholds, shares = (np.asarray(values, float) for values in line.get_data())
        values = np.array(unit_scores(one))
        assert list(thresholds) == [step / 100 for step in range(101)]
        assert shares == pytest.approx(
            [np.mean(values > threshold + 1e-12) for threshold in thresholds], abs=1e-9
        )
        assert line.get_label() == f"{one.name}  {values.mean():.3f}"


def test_a_success_curve_of_frames_counts_frames(results: tuple[Opened, ...]) -> None:
    line = success.draw(results[:1], of=success.Of.FRAMES, metric="J").axes[0].lines[0]
    frames = np.concatenate([one.j for one in results[0].frames.values()])
    assert np.asarray(line.get_ydata(), float)[50] == pytest.approx(np.mean(frames > 0.5))


def test_the_mean_over_time_is_the_score(results: tuple[Opened, ...]) -> None:
    """Every frame counts as much as it is long, so a curve loses nothing."""
    axes = over_time.draw(results).axes[0]
    for line, one in zip(axes.lines, results, strict=True):
        assert np.mean(np.asarray(line.get_ydata(), float)) == pytest.approx(
            one.result.metrics["J"], abs=1e-12
        )


def test_the_band_is_the_interval_of_each_part(results: tuple[Opened, ...]) -> None:
    one = results[1]
    band = over_time.draw([one]).axes[0].collections[0].get_paths()[0].vertices
    parts = np.array([over_time.by_part(frames.j) for frames in one.frames.values()])
    videos = [video for video, _ in one.frames]
    interval = interval_of(parts[:, 10], videos, resamples=over_time.RESAMPLES)
    assert interval is not None
    at = np.asarray(band)[np.isclose(np.asarray(band)[:, 0], over_time.CENTRES[10])][:, 1]
    assert {round(float(y), 9) for y in at} == {
        round(max(0.0, interval.low), 9),
        round(min(1.0, interval.high), 9),
    }


def test_a_part_of_a_video_is_the_mean_of_its_frames() -> None:
    frames = np.random.default_rng(1).random(40)
    assert over_time.by_part(frames) == pytest.approx(frames.reshape(20, 2).mean(axis=1))
    assert over_time.by_part(np.array([0.7])) == pytest.approx(np.full(20, 0.7))
    assert over_time.by_part(np.array([0.0, 1.0])) == pytest.approx([0.0] * 10 + [1.0] * 10)


def test_a_point_of_the_scatter_is_a_video(results: tuple[Opened, ...]) -> None:
    axes = scatter.draw(results[:2]).axes[0]
    shown = {(float(x), float(y)) for one in axes.collections for x, y in np.asarray(one.get_offsets())}
    videos = dict.fromkeys(video for video, _ in results[0].frames)
    means = [
        [
            np.mean(
                [
                    (f.j.mean() + f.f.mean()) / 2
                    for (v, _), f in one.frames.items()
                    if v == video and f.f is not None
                ]
            )
            for video in videos
        ]
        for one in results[:2]
    ]
    expected = sorted(zip(*means, strict=True))
    assert np.array(sorted(shown)) == pytest.approx(np.array(expected))
    better = sum(y > x for x, y in expected)
    assert f"late is better in {better} of {len(videos)} videos" in axes.get_title()


def test_a_scatter_wants_two_methods(results: tuple[Opened, ...]) -> None:
    with pytest.raises(RvosbenchError, match="two results"):
        scatter.draw(results)


def test_boxes_have_every_unit_and_the_quantiles(results: tuple[Opened, ...]) -> None:
    figure = stability.draw(results)
    assert [axes.get_title() for axes in figure.axes] == [
        "variance of J",
        "variance of J&F",
        "variance of J,\ntarget in sight",
        "variance of J&F,\ntarget in sight",
        "flicker",
    ]
    axes = figure.axes[0]
    points = [np.asarray(line.get_ydata(), float) for line in axes.lines if line.get_label() == "units"]
    for drawn, one in zip(points, results, strict=True):
        assert list(drawn) == [unit.values["stability_J"] for unit in one.units]
    middles = [np.median(values) for values in points]
    ends = [set(np.round(np.asarray(line.get_ydata(), float), 12)) for line in axes.lines]
    assert all({round(float(middle), 12)} in ends for middle in middles)


def test_bars_are_the_scores_by_attribute(scored_sample: ScoredSample, results: tuple[Opened, ...]) -> None:
    from rvosbench.analysis.attribute_scores import by_attribute

    found = by_attribute(results, scored_sample.split("mevis-v2"))
    figure = attributes.draw(found, only=["targets", "kind"], width=Width.COLUMN)
    for axes, name in zip(figure.axes, ("targets", "kind"), strict=True):
        scores = next(one for one in found.attributes if one.attribute.id == name)
        heights = [
            [float(bar.get_height()) for bar in container]
            for container in axes.containers
            if hasattr(container, "patches")
        ]
        assert heights == [
            [bucket.scores[place].value for bucket in scores.buckets] for place in range(len(results))
        ]
        labels = [label.get_text().partition("\n")[2] for label in axes.get_xticklabels()]
        assert labels == [f"{bucket.units}/{bucket.videos}" for bucket in scores.buckets]


def test_an_unknown_attribute_is_refused(scored_sample: ScoredSample, results: tuple[Opened, ...]) -> None:
    from rvosbench.analysis.attribute_scores import by_attribute

    found = by_attribute(results[:1], scored_sample.split("mevis-v2"))
    with pytest.raises(RvosbenchError, match="weight, which is no attribute"):
        attributes.draw(found, only=["weight"])


POINTS = [
    Point("a", 10, 0.3),
    Point("b", 20, 0.5, (0.45, 0.55)),
    Point("c", 30, 0.4),  # b is cheaper and better
    Point("d", 200, 0.6, measured=False),
    Point("e", 20, 0.2),
]


@pytest.mark.parametrize(("more_is_better", "names"), [(False, "abd"), (True, "d")])
def test_the_front_has_what_no_other_method_beats(more_is_better: bool, names: str) -> None:
    assert "".join(point.name for point in trade_off.front(POINTS, more_is_better=more_is_better)) == names


def test_a_trade_off_shows_every_method_where_it_belongs() -> None:
    figure = trade_off.draw(POINTS, metric="J&F", cost="parameters")
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    front = next(line for line in axes.lines if line.get_label() == "front")
    assert [tuple(map(float, pair)) for pair in np.asarray(front.get_xydata())] == [
        (10, 0.3),
        (20, 0.5),
        (200, 0.6),
    ]
    places = {text.get_text(): getattr(text, "xy") for text in axes.texts}  # noqa: B009
    assert places == {point.name: (point.cost, point.score) for point in POINTS}


@pytest.mark.parametrize("kind", [success, over_time, scatter, stability])
def test_a_title_hides_nothing(kind: Any, results: tuple[Opened, ...]) -> None:
    figure = kind.draw(results[:2], title="A title above it all")
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    title = next(text for text in texts if text.get_text() == "A title above it all")
    others = [text.get_window_extent() for text in texts if text is not title]
    assert not [box for box in others if title.get_window_extent().overlaps(box)]


def test_names_of_methods_do_not_hide_each_other() -> None:
    close = [Point(f"method {place}", 20 + place, 0.5 + place / 500) for place in range(4)]
    figure = trade_off.draw(close, metric="J&F", cost="parameters")
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
