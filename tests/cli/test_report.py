"""`rvosbench report`, typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome
from report_pages import POND, SENTENCES, read_page, squares_results, squares_split

from rvosbench.analysis.opened import Opened

Program = Callable[..., Outcome]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    squares_split(folder)
    return folder


@pytest.fixture(scope="module")
def results(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Opened, ...]:
    from rvosbench.splits.split import open_folder

    return squares_results(tmp_path_factory.mktemp("results"), open_folder(home / "mevis-v2" / "valid_u"))


def test_two_results_become_one_page_and_the_next_step_is_named(
    rvosbench: Program, results: tuple[Opened, ...], home: Path, tmp_path: Path
) -> None:
    page = tmp_path / "new folder" / "page.html"
    mine, theirs = (one.folder for one in results)
    done = rvosbench("report", f"mine={mine}", theirs, "--data", home, "--out", page, "--title", "Squares")
    assert done.code == 0
    assert "2 videos" in done.out and "8 cases" in done.out
    assert f"Next: open {page}" in done.err
    index = read_page(page).index
    assert index["title"] == "Squares"
    assert [one["name"] for one in index["methods"]] == ["mine", theirs.name]


def test_programs_are_told_what_the_page_holds(
    rvosbench: Program, results: tuple[Opened, ...], home: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    done = rvosbench(
        "report",
        results[0].folder,
        "--data",
        home,
        "--out",
        page,
        "--frames",
        "none",
        "--json",
        "--megabytes",
        2,
    )
    about = json.loads(done.out)
    assert about["bytes"] == page.stat().st_size
    assert (about["cases"], about["mask_side"], about["videos_with_pictures"]) == (2 * len(SENTENCES), 240, 0)
    assert about["videos_without_pictures"][POND] == "they were left out"


def test_a_split_that_is_not_there_is_said_and_nothing_is_written(
    rvosbench: Program, results: tuple[Opened, ...], tmp_path: Path
) -> None:
    done = rvosbench(
        "report", results[0].folder, "--data", tmp_path / "empty", "--out", tmp_path / "page.html"
    )
    assert done.code == 4 and "RVB004" in done.err and "rvosbench convert mevis-v2" in done.err
    assert not (tmp_path / "page.html").exists()


def test_a_page_that_cannot_be_written_is_a_problem_not_a_traceback(
    rvosbench: Program, results: tuple[Opened, ...], home: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = rvosbench(
        "report",
        results[0].folder,
        "--data",
        home,
        "--out",
        tmp_path / "file" / "page.html",
        "--frames",
        "none",
    )
    assert done.code == 1 and "RVB007" in done.err and "Traceback" not in done.err


def test_what_is_no_page_is_replaced_by_force_alone_and_a_page_at_once(
    rvosbench: Program, results: tuple[Opened, ...], home: Path, tmp_path: Path
) -> None:
    page = tmp_path / "notes.html"
    page.write_text("<p>mine")
    command = ("report", results[0].folder, "--data", home, "--out", page, "--frames", "none")
    refused = rvosbench(*command)
    assert refused.code == 2 and "RVB007" in refused.err and "--force" in refused.err
    assert page.read_text() == "<p>mine"
    assert rvosbench(*command, "--force").code == 0
    assert rvosbench(*command, "--title", "Again").code == 0
    assert read_page(page).index["title"] == "Again"


def test_a_name_that_no_browser_takes_for_a_page_is_refused(
    rvosbench: Program, results: tuple[Opened, ...], home: Path, tmp_path: Path
) -> None:
    done = rvosbench("report", results[0].folder, "--data", home, "--out", tmp_path / "page.png")
    assert done.code == 2 and "RVB003" in done.err and "page.html" in done.err
    assert list(tmp_path.iterdir()) == []
