"""Strips show the frames, the ground truth and what each method was scored with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scored_sample import ScoredSample
from scoring import truth

from rvosbench.analysis.opened import Opened, open_results
from rvosbench.cli.app import run
from rvosbench.errors import RvosbenchError
from rvosbench.report.plots.overlay import overlaid, reduced, reduced_mask
from rvosbench.report.plots.strip_cases import cases_of, choose, predicted, spread
from rvosbench.report.plots.strips import TRUTH, draw
from rvosbench.report.plots.style import Width, looks


@pytest.fixture(scope="module")
def results(scored_sample: ScoredSample) -> tuple[Opened, ...]:
    return open_results([str(scored_sample.result("mevis-v2", one)) for one in ("shifted", "late")])


def test_rows_are_frames_truth_and_methods(scored_sample: ScoredSample, results: tuple[Opened, ...]) -> None:
    split = scored_sample.split("mevis-v2")
    [case] = choose(results, split)
    figure = draw(results, split, [case], frames=3)
    shown = [np.asarray(axes.images[0].get_array()) for axes in figure.axes]
    assert [str(axes.get_label()) for axes in figure.axes] == [
        name for name in ("frames", "ground truth", "shifted", "late") for _ in range(3)
    ]
    video = split.videos[case.video]
    places = [video.frames.index(stem) for stem in spread(case, 3)]
    assert places == [0, round((len(video.frames) - 1) / 2), len(video.frames) - 1]
    for column, place in enumerate(places):
        picture = video.frame(place)
        assert np.array_equal(shown[column], picture)
        target = truth(video, case.targets, place)
        assert np.array_equal(shown[3 + column], overlaid(picture, target, TRUTH))
        # The first quality is the ground truth, moved by the same way to the right and down.
        moved = np.zeros_like(target)
        moved[2:, 2:] = target[:-2, :-2]
        assert np.array_equal(shown[6 + column], overlaid(picture, moved, looks(2)[0].colour))


def test_below_each_picture_of_a_method_stands_its_score(
    scored_sample: ScoredSample, results: tuple[Opened, ...]
) -> None:
    split = scored_sample.split("mevis-v2")
    [case] = choose(results, split)
    figure = draw(results, split, [case], frames=4)
    written = [axes.texts[0].get_text() for axes in figure.axes if axes.texts]
    places = [case.stems.index(stem) for stem in spread(case, 4)]
    expected = [
        f"{one.frames[case.video, case.units[0]].j[place]:.2f}" for one in results for place in places
    ]
    assert written == expected
    assert any(case.text in text.get_text() for text in figure.texts)


def test_the_sentences_on_which_methods_differ_most_come_first(
    scored_sample: ScoredSample, results: tuple[Opened, ...]
) -> None:
    split = scored_sample.split("mevis-v2")

    def gap(key: tuple[str, str]) -> float:
        scores = [one.frames[key] for one in results]
        means = [float(np.mean(one.j) + np.mean(one.f)) / 2 for one in scores if one.f is not None]
        return abs(means[0] - means[1])

    cases = choose(results, split, count=2)
    gaps = {key: gap(key) for key in cases_of(results[0], split)}
    assert gaps[cases[0].video, cases[0].name] == max(gaps.values())
    assert cases[1].video != cases[0].video


def test_of_one_method_the_worst_is_chosen(scored_sample: ScoredSample, results: tuple[Opened, ...]) -> None:
    [case] = choose(results[1:], scored_sample.split("mevis-v2"))
    means = {key: float(np.mean(one.j)) for key, one in results[1].frames.items()}
    assert means[case.video, case.name] == min(means.values())


@pytest.mark.parametrize("dataset", ["ref-davis17", "a2d-sentences"])
def test_objects_and_samples_have_strips_too(scored_sample: ScoredSample, dataset: str) -> None:
    results = open_results([str(scored_sample.result(dataset, one)) for one in ("perfect", "late")])
    split = scored_sample.split(dataset)
    [case] = choose(results, split)
    figure = draw(results, split, [case], frames=3, width=Width.COLUMN)
    of_truth, of_perfect = figure.axes[3], figure.axes[6]
    video, stem = split.videos[case.video], spread(case, 3)[0]
    target = truth(video, case.targets, video.frames.index(stem))
    assert np.array_equal(
        np.asarray(of_truth.images[0].get_array()),
        overlaid(video.frame(video.frames.index(stem)), target, TRUTH),
    )
    assert of_perfect.texts[0].get_text() == "1.00"
    assert set(predicted(results[0], case)) == set(case.stems)


def test_what_is_not_there_is_refused(scored_sample: ScoredSample, results: tuple[Opened, ...]) -> None:
    with pytest.raises(RvosbenchError, match="RVB003"):
        choose(results, scored_sample.split("mevis-v2"), video="nowhere")


def test_the_command_draws_the_sentence_that_was_asked_for(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video, expression = next(iter(scored_sample.opened("mevis-v2", "late").sentences))
    given = [str(scored_sample.result("mevis-v2", "late")), "--data", str(scored_sample.home)]
    asked = ["--video", video, "--expression", expression, "--out", str(tmp_path / "strip.svg"), "--json"]
    assert run(["plot", "strips", *given, *asked]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [(case["video"], case["expression"]) for case in document["cases"]] == [(video, expression)]


def square(size: int) -> NDArray[np.bool_]:
    mask = np.zeros((size, size), np.bool_)
    mask[size // 4 : 3 * size // 4, size // 4 : 3 * size // 4] = True
    return mask


def test_an_overlay_tints_the_inside_and_leaves_the_outside_alone() -> None:
    picture = np.full((40, 40, 3), 100, np.uint8)
    found = overlaid(picture, square(40), "#0072B2")
    assert found[20, 20].tolist() == [55, 106, 135]  # 55 % of 100 and 45 % of the colour
    assert found[10, 20].tolist() == [0, 114, 178]  # the outline
    assert found[9, 20].tolist() == [255, 255, 255]  # the halo
    assert (found[:9] == 100).all()
    assert overlaid(picture, np.zeros((40, 40), np.bool_), "#0072B2") is picture


def test_large_pictures_are_reduced_and_their_masks_with_them() -> None:
    picture = reduced(np.zeros((400, 800, 3), np.uint8), 200)
    assert picture.shape == (100, 200, 3)
    assert reduced_mask(square(400), (100, 100)).tolist() == square(100).tolist()
