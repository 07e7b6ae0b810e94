"""A page of a static site in a browser: what tests ask it, and what it asked for and complained of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page


@dataclass
class SiteTab:
    page: Page
    address: str
    folder: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    @property
    def state(self) -> dict[str, list[str]]:
        """What stands behind the question mark of the address."""
        return parse_qs(urlsplit(self.page.url).query)

    def column(self, place: int) -> list[str]:
        """The first words of a column in the rows in sight."""
        cells: list[str] = self.page.locator(
            f"#board tbody tr:visible > :nth-child({place})"
        ).all_inner_texts()
        return [cell.split()[0] if cell else "" for cell in cells]

    def heads(self) -> list[str]:
        texts: list[str] = self.page.locator("#board thead th:visible").all_inner_texts()
        return [text.strip() for text in texts]

    def choose(self, trait: str, value: str) -> None:
        self.page.locator(f"#choose-{trait}").select_option(value)

    def sort(self, head: str) -> None:
        self.page.locator("#board thead th button", has_text=head).first.click()

    def copied(self) -> str:
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text


OpenSite = Callable[..., SiteTab]
