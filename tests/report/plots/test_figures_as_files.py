"""Files of figures: their forms, their size, the same bytes every time; and the commands that write them."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from scored_sample import ScoredSample

from rvosbench.analysis.opened import Opened, open_results
from rvosbench.cli.app import run
from rvosbench.errors import RvosbenchError
from rvosbench.report.plots import success
from rvosbench.report.plots.costs import points
from rvosbench.report.plots.saving import save
from rvosbench.report.plots.style import Width, looks

MAGIC = {".pdf": b"%PDF-", ".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<?xml"}


@pytest.fixture(scope="module")
def results(scored_sample: ScoredSample) -> tuple[Opened, ...]:
    return open_results([str(scored_sample.result("mevis-v2", one)) for one in ("shifted", "late")])


@pytest.fixture
def figure(results: tuple[Opened, ...]) -> Figure:
    return success.draw(results, title="costs $5 and 10_000 \\alpha")


@pytest.mark.parametrize("suffix", MAGIC)
def test_the_same_results_give_the_same_bytes(
    results: tuple[Opened, ...], tmp_path: Path, suffix: str
) -> None:
    for name in ("one", "two"):
        save(success.draw(results), tmp_path / f"{name}{suffix}", "(mevis-v2/valid_u, mevis, 7d4a0d57)")
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one.startswith(MAGIC[suffix])
    assert one == two
    assert b"2026" not in one.partition(b"stream")[0]


def test_a_figure_is_as_wide_as_a_column_or_a_page(results: tuple[Opened, ...], tmp_path: Path) -> None:
    for width, inches in ((Width.COLUMN, 3.3), (Width.PAGE, 6.9)):
        save(success.draw(results, width=width), tmp_path / "figure.png")
        with Image.open(tmp_path / "figure.png") as image:
            assert image.size[0] == round(300 * inches)


def test_what_it_is_a_figure_of_stands_in_the_file(figure: Figure, tmp_path: Path) -> None:
    for suffix in MAGIC:
        save(figure, tmp_path / f"figure{suffix}", "label of a result")
        assert b"label of a result" in (tmp_path / f"figure{suffix}").read_bytes()


def test_settings_of_the_user_change_nothing_and_come_back(
    results: tuple[Opened, ...], tmp_path: Path
) -> None:
    save(success.draw(results), tmp_path / "one.svg")
    with mpl.rc_context({"font.size": 30.0, "svg.hashsalt": "another", "axes.facecolor": "red"}):
        save(success.draw(results), tmp_path / "two.svg")
        assert mpl.rcParams["font.size"] == 30.0
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_methods_differ_in_grey_too() -> None:
    """Neighbours in lightness, and all of the first seven in marker and hatch."""
    first = looks(7)
    assert len({look.marker for look in first}) == len({look.hatch for look in first}) == 7
    assert len({(look.colour, look.marker) for look in looks(14)}) == 14
    grey = [float(np.dot(mpl.colors.to_rgb(look.colour), (0.299, 0.587, 0.114))) for look in first]
    assert all(abs(one - other) > 0.1 for one, other in pairwise(grey))


@pytest.mark.full
def test_a_pdf_holds_its_letters_and_its_fonts(
    figure: Figure, tmp_path: Path, require_command: Callable[[str], str]
) -> None:
    save(figure, tmp_path / "figure.pdf")
    path = str(tmp_path / "figure.pdf")
    text = subprocess.run(
        [require_command("pdftotext"), path, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "threshold of J&F" in text
    assert "costs $5 and 10_000 \\alpha" in text
    fonts = subprocess.run(
        [require_command("pdffonts"), path], capture_output=True, text=True, check=True
    ).stdout
    rows = fonts.splitlines()[2:]
    assert rows
    assert all("TrueType" in row and row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows)


def test_every_kind_is_drawn_from_the_command_line(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shifted, late = (str(scored_sample.result("mevis-v2", one)) for one in ("shifted", "late"))
    data = ["--data", str(scored_sample.home)]
    calls = {
        "success": [shifted, late],
        "over-time": [shifted],
        "attributes": [shifted, *data, "--attribute", "size"],
        "scatter": [shifted, late],
        "trade-off": [f"a={shifted}", f"b={late}", "--at", "a=3", "--at", "b=5"],
        "stability": [shifted, late],
        "anatomy": [shifted, *data],
        "strips": [shifted, late, *data],
    }
    for kind, given in calls.items():
        out = tmp_path / f"{kind}.png"
        assert run(["plot", kind, *given, "--out", str(out), "--json"]) == 0, kind
        document = json.loads(capsys.readouterr().out)
        assert document["file"] == str(out)
        with Image.open(io.BytesIO(out.read_bytes())) as image:
            pixels = np.asarray(image.convert("L"))
        assert pixels.min() < 100 < pixels.max()  # neither all white nor all black


def test_a_form_that_is_not_known_is_refused(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plot", "success", str(scored_sample.result("mevis-v2", "late")), "--out", "a.bmp"]) == 2
    assert ".pdf, .svg, .png" in capsys.readouterr().err


def test_a_figure_that_is_there_is_replaced_only_when_asked_for(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, out = str(scored_sample.result("mevis-v2", "late")), tmp_path / "a.svg"
    out.write_text("mine", encoding="utf-8")
    for call in (["plot", "success", result, "--out", str(out)], ["stability", result, "--plot", str(out)]):
        assert run(call) == 2
        assert "RVB007" in capsys.readouterr().err
        assert out.read_text("utf-8") == "mine"
    for call in (["plot", "success", result, "--out", str(out)], ["stability", result, "--plot", str(out)]):
        assert run([*call, "--force"]) == 0
        assert "<svg" in out.read_text("utf-8")


def test_boxes_in_place_of_letters_are_told_in_one_line(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, out = str(scored_sample.result("mevis-v2", "late")), tmp_path / "a figure.png"
    assert run(["plot", "success", f"my model={result}", "--out", str(out), "--title", "\u72d7\u72ac"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "DejaVu Sans has no letters for these, which are drawn as boxes: \u72d7\u72ac"
    assert told[1:] == [f"Next: rvosbench anatomy 'my model={result}'"]


@pytest.mark.parametrize("line", ["shifted,-1,", "A published one,-1,31", "A published one,176,131"])
def test_a_cost_below_zero_is_refused(results: tuple[Opened, ...], tmp_path: Path, line: str) -> None:
    table = tmp_path / "costs.csv"
    table.write_text(f"method,cost,score\n{line}\n", encoding="utf-8")
    with pytest.raises(RvosbenchError, match="RVB003") as caught:
        points(results, "J&F", ["late=-3"], table)
    assert {problem.path for problem in caught.value.problems} >= {"--at", f"{table}, line 2"}
    assert [one.cost for one in points(results, "J&F", ["late=0", "shifted=40"])] == [40, 0]


def test_single_frames_have_no_time(
    scored_sample: ScoredSample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = str(scored_sample.result("a2d-sentences", "late"))
    assert run(["plot", "over-time", result, "--out", str(tmp_path / "a.pdf")]) == 2
    assert "RVB159" in capsys.readouterr().err


def test_costs_come_from_options_and_from_a_table(results: tuple[Opened, ...], tmp_path: Path) -> None:
    table = tmp_path / "costs.csv"
    table.write_text("method,cost,score\nshifted,12,\nA published one,176,31.0\n", encoding="utf-8")
    found = points(results, "J&F", ["late=7"], table)
    assert [(one.name, one.cost, one.measured) for one in found] == [
        ("shifted", 12, True),
        ("late", 7, True),
        ("A published one", 176, False),
    ]
    assert found[2].score == pytest.approx(0.31)
    assert found[0].score == results[0].result.metrics["J&F"]
    low, high = found[0].interval or (1, 0)
    assert low < found[0].score < high


def test_everything_that_is_wrong_with_costs_is_said_at_once(
    results: tuple[Opened, ...], tmp_path: Path
) -> None:
    table = tmp_path / "costs.csv"
    table.write_text("method,cost\nshifted,many\nother,3\n", encoding="utf-8")
    with pytest.raises(RvosbenchError) as caught:
        points(results, "J&F", ["late=slow"], table)
    assert {problem.path for problem in caught.value.problems} == {
        f"{table}, line 2",
        "--at",
        "late",
        "shifted",
        "other",
    }


def test_a_table_with_other_columns_is_refused(results: tuple[Opened, ...], tmp_path: Path) -> None:
    table = tmp_path / "costs.csv"
    table.write_text("name,parameters\nshifted,3\n", encoding="utf-8")
    with pytest.raises(RvosbenchError, match="RVB042"):
        points(results, "J&F", [], table)
