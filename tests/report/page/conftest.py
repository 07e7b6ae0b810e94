"""Results of squares, and the page about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_pages import Page, read_page, squares_results, squares_split

from rvosbench.analysis.opened import Opened
from rvosbench.report.page.build import build
from rvosbench.report.page.options import Options
from rvosbench.splits.split import Split


@pytest.fixture(scope="session")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Split:
    return squares_split(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def of_squares(squares: Split, tmp_path_factory: pytest.TempPathFactory) -> tuple[Opened, ...]:
    return squares_results(tmp_path_factory.mktemp("results"), squares)


@pytest.fixture(scope="session")
def page_file(
    of_squares: tuple[Opened, ...], squares: Split, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    build(of_squares, squares, path, Options(title="<b>Squares</b> & more"))
    return path


@pytest.fixture(scope="session")
def page(page_file: Path) -> Page:
    return read_page(page_file)
