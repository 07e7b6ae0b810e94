"""Chromium, and a page in it: what tests ask it, and what it asked for and complained of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 375, "height": 700}
PATIENCE = 60_000  # milliseconds until a page is as expected, on a machine that does other things too


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    sandbox = [] if os.getuid() else ["--no-sandbox"]  # which Chromium refuses to have as root
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield browser
        browser.close()


@dataclass
class Tab:
    """A page in a window of its own."""

    page: Page
    file: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def hash(self) -> str:
        """The address behind `#`, which changes ten times a second at most. The page itself waits: a
        timer that it set before rings before, however busy the machine is."""
        found: str = self.page.evaluate(
            "() => new Promise(done => setTimeout(() => done(location.hash), 150))"
        )
        return found

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def overlay(self, number: int = 0) -> list[list[list[int]]]:
        """The pixels of a mask canvas, [row][column] of red, green, blue, alpha."""
        values: list[int]
        width, height, values = self.page.evaluate(
            """number => {
              const canvas = document.querySelectorAll("canvas.overlay")[number];
              const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
              return [canvas.width, canvas.height, [...pixels]];
            }""",
            number,
        )
        rows = [values[4 * width * row : 4 * width * (row + 1)] for row in range(height)]
        return [[row[4 * column : 4 * column + 4] for column in range(width)] for row in rows]

    def wait_for_frame(self, stem: str, number: int = 0) -> None:
        self.page.wait_for_function(
            """([stem, number]) =>
              document.querySelectorAll("canvas.overlay")[number]?.dataset.frame === stem""",
            arg=[stem, number],
        )

    def wait_for_title(self, text: str) -> None:
        """That of the case that is shown."""
        self.page.wait_for_function(
            "text => document.querySelector('#case-title')?.textContent === text", arg=text
        )

    def rows(self) -> list[str]:
        """The sentences that the table shows now."""
        found: list[str] = self.page.locator(".cases tbody td.text").all_inner_texts()
        return found


Open = Callable[..., Tab]
