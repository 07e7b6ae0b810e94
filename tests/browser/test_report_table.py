"""The table of a report page: sorted, filtered, and told by the address."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser_tabs import PHONE, Open
from report_pages import IMAGE, METHODS, PARK, POND, SCRIPT, SENTENCES, read_page

from rvosbench.report.page import document

pytestmark = pytest.mark.full
MINUS, DASH = "\u2212", "\u2013"
TEXTS = [text for text, _ in SENTENCES.values()]


def test_the_table_begins_in_the_order_of_the_release(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    assert tab.rows() == TEXTS * 2
    assert tab.page.locator("#count").inner_text() == "8 expressions; scores are J&F in percent"


def test_clicks_on_a_heading_sort_turn_round_and_give_up(
    open_squares: Open,
) -> None:
    tab = open_squares("#expressions")
    heading = tab.page.get_by_role("button", name="Sentence", exact=True)
    column = tab.page.locator("th.text")
    heading.click()
    assert tab.rows() == sorted(TEXTS * 2)
    assert column.get_attribute("aria-sort") == "ascending" and tab.hash == "#expressions?sort=text"
    heading.click()
    assert tab.rows() == sorted(TEXTS * 2, reverse=True)
    assert column.get_attribute("aria-sort") == "descending"
    heading.click()
    assert tab.rows() == TEXTS * 2 and tab.hash == "#expressions"
    assert tab.page.evaluate("document.activeElement.textContent").startswith("Sentence")


def test_sorting_by_difference_puts_the_greatest_on_top(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    tab.page.get_by_role("button", name="Difference").click()
    gaps = [float(text.replace(MINUS, "-")) for text in tab.page.locator("td.gap").all_inner_texts()]
    assert gaps == sorted(gaps, reverse=True) and gaps[0] > 20
    assert tab.rows()[-1] == TEXTS[3]  # both are right about what is not there


def test_words_filter_sentences_and_videos(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    tab.page.get_by_label("Sentence or video").fill("square below")
    assert tab.rows() == [TEXTS[1]] * 2
    assert tab.page.locator("#count").inner_text().startswith("2 of 8 expressions")
    tab.page.get_by_label("Sentence or video").fill("pond below")
    assert tab.rows() == [TEXTS[1]] and tab.hash == "#expressions?q=pond+below"
    tab.page.get_by_label("Sentence or video").fill("unicorn")
    assert tab.page.locator(".cases tbody").inner_text() == "Nothing fits these filters."
    tab.page.get_by_role("button", name="Clear").click()
    assert tab.rows() == TEXTS * 2 and tab.hash == "#expressions"


def test_numbers_filter_by_score_and_by_difference(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    tab.page.get_by_label("Scores of").select_option(METHODS[1])
    tab.page.get_by_label("to", exact=True).fill("99.9")
    assert TEXTS[3] not in tab.rows() and len(tab.rows()) == 6
    tab.page.get_by_label("to", exact=True).fill("")
    tab.page.get_by_label("from", exact=True).fill("100")
    assert tab.rows() == [TEXTS[3]] * 2
    tab.page.get_by_label("from", exact=True).fill("")
    tab.page.get_by_label("at least").fill("0.1")
    assert len(tab.rows()) == 6


def test_videos_attributes_and_kinds_of_error_are_filters(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    tab.page.get_by_label("Video", exact=True).select_option(POND)
    assert tab.rows() == TEXTS
    tab.page.get_by_label("Attribute").select_option(label="number of targets: 2")
    assert tab.rows() == [TEXTS[2]]
    tab.page.get_by_role("button", name="Clear").click()
    tab.page.get_by_label("Scores of").select_option(METHODS[1])
    kinds = set(tab.page.locator("td.lost").all_inner_texts())
    assert DASH in kinds and len(kinds) > 1
    kind = (kinds - {DASH}).pop()
    tab.page.get_by_label("Lost most to").select_option(label=kind)
    assert 0 < len(tab.rows()) < 8
    assert all(float(text) > 0 for text in tab.page.locator("td.lost").all_inner_texts())


def test_an_address_is_the_state(open_squares: Open) -> None:
    tab = open_squares("#expressions?q=square&video=pond&sort=score-1&down=1&low=0&high=100")
    assert tab.page.get_by_label("Sentence or video").input_value() == "square"
    assert tab.page.get_by_label("Video", exact=True).input_value() == POND
    scores = [float(text) for text in tab.page.locator("td.score:nth-of-type(5)").all_inner_texts()]
    assert scores == sorted(scores, reverse=True) and len(scores) == 4
    tab.page.locator(".cases tbody a").first.click()
    tab.page.locator("#back").click()
    assert tab.hash == "#expressions?q=square&video=pond&low=0&high=100&sort=score-1&down=1"


@pytest.mark.parametrize(
    "address",
    ["#%E0%A4%A/x", "#nowhere", "#expressions?sort=score-99&of=7&a=-1&b=x&low=a", "#a/b?frame=zz", "#/"],
)
def test_an_address_without_sense_shows_something_all_the_same(open_squares: Open, address: str) -> None:
    tab = open_squares(address)
    assert tab.page.locator("main h1:visible").count() == 1


def test_hostile_words_are_shown_as_they_are(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    assert f"the square {SCRIPT} below" in tab.rows()
    assert tab.page.locator("td.video .clip").first.inner_text() == PARK
    assert IMAGE in tab.page.locator("thead").inner_text()
    tab.page.get_by_role("link", name=SCRIPT).first.click()
    assert tab.page.locator("#case-title").inner_text() == f"the square {SCRIPT} below"
    assert tab.page.locator("img").count() == 0


def test_thousands_of_rows_scroll_and_sort_without_delay(
    open_file: Open, squares_page: Path, tmp_path: Path
) -> None:
    index = json.loads(json.dumps(read_page(squares_page).index))
    cases, times = index["cases"], 500  # 4,000 rows
    for key in ("video", "text", "kind", "annotator", "objects"):
        cases[key] = cases[key] * times
    cases["name"] = [str(place) for place in range(8 * times)]
    cases["scores"] = [[place * 7919 % 10_001 for place in range(8 * times)], list(range(8 * times))]
    index["anatomy"] = index["attributes"] = None
    document.write(tmp_path / "large.html", "large", index, [])
    tab = open_file(tmp_path / "large.html", "#expressions")
    assert tab.page.locator(".cases").get_attribute("aria-rowcount") == "4001"
    assert tab.page.locator(".cases tbody tr").count() < 80
    tab.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    tab.page.wait_for_selector('tr[aria-rowindex="4001"]')
    assert tab.page.locator(".cases tbody tr").count() < 80
    took = tab.page.evaluate(
        """() => {
          const start = performance.now();
          [...document.querySelectorAll("thead button")].find((one) => one.textContent === "exact").click();
          document.body.getBoundingClientRect();
          return performance.now() - start;
        }"""
    )
    assert took < 500
    scores = [float(text) for text in tab.page.locator("td.score:nth-of-type(3)").all_inner_texts()]
    assert scores == sorted(scores)


def test_arrows_walk_through_the_table_and_enter_opens(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    tab.press("/")
    tab.page.keyboard.type("square")
    tab.page.locator(".cases tbody a").first.focus()
    tab.press("ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    tab.page.wait_for_selector("#play")
    assert re.match(r"#park.*/1$", tab.hash)
    tab.press("n")
    tab.page.wait_for_function("() => location.hash.endsWith('/2')")
    tab.press("Escape")
    tab.page.wait_for_selector(".cases")
    assert tab.hash == "#expressions?q=square"


def test_slash_is_the_way_to_the_filter_from_every_view(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    for view in ("#expressions", "#overview", "#park/1"):
        tab.page.evaluate("(view) => { location.hash = view; }", view)
        tab.page.locator(f"#view-{ {'#park/1': 'case'}.get(view, view[1:]) }").wait_for()
        tab.press("/")
        tab.page.wait_for_function("() => document.activeElement.id === 'filter-q'")
        assert tab.hash == "#expressions"


def test_what_was_typed_last_is_there_on_the_way_back(open_squares: Open) -> None:
    tab = open_squares("#expressions")
    tab.page.evaluate(
        """() => {
          const filter = document.getElementById("filter-q");
          for (const text of ["s", "sq", "squ"]) {
            filter.value = text;
            filter.dispatchEvent(new Event("input"));
          }
          document.querySelector(".cases tbody a").click();
        }"""
    )
    tab.page.wait_for_selector("#play")
    tab.page.go_back()
    tab.page.wait_for_selector(".cases")
    assert tab.hash == "#expressions?q=squ"


def test_a_phone_shows_the_sentence_and_what_is_compared(open_squares: Open) -> None:
    tab = open_squares("#expressions", viewport=PHONE)
    assert tab.page.locator("thead th").count() == 4
    assert tab.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert not tab.page.get_by_label("Attribute").is_visible()
    tab.page.get_by_text("More filters").click()
    assert tab.page.get_by_label("Attribute").is_visible()
