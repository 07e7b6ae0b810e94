"""The HTML file: a fixed skeleton, one style sheet, one script, and blocks of data that no one executes.

The policy in its head allows exactly this style and this script, by their hashes, and no connection to
anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from rvosbench.report.page.blocks import compact
from rvosbench.report.whole_file import write_file

STYLES = ("base.css", "overview.css", "table.css", "viewer.css")
SCRIPTS = (
    "dom.js",
    "address.js",
    "data.js",
    "masks.js",
    "overview.js",
    "rows.js",
    "filters.js",
    "table.js",
    "curves.js",
    "stage.js",
    "player.js",
    "viewer.js",
    "main.js",
)


def write(out: Path, title: str, index: object, blocks: Iterable[tuple[str, str]]) -> int:
    """How many bytes the page has; it is written whole or not at all. `blocks` are ids and compact JSON."""
    parts = [_head(title), _data("index", compact(index)), f"<script>{_script()}</script>\n"]
    parts += [_data(name, text) for name, text in blocks]
    content = "".join((*parts, "</body>\n</html>\n")).encode("utf-8")
    write_file(out, content)
    return len(content)


def _head(title: str) -> str:
    style = _style()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(_script())}'",
            f"style-src '{_hash(style)}'",
            "img-src 'self' file: data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    page = _asset("page.html")
    for name, text in (("POLICY", policy), ("TITLE", html.escape(title)), ("STYLE", style)):
        page = page.replace(f"@{name}@", text)
    return page


def _style() -> str:
    return "\n" + "\n".join(map(_asset, STYLES))


def _script() -> str:
    """All files in one function, so that they share names with each other and with nothing else."""
    return '\n"use strict";\n(() => {\n' + "\n".join(map(_asset, SCRIPTS)) + "\n})();\n"


def _asset(name: str) -> str:
    return (files("rvosbench.report.page") / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def _data(name: str, text: str) -> str:
    return f'<script type="application/json" id="{name}">{text}</script>\n'
