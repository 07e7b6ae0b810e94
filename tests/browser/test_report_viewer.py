"""The viewer of a report page: it draws what was predicted; clicks and keys lead through the frames."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from browser_tabs import PHONE, Open, Tab
from numpy.typing import NDArray
from report_pages import (
    FRAMES,
    METHODS,
    PARK,
    POND,
    SENTENCES,
    SIZE,
    picture,
    predicted,
    squares_results,
    squares_split,
    truth,
)

from rvosbench.report.page.build import build
from rvosbench.report.page.options import Options

pytestmark = pytest.mark.full

ORANGE, BLUE, GREEN = [230, 159, 0], [86, 180, 233], [0, 158, 115]
MODES = ("prediction", "truth", "both", "errors")
# What the button said and which frame was shown, each time that either changed: a film is over in less time
# than a busy machine takes to look twice.
NOTE_ALL = """() => {
  const button = document.querySelector("#play"), canvas = document.querySelector("canvas.overlay");
  window.noted = [];
  const note = () => window.noted.push([button.textContent, canvas.dataset.frame]);
  const observer = new MutationObserver(note);
  observer.observe(button, { childList: true, characterData: true, subtree: true });
  observer.observe(canvas, { attributes: true, attributeFilter: ["data-frame"] });
}"""


def opened(open_squares: Open, name: str, case: str, question: str = "", **context: object) -> Tab:
    tab = open_squares(f"#{quote(name, safe='')}/{case}{question}", **context)
    tab.page.wait_for_selector("canvas.overlay[data-frame]")
    return tab


def is_of(pixels: NDArray[np.int64], colour: list[int]) -> NDArray[np.bool_]:
    """Where a canvas shows a colour; half-transparent ones come back off by a step or two."""
    near: NDArray[np.bool_] = np.abs(pixels[..., :3] - colour).max(axis=-1) <= 3
    return near & (pixels[..., 3] > 0)


@pytest.mark.parametrize(
    ("name", "case", "frame"), [(PARK, "0", 0), (PARK, "2", 3), (POND, "1", 5), (POND, "3", 2)]
)
@pytest.mark.parametrize("method", [0, 1])
def test_every_mode_shows_the_very_pixels(
    open_squares: Open, name: str, case: str, frame: int, method: int
) -> None:
    tab = opened(open_squares, name, case, f"?frame={frame:05d}")
    target, mask = truth(name, case)[frame], predicted(name, case, method)[frame]
    expected = {
        "prediction": {"any": mask, "orange": mask},
        "truth": {"any": target, "blue": target},
        "both": {"any": target | mask},
        "errors": {
            "any": target | mask,
            "green": target & mask,
            "blue": target & ~mask,
            "orange": mask & ~target,
        },
    }
    for key, mode in enumerate(MODES, 1):
        tab.press(str(key))
        pixels = np.array(tab.overlay(method))
        assert pixels.shape == (*SIZE, 4)
        shown = {
            "any": pixels[..., 3] > 0,
            "orange": is_of(pixels, ORANGE),
            "blue": is_of(pixels, BLUE),
            "green": is_of(pixels, GREEN),
        }
        for colour, pixel in expected[mode].items():
            np.testing.assert_array_equal(shown[colour], pixel, err_msg=f"{mode}, {colour}")


def test_both_shows_the_outline_of_the_target_on_the_prediction(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0", "?frame=00003&a=1")
    target, mask = truth(POND, "0")[3], predicted(POND, "0", 1)[3]
    inner = target.copy()
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        inner &= np.roll(target, step, axis)
    pixels = np.array(tab.overlay())
    np.testing.assert_array_equal(is_of(pixels, BLUE) & (pixels[..., 3] == 255), target & ~inner)
    np.testing.assert_array_equal(is_of(pixels, ORANGE), mask & ~(target & ~inner))


def test_the_picture_is_that_of_the_frame(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0")
    for frame in (4, 1):
        tab.page.locator("#frame").fill(str(frame))
        tab.wait_for_frame(f"{frame:05d}")
        tab.page.wait_for_function(
            """red => {
              const canvas = document.querySelector("canvas.picture");
              const [found] = canvas.getContext("2d").getImageData(5, 5, 1, 1).data;
              return Math.abs(found - red) < 8;
            }""",
            arg=int(picture(frame)[0, 0, 0]),
        )


def test_keys_lead_through_the_frames_and_the_address_follows(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0")
    tab.press("ArrowRight", "ArrowRight", "ArrowLeft")
    tab.wait_for_frame("00001")
    assert tab.hash == "#pond/0?frame=00001"
    tab.press("End")
    tab.wait_for_frame("00005")
    tab.press("ArrowRight")
    assert tab.hash == "#pond/0?frame=00005"
    tab.press("Home", "4")
    tab.wait_for_frame("00000")
    assert tab.hash == "#pond/0?mode=errors"
    assert tab.page.get_by_role("radio", name="Errors").is_checked()


def test_space_plays_to_the_end_and_stops_there(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0")
    tab.page.evaluate(NOTE_ALL)
    tab.press("Space")
    tab.wait_for_frame("00005")
    tab.page.wait_for_function("() => document.querySelector('#play').textContent === 'Play'")
    labels, frames = zip(*tab.page.evaluate("window.noted"), strict=True)
    assert list(dict.fromkeys(labels)) == ["Pause", "Play"]
    assert list(dict.fromkeys(frames)) == [f"{frame:05d}" for frame in range(1, FRAMES)]
    assert tab.hash == "#pond/0?frame=00005"
    tab.press("Space", "Space")
    assert tab.page.locator("#play").inner_text() == "Play"


def test_a_click_on_a_curve_seeks(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0")
    tab.page.locator(".chart svg").first.scroll_into_view_if_needed()
    box = tab.page.locator(".chart svg").first.bounding_box()
    assert box is not None
    for frame in (3, 1, 5):
        x = min(box["width"] * frame / (FRAMES - 1), box["width"] - 1)
        tab.page.mouse.click(box["x"] + x, box["y"] + box["height"] / 2)
        tab.wait_for_frame(f"{frame:05d}")


def test_curves_go_through_the_scores(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0", "?a=1&b=none")
    points = tab.page.locator(".chart polyline").first.get_attribute("points") or ""
    values = [1 - float(point.split(",")[1]) / 100 for point in points.split()]
    target, mask = truth(POND, "0"), predicted(POND, "0", 1)
    exact = [(a & b).sum() / (a | b).sum() for a, b in zip(target, mask, strict=True)]
    assert values == pytest.approx(exact, abs=1e-3)


def test_what_cannot_be_seen_is_shaded_and_said(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "1")
    assert tab.page.locator(".chart").first.locator("rect.absent").count() == 1
    assert "target out of sight" in tab.page.locator("figcaption").first.inner_text()
    tab.press("ArrowRight")
    tab.wait_for_frame("00001")
    assert "target out of sight" not in tab.page.locator("figcaption").first.inner_text()


def test_two_methods_stand_side_by_side_and_can_be_chosen(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0", "?frame=00002")
    assert tab.page.locator("figcaption .method").all_inner_texts() == list(METHODS)
    tab.page.get_by_label("Right", exact=True).select_option("nothing")
    assert tab.page.locator("figcaption .method").all_inner_texts() == [METHODS[0]]
    assert tab.hash == "#pond/0?b=none&frame=00002"
    tab.page.get_by_label("Left", exact=True).select_option(METHODS[1])
    assert tab.page.locator("figcaption .method").all_inner_texts() == [METHODS[1]]
    assert tab.hash == "#pond/0?a=1&b=none&frame=00002"
    tab.page.reload()
    tab.wait_for_frame("00002")
    assert tab.page.locator("figcaption .method").all_inner_texts() == [METHODS[1]]


def test_next_and_previous_follow_the_table_as_it_is_sorted(open_squares: Open) -> None:
    tab = open_squares("#expressions?sort=text&down=1&video=pond")
    order = tab.rows()
    assert order == sorted((text for text, _ in SENTENCES.values()), reverse=True)
    tab.page.locator(".cases tbody a").first.click()
    tab.wait_for_title(order[0])
    for text in order[1:]:
        tab.press("n")
        tab.wait_for_title(text)
    tab.press("n", "p")
    tab.wait_for_title(order[-2])
    tab.page.go_back()
    tab.wait_for_title(order[-1])


def test_w_goes_to_the_worst_frame(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "1", "?a=1&b=none")
    tab.press("End", "w")
    tab.wait_for_frame("00001")  # frame 0 is empty, and right


def test_a_question_mark_shows_the_keys(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0")
    tab.press("?")
    assert tab.page.locator("#help").is_visible()
    tab.press("ArrowRight", "Escape")
    assert not tab.page.locator("#help").is_visible()
    assert tab.hash == "#pond/0"


def test_an_overlay_says_in_words_what_it_shows(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0", "?frame=00001&mode=errors")
    words = tab.page.locator("canvas.overlay").first.get_attribute("aria-label") or ""
    assert words.startswith("exact, errors, frame 00001: J 100.0")
    share = 100 * truth(POND, "0")[1].mean()
    assert f"target {share:.1f} % of the picture, predicted {share:.1f} %" in words


def test_a_phone_stacks_the_methods(open_squares: Open) -> None:
    tab = opened(open_squares, POND, "0", viewport=PHONE)
    first, second = (tab.page.locator("figure").nth(place).bounding_box() for place in (0, 1))
    assert first is not None and second is not None
    assert first["x"] == second["x"] and second["y"] >= first["y"] + first["height"]
    assert tab.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_linked_frames_are_drawn_and_grey_takes_their_place_when_they_are_gone(
    open_file: Open, tmp_path: Path
) -> None:
    split = squares_split(tmp_path / "home")
    build(squares_results(tmp_path / "results", split), split, tmp_path / "page.html", Options(frames="link"))
    tab = open_file(tmp_path / "page.html", "#pond/0")
    tab.page.wait_for_function("() => document.querySelector('canvas.picture')?.width === 64")
    assert np.array(tab.overlay())[..., 3].any()
    frames = [url for url in tab.requests if url.endswith(".png")]
    assert frames and all(url.startswith(tmp_path.as_uri()) for url in frames)
    tab.requests.clear()
    shutil.rmtree(tmp_path / "home" / "mevis-v2" / "frames")
    tab.page.reload()
    tab.page.wait_for_selector(".stage.empty")
    assert np.array(tab.overlay())[..., 3].any()
    tab.requests.clear()
    tab.complaints.clear()  # Chromium says that the file is gone


def test_a_result_without_masks_shows_scores_and_says_why(open_file: Open, tmp_path: Path) -> None:
    split = squares_split(tmp_path / "home")
    results = squares_results(tmp_path / "results", split, masks=False)
    build(results, split, tmp_path / "page.html", Options(frames="none"))
    tab = open_file(tmp_path / "page.html", "#pond/0?mode=prediction")
    tab.page.wait_for_selector(".stage.empty")
    assert not np.array(tab.overlay())[..., 3].any()
    assert "holds no masks" in tab.page.locator("#view-case .note").inner_text()
    assert tab.page.locator(".chart polyline").count() == 4
