"""A board in Chromium: sorting, filters, columns and their address, texts to copy; and without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from board_records import BIBTEX
from playwright.sync_api import Browser
from site_pages import TOGETHER
from site_tabs import OpenSite

pytestmark = pytest.mark.full

BOARD = "boards/mevis-v1-valid_u.html"
METHOD, SCORE = 2, 3  # columns
BEST_FIRST = ["Oracle", "Alpha", "Alpha", "Beta", "Gamma", "Small", "Blank"]
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


def test_a_column_sorts_both_ways_and_the_address_says_so(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD)
    assert tab.column(METHOD) == BEST_FIRST
    assert tab.state == {}
    tab.sort("J&F")
    assert [float(text) for text in tab.column(SCORE)] == [91.0, 54.5, 54.5, 54.4, 31.0, 20.0, 12.0]
    assert tab.state == {"sort": ["-J&F"]}
    tab.sort("J&F")
    assert [float(text) for text in tab.column(SCORE)] == [12.0, 20.0, 31.0, 54.4, 54.5, 54.5, 91.0]
    assert tab.state == {"sort": ["J&F"]}
    tab.page.reload()
    assert tab.column(METHOD) == ["Blank", "Small", "Gamma", "Beta", "Alpha", "Alpha", "Oracle"]
    assert tab.page.locator("th[data-key='J&F']").get_attribute("aria-sort") == "ascending"
    tab.sort("Method")
    assert tab.column(METHOD) == sorted(BEST_FIRST)


def test_filters_work_together_and_survive_a_reload(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD)
    tab.page.get_by_label("Find").fill("swin cvpr")
    assert tab.column(METHOD) == ["Alpha", "Alpha", "Beta"]
    tab.choose("status", "re-scored")
    assert tab.column(METHOD) == ["Alpha", "Beta"]
    assert tab.page.locator("form [role=status]").inner_text() == "2 of 7 rows"
    assert tab.state == {"q": ["swin cvpr"], "status": ["re-scored"]}
    tab.page.reload()
    assert tab.column(METHOD) == ["Alpha", "Beta"]
    tab.page.get_by_role("button", name="Reset").click()
    assert tab.column(METHOD) == BEST_FIRST
    assert tab.state == {} and not tab.page.url.endswith("?")


def test_every_filter_shows_exactly_its_rows(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD)
    expected = {
        ("kind", "floor"): ["Blank"],
        ("year", "2024"): ["Beta"],
        ("setting", "zero-shot"): ["Gamma"],
        ("training", "mevis-v1"): ["Alpha", "Alpha", "Beta"],
        ("status", "self-reported"): ["Small"],
    }
    for (trait, value), methods in expected.items():
        tab.choose(trait, value)
        assert tab.column(METHOD) == methods
        tab.page.get_by_role("button", name="Reset").click()


def test_columns_are_chosen_and_the_address_keeps_them(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD)
    assert tab.heads() == ["Rank", "Method", "J&F", "J", "F", "Tie", "Trained on", "Setting", "Source"]
    tab.page.locator("summary", has_text="Columns").click()
    tab.page.get_by_role("checkbox", name="FPS").check()
    tab.page.get_by_role("checkbox", name="Setting").uncheck()
    assert tab.heads() == ["Rank", "Method", "J&F", "J", "F", "Tie", "Trained on", "FPS", "Source"]
    assert tab.state == {"hide": ["setting"], "show": ["fps"]}
    tab.page.reload()
    assert tab.heads() == ["Rank", "Method", "J&F", "J", "F", "Tie", "Trained on", "FPS", "Source"]
    cells = tab.page.locator("#board tbody tr").nth(1).locator("td:visible, th:visible").all_inner_texts()
    assert len(cells) == 9 and "21.4" in cells


def test_an_address_with_nonsense_shows_the_whole_board(open_site: OpenSite) -> None:
    tab = open_site("furnished", f"{BOARD}?sort=-nothing&status=unheard&show=x&hide=y&year[]=1#size")
    assert tab.column(METHOD) == BEST_FIRST
    assert tab.page.url.endswith("#size") and tab.state == {}


def test_sorting_needs_no_mouse(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD)
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "skip"
    tab.page.locator("#find").focus()
    for _ in range(40):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate("document.activeElement.closest('th')?.dataset.key") == "J":
            break
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Enter")
    assert tab.column(METHOD)[0] == "Blank"
    style = tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


def test_what_is_copied_is_what_is_in_sight(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD, **CLIPBOARD)
    tab.choose("status", "re-scored")
    tab.sort("J&F")
    tab.sort("J&F")
    for title, button in (("LaTeX", "Copy LaTeX"), ("Markdown", "Copy Markdown"), ("BibTeX", "Copy BibTeX")):
        tab.page.locator("summary", has_text=title).click()
        tab.page.get_by_role("button", name=button).click()
        tab.page.get_by_text("Copied.").last.wait_for()
        text = tab.copied().replace("\r\n", "\n")
        if title == "BibTeX":
            assert text == f"{BIBTEX}\n\n"
            continue
        lines = [line for line in text.split("\n") if "Alpha" in line or "Beta" in line]
        assert [line.lstrip("| ").split(",")[0] for line in lines] == ["Beta", "Alpha"]
        assert "Gamma" not in text
        assert text.startswith("% MeViS" if title == "LaTeX" else "| Method |")
        assert "\\bottomrule" in text if title == "LaTeX" else "| 54.4 |" in text
    tab.page.get_by_role("button", name="Reset").click()
    shown = tab.page.locator("#markdown").inner_text()
    assert shown.index("Oracle") < shown.index("Alpha") < shown.index("Blank")


def test_the_best_of_what_is_copied_is_bold(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD, **CLIPBOARD)
    tab.page.locator("#find").fill("gamma")
    for title, bold in (("LaTeX", r"\textbf{31.0}"), ("Markdown", "**31.0**")):
        tab.page.locator("summary", has_text=title).click()
        tab.page.get_by_role("button", name=f"Copy {title}").click()
        tab.page.get_by_text("Copied.").last.wait_for()
        assert bold in tab.copied()
        assert "54.5" not in tab.copied()
    tab.page.get_by_role("button", name="Reset").click()
    shown = tab.page.locator("#markdown").inner_text()
    assert "**54.5**" in shown
    assert "**31.0**" not in shown and "| 31.0 |" in shown
    assert "**91.0**" not in shown  # the ceiling's


def test_nothing_found_and_nothing_to_copy_are_said(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD, **CLIPBOARD)
    tab.page.locator("summary", has_text="BibTeX").click()
    assert "No entry is known of Beta, Gamma." in tab.page.locator("#table").inner_text()
    tab.page.locator("#find").fill("gamma")
    tab.page.get_by_role("button", name="Copy BibTeX").click()
    tab.page.get_by_text("Nothing to copy: none is known of these rows.").wait_for()
    tab.page.locator("#find").fill("nobody")
    tab.page.get_by_text("No row matches; Reset brings back all 7.").wait_for()


def test_without_the_right_to_copy_the_text_is_selected(open_site: OpenSite) -> None:
    tab = open_site("furnished", "methods/alpha.html")
    tab.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    tab.page.locator("summary", has_text="BibTeX").click()
    tab.page.get_by_role("button", name="Copy BibTeX").click()
    tab.page.get_by_text("Selected").wait_for()
    assert tab.page.evaluate("getSelection().toString()").strip() == BIBTEX


def test_the_source_of_every_published_figure_is_in_sight(open_site: OpenSite) -> None:
    tab = open_site("published", "index.html", viewport={"width": 1280, "height": 800})
    boards = [link.get_attribute("href") for link in tab.page.locator(".boards a").all()]
    assert len(boards) >= 7
    for board in boards:
        tab.go(str(board))
        assert tab.heads()[-1] == "Source"
        beyond = "region => region.scrollWidth - region.clientWidth"
        assert tab.page.locator("#table .scroll").first.evaluate(beyond) <= 0, board


def test_without_scripts_everything_is_there_and_sorted(open_site: OpenSite) -> None:
    tab = open_site("furnished", BOARD, java_script_enabled=False)
    assert tab.column(METHOD) == BEST_FIRST
    heads = tab.heads()
    assert {"FPS", "Trainable, M", "Backbone", "Code"} <= set(heads)
    assert not tab.page.locator("form[data-board]").is_visible()
    assert not tab.page.get_by_role("button", name="Copy").first.is_visible()
    tab.page.locator("summary", has_text="LaTeX").click()
    assert "\\toprule" in tab.page.locator("#latex").inner_text()
    tab.page.locator("#board th a", has_text="Beta").click()
    assert tab.page.locator("h1").inner_text() == "Beta"


def test_every_link_of_the_site_can_be_followed(open_site: OpenSite) -> None:
    tab = open_site("furnished", "index.html")
    seen, todo = set(), ["index.html"]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        tab.go(path)
        found: list[str] = tab.page.eval_on_selector_all(
            "a[href]:not([download])", "all => all.map(a => a.href)"
        )
        todo += [url.removeprefix(tab.address).split("#")[0] for url in found if url.startswith(tab.address)]
    built = {one.relative_to(tab.folder).as_posix() for one in tab.folder.rglob("*.html")}
    assert seen - {""} == built


def test_a_browser_alone_opens_the_files(chromium: Browser, hosted: tuple[str, Path]) -> None:
    page = chromium.new_context().new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((hosted[1] / "furnished" / BOARD).as_uri() + "?sort=J")
    assert page.locator("#board tbody th").first.inner_text().startswith("Blank")
    page.locator("#choose-status").select_option("printed")
    assert "status=printed" in page.url
    page.locator("#board tbody tr:visible th a").first.click()
    assert page.locator("h1").count() == 1
    page.context.close()
    assert complaints == []


@pytest.mark.parametrize("place", range(len(TOGETHER)))
def test_nobody_s_words_run(open_site: OpenSite, place: int) -> None:
    """The fixture asserts that no dialog opens, nothing is loaded from elsewhere, and nothing complains."""
    tab = open_site(f"hostile{place}", "index.html")
    for path in sorted(tab.folder.rglob("*.html")):
        tab.go(path.relative_to(tab.folder).as_posix())
        for summary in tab.page.locator("summary:visible").all():
            summary.click()
        if tab.page.locator("form[data-board]").count():
            tab.page.locator("#find").fill(TOGETHER[place][:100])
            tab.page.get_by_role("button", name="Copy LaTeX").click()
        assert tab.page.locator("iframe, main img, main script, main style").count() == 0
