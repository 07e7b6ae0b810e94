"""A report page for everyone: contrast, names, the keyboard alone, light and dark; and for every dataset."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from browser_tabs import PHONE, Open, Tab
from playwright.sync_api import Browser
from scoring import converted_sample

from rvosbench import sample
from rvosbench.analysis.opened import open_results
from rvosbench.evaluate.run import Options as EvalOptions
from rvosbench.evaluate.run import evaluate
from rvosbench.report.page.build import build
from rvosbench.splits.split import Split

pytestmark = pytest.mark.full

CHECKS = Path(__file__).parents[1] / "support" / "accessibility.js"
VIEWS = ("#overview", "#expressions?sort=gap", "#pond/1?mode=errors")


def ready(tab: Tab) -> None:
    tab.page.wait_for_selector("main h1:visible")
    if "/" in tab.hash:
        tab.page.wait_for_selector("canvas.overlay[data-frame]")


@pytest.mark.parametrize(("view", "scheme"), [*itertools.product(VIEWS, ("light", "dark"))])
def test_texts_stand_out_and_everything_has_a_name(open_squares: Open, view: str, scheme: str) -> None:
    tab = open_squares(view, color_scheme=scheme)
    ready(tab)
    for details in tab.page.locator("details:visible").all():
        details.evaluate("node => node.open = true")
    found = tab.page.evaluate(CHECKS.read_text(encoding="utf-8"))
    headings = found.pop("headings")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert headings.count(1) == 1 and headings[0] == 1


def test_dark_and_light_follow_the_system_until_one_is_chosen(open_squares: Open) -> None:
    tab = open_squares("#overview", color_scheme="dark")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = tab.page.evaluate(ground)
    tab.page.emulate_media(color_scheme="light")
    light = tab.page.evaluate(ground)
    assert (dark, light) == ("rgb(20, 23, 27)", "rgb(255, 255, 255)")
    button = tab.page.locator("#theme")
    button.click()
    assert button.get_attribute("aria-label") == "Theme: light"
    button.click()
    assert button.get_attribute("aria-label") == "Theme: dark"
    assert tab.page.evaluate(ground) == dark

    def kept() -> bool:
        tab.page.reload()
        return bool(tab.page.evaluate(ground) == dark)

    assert any(kept() for _ in range(5))  # Chromium writes what is to be kept in the background


def test_the_keyboard_alone_leads_from_the_overview_to_a_frame(open_squares: Open) -> None:
    tab = open_squares("")
    ready(tab)
    tab.press("Tab")
    assert tab.page.evaluate("document.activeElement.id") == "skip"
    for _ in range(2):
        tab.press("Tab")
    assert tab.page.evaluate("document.activeElement.id") == "to-expressions"
    outline = tab.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    tab.press("Enter")
    tab.page.wait_for_selector(".cases")
    for _ in range(40):
        tab.press("Tab")
        if tab.page.evaluate("() => Boolean(document.activeElement.closest('.cases tbody'))"):
            break
    tab.press("ArrowDown", "Enter")
    tab.page.wait_for_selector("canvas.overlay[data-frame]")
    assert tab.hash.endswith("/1")
    tab.press("ArrowRight")
    tab.wait_for_frame("00001")
    for _ in range(20):
        tab.press("Tab")
        if tab.page.evaluate("document.activeElement.id") == "frame":
            break
    tab.press("ArrowRight")
    tab.wait_for_frame("00002")
    assert tab.page.locator("#frame").get_attribute("aria-valuetext") == "frame 00002, 3 of 6"


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_wider_than_a_phone(open_squares: Open, view: str) -> None:
    tab = open_squares(view, viewport=PHONE)
    ready(tab)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_browser_without_scripts_is_told(chromium: Browser, squares_page: Path) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(squares_page.as_uri())
    assert "JavaScript, which is switched off" in page.locator("main").inner_text()
    page.context.close()


@pytest.fixture(scope="module")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sample"
    sample.write(folder, "tiny")
    return folder


@pytest.fixture(scope="module")
def splits(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Split]:
    return converted_sample(sample_folder, tmp_path_factory.mktemp("converted"))


@pytest.mark.parametrize(
    ("dataset", "unit", "curves"),
    [
        ("mevis-v1", "expressions", 2),
        ("ref-youtube-vos", "expressions", 2),
        ("ref-davis17", "objects", 2),
        ("a2d-sentences", "expressions", 1),
        ("jhmdb-sentences", "expressions", 1),
        ("long-rvos", "expressions", 2),
    ],
)
def test_every_dataset_has_its_page(
    open_file: Open,
    sample_folder: Path,
    splits: dict[str, Split],
    tmp_path: Path,
    dataset: str,
    unit: str,
    curves: int,
) -> None:
    folders = []
    for quality in ("shifted", "late"):
        source = sample_folder / "predictions" / dataset / quality
        if not source.exists():
            source = next(source.parent.glob(f"{quality}*"))
        evaluate(source, splits[dataset], EvalOptions(out=tmp_path / quality))
        folders.append(str(tmp_path / quality))
    build(open_results(folders), splits[dataset], tmp_path / "page.html")
    tab = open_file(tmp_path / "page.html")
    tab.page.locator("#to-expressions").click()
    assert unit in tab.page.locator("#count").inner_text()
    tab.page.locator(".cases tbody a").first.click()
    tab.page.wait_for_selector("canvas.overlay[data-frame]")
    assert tab.page.locator(".chart").count() == curves
    tab.press("4", "End")
    assert "No pictures: no frames are linked" in tab.page.locator("#view-case .note").inner_text()
