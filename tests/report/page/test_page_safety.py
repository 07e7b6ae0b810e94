"""What sentences and names hold is text, whatever it looks like; and a page reaches out to nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from report_pages import METHODS, PARK, SCRIPT, SENTENCES, Page

from rvosbench.report.page.document import SCRIPTS, STYLES


def test_words_of_the_data_never_become_markup(page: Page) -> None:
    names = {tag for tag, _ in page.tags}
    assert "img" not in names and "b" not in names
    assert len(page.scripts) == 1
    assert "window.attacked" not in page.scripts[0]
    handlers = [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert handlers == []


def test_hostile_words_are_kept_letter_by_letter(page: Page) -> None:
    assert PARK in page.index["cases"]["videos"]
    assert [one["name"] for one in page.index["methods"]] == list(METHODS)
    assert SENTENCES["1"][0] in page.index["cases"]["text"] and SCRIPT in SENTENCES["1"][0]
    assert page.index["title"] == "<b>Squares</b> & more"
    assert "<title>&lt;b&gt;Squares&lt;/b&gt; &amp; more</title>" in page.text


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(page: Page) -> None:
    policy = next(
        str(attributes["content"])
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{digest(page.scripts[0])}'"
    assert rules["style-src"] == f"'sha256-{digest(page.styles[0])}'"
    assert "connect-src" not in rules and "unsafe" not in policy


def test_a_page_names_no_other_place(page: Page) -> None:
    """But for the name of the SVG namespace, which no one fetches."""
    outside = re.findall(r"https?://[^\s\"'`]+", page.text)
    assert set(outside) == {"http://www.w3.org/2000/svg"}
    assert [attributes for _, attributes in page.tags if "src" in attributes] == []


def test_every_file_of_the_program_is_in_the_page_and_no_other_is_left_lying(page: Page) -> None:
    assets = files("rvosbench.report.page") / "assets"
    assert {one.name for one in assets.iterdir()} == {"page.html", *STYLES, *SCRIPTS}
    for name in SCRIPTS:
        assert (assets / name).read_text(encoding="utf-8") in page.scripts[0]
    for name in STYLES:
        assert (assets / name).read_text(encoding="utf-8") in page.styles[0]


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
