"""What lies in a page is what was scored."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image
from report_pages import (
    FRAMES,
    METHODS,
    PARK,
    POND,
    SENTENCES,
    Page,
    masks,
    picture,
    predicted,
    read_page,
    squares_results,
    truth,
)
from scoring import blobs, make_split, video, write_tree

from rvosbench.analysis.anatomy import KINDS, dissect
from rvosbench.analysis.opened import Opened, open_results
from rvosbench.errors import Code, UsageError
from rvosbench.evaluate.run import Options as EvalOptions
from rvosbench.evaluate.run import evaluate
from rvosbench.masks import rle
from rvosbench.report.page.build import REST, build
from rvosbench.report.page.edges import Reduction, pack, small_size
from rvosbench.report.page.options import Options
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

CASES = [(name, case) for name in (PARK, POND) for case in SENTENCES]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_masks_are_those_that_were_scored(page: Page, name: str, case: str) -> None:
    np.testing.assert_array_equal(page.truth(name, case), truth(name, case))
    for method in range(len(METHODS)):
        np.testing.assert_array_equal(page.predicted(name, case, method), predicted(name, case, method))


def test_curves_are_the_scores_of_the_frames(page: Page, of_squares: tuple[Opened, ...]) -> None:
    for method, opened in enumerate(of_squares):
        for (name, case), frames in opened.frames.items():
            j, f, flags = page.scores(name, case, method)
            assert frames.f is not None and frames.present is not None and frames.predicted is not None
            np.testing.assert_allclose(j, frames.j, atol=0.5e-4)
            np.testing.assert_allclose(f, frames.f, atol=0.5e-4)
            np.testing.assert_array_equal([bool(flag & 1) for flag in flags], frames.present)
            np.testing.assert_array_equal([bool(flag & 2) for flag in flags], frames.predicted)


def test_the_table_holds_the_mean_of_j_and_f_of_every_sentence(
    page: Page, of_squares: tuple[Opened, ...]
) -> None:
    cases = page.index["cases"]
    keys = [(cases["videos"][place], name) for place, name in zip(cases["video"], cases["name"], strict=True)]
    assert keys == CASES
    for method, opened in enumerate(of_squares):
        values = {(one.video, one.unit): one.values for one in opened.units}
        expected = [((values[key]["J"] or 0) + (values[key]["F"] or 0)) / 2 for key in keys]
        assert [score / 10_000 for score in cases["scores"][method]] == pytest.approx(expected, abs=0.5e-4)


def test_figures_are_whole_and_their_intervals_beside_them(
    page: Page, of_squares: tuple[Opened, ...]
) -> None:
    for method, opened in zip(page.index["methods"], of_squares, strict=True):
        assert method["metrics"] == dict(opened.result.metrics)
        assert method["fingerprint"] == opened.result.fingerprint
        assert method["intervals"] == {key: dict(one) for key, one in opened.result.intervals.items()}


def test_a_page_of_too_few_videos_says_that_no_verdict_is_possible(page: Page) -> None:
    """Of two videos no p-value is below 0.5."""
    found = page.index["comparison"]
    assert (found["videos"], found["decidable"]) == (2, False)
    assert [(one["verdict"], one["noise"]) for one in found["pairs"]] == [("tie", None)]


def test_losses_and_buckets_have_their_intervals_where_videos_differ(squares: Split, tmp_path: Path) -> None:
    results = squares_results(tmp_path, squares, easy=POND)
    build(results, squares, tmp_path / "page.html", Options(frames="none"))
    index = read_page(tmp_path / "page.html").index
    found = dissect(results[1], squares).intervals
    expected = [None if (one := found[kind.id]) is None else [one.low, one.high] for kind in KINDS]
    assert index["anatomy"]["methods"][1]["intervals"] == expected and any(expected)
    bucket = index["attributes"]["list"][0]["scores"][1]
    exact, shifted = bucket["means"]
    assert bucket["videos"] == 2 and "low" not in exact
    assert shifted["low"] < shifted["value"] < shifted["high"]


def test_pictures_are_embedded_once_for_all_sentences_of_a_video(page: Page) -> None:
    assert [name for name in page.blocks if name.startswith("p")] == ["p0", "p1"]
    block = page.blocks[f"p{page.place(POND)}"]
    assert block["stride"] == 1 and len(block["webp"]) == FRAMES
    for frame, content in enumerate(block["webp"]):
        with Image.open(io.BytesIO(base64.b64decode(content))) as image:
            difference = np.asarray(image.convert("RGB")).astype(int) - picture(frame)
        assert image.format == "WEBP" and np.abs(difference).max() < 12


def test_equal_masks_are_kept_once(page: Page) -> None:
    _, exact = page.case(POND, "0")
    assert exact["masks"][0] == exact["truth"]
    assert exact["masks"][1] != exact["truth"]


@pytest.mark.parametrize("size", [(300, 500), (720, 405), (241, 1000), (50, 60)])
def test_a_small_mask_has_the_pixels_at_the_centres_of_its_cells(size: tuple[int, int]) -> None:
    small = small_size(*size, 240)
    assert min(small) == min(240, *size)
    reduction = Reduction(size, small)
    rows, columns = (
        (2 * np.arange(part) + 1) * whole // (2 * part) for whole, part in zip(size, small, strict=True)
    )
    for mask in (*blobs(np.random.default_rng(1), 4, *size), np.ones(size, bool), np.zeros(size, bool)):
        noisy = mask ^ (np.random.default_rng(2).random(size) < 0.02)
        for one in (mask, noisy):
            expected = one[rows][:, columns].T.ravel()
            changes = np.zeros(expected.size, np.int64)
            changes[reduction.edges(rle.encode(one))] = 1
            np.testing.assert_array_equal(np.cumsum(changes) % 2 == 1, expected)


def test_what_hardly_changes_costs_hardly_anything() -> None:
    mask = blobs(np.random.default_rng(5), 1, 240, 427)[0] ^ (
        np.random.default_rng(6).random((240, 427)) < 0.05
    )
    edges = Reduction(mask.shape, mask.shape).edges(rle.encode(mask))
    assert len(pack([edges] * 50)) < 1.1 * len(pack([edges]))


def test_the_same_results_give_the_same_bytes(
    page_file: Path, of_squares: tuple[Opened, ...], squares: Split, tmp_path: Path
) -> None:
    again = tuple(Opened(one.name, one.result, one.folder) for one in of_squares)
    build(again, squares, tmp_path / "page.html", Options(title="<b>Squares</b> & more", workers=2))
    assert (tmp_path / "page.html").read_bytes() == page_file.read_bytes()


def test_a_page_without_room_has_no_pictures_and_says_so(
    of_squares: tuple[Opened, ...], squares: Split, tmp_path: Path
) -> None:
    built = build(of_squares, squares, tmp_path / "page.html", Options(room=10_000))
    assert built.pictures == 0 and set(built.without) == {PARK, POND}
    about = read_page(tmp_path / "page.html").index["page"]
    assert about["without"][POND] == "no room for them within the size of the page"


def test_masks_get_smaller_where_room_is_short(tmp_path: Path) -> None:
    noise = np.random.default_rng(7)
    records = [
        video(name, {"1": blobs(noise, 4, 300, 400)}, [ExpressionRecord("0", "one", ("1",))])
        for name in ("a", "b")
    ]
    split = make_split(tmp_path, "mevis-v1", "valid_u", records)
    drawn = {(one.video.name, "0"): blobs(noise, 4, 300, 400) for one in split.expressions}
    for mask in drawn.values():
        mask ^= noise.random(mask.shape) < 0.1
    out = tmp_path / "result"
    evaluate(write_tree(tmp_path / "tree", drawn, split), split, EvalOptions(out=out))
    results = open_results([str(out)])
    wide = build(results, split, tmp_path / "wide.html", Options(frames="none"))
    streams = read_page(tmp_path / "wide.html").blocks["m0"]["streams"]
    room = REST + sum(map(len, streams))  # half of what both videos take
    narrow = build(results, split, tmp_path / "narrow.html", Options(frames="none", room=room))
    assert wide.side == 240 and narrow.side < 240
    assert narrow.bytes < wide.bytes - sum(map(len, streams)) // 2
    assert read_page(tmp_path / "narrow.html").index["page"]["side"] == narrow.side


def test_linked_frames_are_found_from_where_the_page_lies(
    of_squares: tuple[Opened, ...], squares: Split, tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "page.html"
    build(of_squares, squares, path, Options(frames="link"))
    links = read_page(path).blocks["p1"]["links"]
    assert len(links) == FRAMES
    for frame, link in enumerate(links):
        with Image.open(path.parent / unquote(link)) as image:
            assert (np.asarray(image) == picture(frame)).all()


def test_results_without_masks_still_give_a_page(squares: Split, tmp_path: Path) -> None:
    results = squares_results(tmp_path, squares, masks=False)
    build(results, squares, tmp_path / "page.html")
    page = read_page(tmp_path / "page.html")
    assert page.case(POND, "0")[1]["masks"] == [None, None]
    assert page.index["anatomy"] is None and not any(one["masks"] for one in page.index["methods"])
    np.testing.assert_array_equal(page.truth(POND, "0"), truth(POND, "0"))


def test_objects_of_annotators_are_cases_and_what_does_not_count_is_told(tmp_path: Path) -> None:
    noise = np.random.default_rng(8)
    objects = {"1": blobs(noise, 3, 30, 40), "2": blobs(noise, 3, 30, 40)}
    void = blobs(noise, 3, 30, 40)
    sentences = [
        ExpressionRecord(str(4 * place + annotator), f"object {place + 1}", (str(place + 1),), annotator)
        for place in range(2)
        for annotator in range(4)
    ]
    split = make_split(tmp_path, "ref-davis17", "val", [video("swan", objects, sentences, void=void)])
    drawn = {("swan", one.name): objects[(one.objects or ())[0]] for one in split.expressions}
    out = tmp_path / "result"
    evaluate(write_tree(tmp_path / "tree", drawn, split), split, EvalOptions(out=out))
    build(open_results([str(out)]), split, tmp_path / "page.html")
    page = read_page(tmp_path / "page.html")
    assert page.index["cases"]["name"] == [f"anno_{one}/{label}" for one in range(4) for label in (1, 2)]
    for label in ("1", "2"):
        np.testing.assert_array_equal(page.truth("swan", f"anno_3/{label}"), objects[label])
    np.testing.assert_array_equal(masks(page.blocks["m0"], page.blocks["m0"]["void"], 3), void)


def test_results_of_other_data_are_not_put_on_one_page(
    of_squares: tuple[Opened, ...], squares: Split, tmp_path: Path
) -> None:
    drawn = blobs(np.random.default_rng(1), 3, 30, 40)
    records = [video("a", {"1": drawn}, [ExpressionRecord("0", "one", ("1",))])]
    split = make_split(tmp_path, "mevis-v2", "valid_u", records)
    out = tmp_path / "result"
    evaluate(write_tree(tmp_path / "tree", {("a", "0"): drawn}, split), split, EvalOptions(out=out))
    with pytest.raises(UsageError) as caught:
        build((*of_squares, *open_results([str(out)])), squares, tmp_path / "page.html")
    assert caught.value.problems[0].code is Code.RESULTS_NOT_COMPARABLE
    assert not (tmp_path / "page.html").exists()
