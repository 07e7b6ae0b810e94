"""Templates to pages of a static site: the server's own, with addresses that are relative to the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, pass_context
from jinja2.runtime import Context

from rvosbench import __version__
from rvosbench_leaderboard.pages.formats import FILTERS

ASSETS = ("base.css", "parts.css", "pages.js", "icon.svg", "site/site.css", "site/site.js")
TRUSTED = ("re-scored", "reproduced")  # badges that stand out
AREAS = (
    ("boards", "Boards", "index.html"),
    ("methods", "Methods", "methods.html"),
    ("training", "Training data", "training.html"),
    ("flagged", "Doubtful figures", "flagged.html"),
    ("about", "About", "about.html"),
)

# Control characters, non-characters and single surrogates: no text of HTML may hold them.
_NOT_IN_HTML = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Site:
    title: str
    version: str = __version__


@dataclass(slots=True)
class Renderer:
    """Renders one page after the other; `total` is said at the bottom of each."""

    title: str
    total: int
    shared: dict[str, Any] = field(default_factory=dict)
    _templates: Environment = field(default_factory=lambda: _environment())

    def page(self, path: str, template: str, area: str, **context: Any) -> bytes:
        """`path` is from the top of the site; its depth makes the way back there."""
        root = "../" * path.count("/")
        everywhere = {
            "site": Site(self.title),
            "total": self.total,
            "areas": AREAS,
            "area": area,
            "root": root,
            "home": f"{root}index.html",
        }
        text = self._templates.get_template(template).render(everywhere | self.shared | context)
        return _NOT_IN_HTML.sub("\N{REPLACEMENT CHARACTER}", text).encode("utf-8")


def assets() -> Iterator[tuple[str, bytes]]:
    """Style sheets and scripts, by their path from the top of the site."""
    folder = files("rvosbench_leaderboard").joinpath("static")
    for name in ASSETS:
        yield f"static/{name}", folder.joinpath(name).read_bytes()


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("rvosbench_leaderboard"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(FILTERS)
    made.globals.update(zip=zip, asset=_asset(), trusted=TRUSTED)
    return made


def _asset() -> Callable[[Context, str], str]:
    @pass_context
    def asset(context: Context, name: str) -> str:
        return f"{context['root']}static/{name}"

    return asset
