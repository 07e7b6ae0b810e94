"""Tables: rounded once, safe to open, and read back by somebody else's library where there is one."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries
from hypothesis import given
from hypothesis import strategies as st
from made_results import many
from scored_sample import ScoredSample

from rvosbench.analysis.opened import Opened
from rvosbench.errors import UsageError
from rvosbench.report.tables.contents import Options, Table, make_table
from rvosbench.report.tables.csv_file import comma_separated, safe
from rvosbench.report.tables.eval_results import eval_results
from rvosbench.report.tables.json_document import document
from rvosbench.report.tables.latex import latex
from rvosbench.report.tables.markdown import markdown
from rvosbench.report.tables.numbers import rounded, shown

HOSTILE = r"[50%] A&B_{c} #1 $x$ ~^\ | <b> *"


@pytest.fixture
def three(scored_sample: ScoredSample) -> list[Opened]:
    names = {"perfect": "best", "late": "Ours_1", "wrong-object": "=cmd()"}
    return [replace(scored_sample.opened("mevis-v2", quality), name=name) for quality, name in names.items()]


def cells(table: Table, name: str) -> dict[str, str]:
    row = next(row for row in table.rows if row.name == name)
    return dict(zip(table.columns, [cell.text for cell in row.cells], strict=True))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.486, 1, "48.6"),
        (0.5, 0, "50"),
        (0.125, 0, "12"),  # half to even: 12.5 is exact in binary
        (0.375, 0, "38"),
        (0.4865, 1, "48.6"),  # the double is below: 0.48649999...
        (1.0, 1, "100.0"),
        (-0.0001, 1, "0.0"),
        (-0.051, 1, "-5.1"),
    ],
)
def test_percentages_are_the_digits_of_the_very_double(value: float, digits: int, text: str) -> None:
    assert shown("J&F", value, digits) == text


@given(st.floats(-1, 1), st.integers(0, 12))
def test_no_rounding_is_off_by_more_than_half_a_digit(value: float, digits: int) -> None:
    off = abs(Fraction(Decimal(rounded(value, digits, scale=2))) - 100 * Fraction(value))
    assert off <= Fraction(1, 2 * 10**digits)


def test_what_is_no_percentage_is_not_multiplied() -> None:
    assert shown("stability_J", 0.03921) == "0.0392"


def test_columns_are_what_papers_print_or_what_was_asked_for(three: list[Opened]) -> None:
    assert make_table(three, Options()).columns == ("J&F", "J", "F", "N-acc", "T-acc", "final")
    assert make_table(three, Options(metrics=("final", "J"))).columns == ("final", "J")
    with pytest.raises(UsageError) as caught:
        make_table(three, Options(metrics=("mAP", "J")))
    assert caught.value.problems[0].found == "mAP"


def test_the_best_is_bold_by_the_direction_of_the_metric(three: list[Opened]) -> None:
    table = make_table(three, Options(metrics=("J&F", "stability_J")))
    bold = {
        (row.name, key)
        for row in table.rows
        for key, cell in zip(table.columns, row.cells, strict=True)
        if cell.bold
    }
    steady = min(three, key=lambda one: one.result.metrics["stability_J"]).name
    assert bold == {("best", "J&F"), (steady, "stability_J")}
    assert not any(cell.bold for row in make_table(three, Options(bold=False)).rows for cell in row.cells)


def test_floor_and_ceiling_show_the_room(three: list[Opened]) -> None:
    best, ours, blind = three
    table = make_table([ours], Options(metrics=("J&F",), floor=blind, ceiling=best))
    assert table.columns == ("J&F", "above floor", "headroom")
    assert [row.role for row in table.rows] == ["method", "floor", "ceiling"]
    figures = [one.result.metrics["J&F"] for one in three]
    assert cells(table, "Ours_1")["headroom"] == shown("J&F", figures[0] - figures[1])
    assert cells(table, "Ours_1")["above floor"] == shown("J&F", figures[1] - figures[2])


def test_a_ceiling_on_other_data_is_refused(three: list[Opened], scored_sample: ScoredSample) -> None:
    with pytest.raises(UsageError):
        make_table(three, Options(ceiling=scored_sample.opened("mevis-v1", "perfect")))


def test_marks_stand_where_a_comparison_tells_a_difference(three: list[Opened]) -> None:
    from rvosbench.analysis.paired import TIE, compare

    table = make_table(three, Options(metrics=("J&F", "T-acc"), marks=True, baseline="best"))
    found = compare(three, baseline="best").whole.differences
    for row in table.rows:
        for key, cell in zip(table.columns, row.cells, strict=True):
            verdicts = [one.verdict for one in found[key] if one.one == row.name]
            assert cell.marked == (verdicts not in ([], [TIE]))
    dagger = any(cell.marked for row in table.rows for cell in row.cells)
    says = "\N{DAGGER}: differs from best" if dagger else "No figure differs from best"
    assert any(note.startswith(says) for note in table.notes)


@pytest.mark.parametrize(
    ("baseline", "marked", "says"),
    [
        (None, {"poor"}, "\N{DAGGER}: differs from the best by more than chance"),
        ("poor", {"good", "as good"}, "\N{DAGGER}: differs from poor by more than chance"),
        ("good", {"poor"}, "\N{DAGGER}: differs from good by more than chance"),
    ],
)
def test_what_differs_by_more_than_chance_is_marked_in_every_form(
    scored_sample: ScoredSample, baseline: str | None, marked: set[str], says: str
) -> None:
    like = scored_sample.opened("mevis-v2", "late")
    results = [many(like, "poor", 0.0), many(like, "good", 0.1, seed=1), many(like, "as good", 0.1, seed=2)]
    table = make_table(results, Options(metrics=("J&F",), marks=True, baseline=baseline))
    assert {row.name for row in table.rows if row.cells[0].marked} == marked
    assert any(note.startswith(says) for note in table.notes)
    for line in markdown(table).splitlines():
        name = line.strip("| ").partition(" |")[0]
        if name in ("poor", "good", "as good"):
            assert ("\N{DAGGER}" in line) == (name in marked)
    for line in latex(table).splitlines():
        name = line.partition(" &")[0]
        if name in ("poor", "good", "as good"):
            assert (r"$^\dagger$" in line) == (name in marked)


def test_the_room_below_zero_has_a_minus_and_not_a_hyphen(three: list[Opened]) -> None:
    """What is worse than its floor."""
    best, ours, _ = three
    text = latex(make_table([ours], Options(metrics=("J&F",), floor=best)))
    room = shown("J&F", ours.result.metrics["J&F"] - best.result.metrics["J&F"])
    assert room.startswith("-") and f"& $-${room[1:]} " in text


def test_missing_frames_are_told_below_the_table(three: list[Opened]) -> None:
    best, ours, _ = three
    counts = {**ours.result.counts, "missing": 1234}
    holed = replace(ours, result=replace(ours.result, counts=counts))
    notes = make_table([best, holed], Options()).notes
    assert "Ours_1: 1,234 frames were missing and scored 0." in notes
    assert not any(note.startswith("best:") for note in notes)


def test_only_methods_are_bold_and_room_is_that_of_the_first_metric(three: list[Opened]) -> None:
    """Also where the ceiling has the very figure of the best method."""
    best, ours, _ = three
    ceiling = replace(best, name="ceiling")
    table = make_table([best, ours], Options(metrics=("J", "F"), ceiling=ceiling))
    assert {row.name for row in table.rows if any(cell.bold for cell in row.cells)} == {"best"}
    expected = shown("J", best.result.metrics["J"] - ours.result.metrics["J"])
    assert cells(table, "Ours_1")["headroom"] == expected
    assert expected != shown("F", best.result.metrics["F"] - ours.result.metrics["F"])


def test_markdown_has_a_cell_for_each_column_whatever_the_names(three: list[Opened]) -> None:
    named = [replace(three[0], name=HOSTILE), three[1]]
    lines = markdown(make_table(named, Options(intervals=True))).splitlines()
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines[:4]}) == 1
    assert r"\| \<b\> \*" in lines[2]


def test_csv_is_read_back_by_pandas_as_numbers(three: list[Opened]) -> None:
    import pandas

    text = comma_separated(make_table(three, Options(intervals=True, digits=3)))
    frame = pandas.read_csv(io.StringIO(text))
    assert list(frame["method"]) == ["best", "Ours_1", "'=cmd()"]
    assert frame["J&F"].dtype == float
    for value, one in zip(frame["J&F"], three, strict=True):
        assert value == pytest.approx(100 * one.result.metrics["J&F"], abs=0.0005)
    known = frame.dropna(subset=["J&F low"])
    assert len(known)
    assert (known["J&F low"] <= known["J&F"]).all()


@given(st.text(max_size=12))
def test_no_text_in_csv_begins_like_a_formula(text: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([safe(text)])
    (cell,) = next(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_json_has_every_bit(three: list[Opened]) -> None:
    table = make_table(three, Options())
    read = json.loads(json.dumps(document(table), allow_nan=False))
    for row, one in zip(read["rows"], three, strict=True):
        assert row["values"] == {key: one.result.metrics[key] for key in table.metrics}
        assert row["fingerprint"] == one.result.fingerprint


def test_eval_results_are_read_by_the_library_of_the_hub(three: list[Opened]) -> None:
    ours = three[1]
    text = eval_results(make_table([ours], Options(metrics=("J&F", "final"))), "someone/mevis")
    entries = parse_eval_result_entries(yaml.safe_load(text))
    assert [(one.dataset_id, one.task_id) for one in entries] == [
        ("someone/mevis", "valid_u_j_and_f"),
        ("someone/mevis", "valid_u_final"),
    ]
    assert [one.value for one in entries] == [
        float(shown(key, ours.result.metrics[key])) for key in ("J&F", "final")
    ]
    assert ours.result.fingerprint in (entries[0].notes or "")


@pytest.mark.parametrize("hub", [None, "mevis", "a/b/c", 'x/"y\n'])
def test_eval_results_need_one_model_and_a_benchmark(three: list[Opened], hub: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        eval_results(make_table(three, Options()), hub)
    assert [problem.path for problem in caught.value.problems] == ["--to eval-results", "--hub-dataset"]


@pytest.mark.full
def test_latex_compiles_and_says_what_it_should(
    three: list[Opened], tmp_path: Path, require_command: Callable[[str], str]
) -> None:
    compiler, reader = require_command("pdflatex"), require_command("pdftotext")
    best, ours, blind = three
    named = [replace(ours, name=HOSTILE), replace(blind, name="[plain]"), best]
    options = Options(marks=True, baseline="best", intervals=True, floor=blind, ceiling=best)
    body = latex(make_table(named, replace(options, metrics=("J&F", "J", "F"))))
    lines = [
        r"\documentclass{article}",
        r"\usepackage{booktabs}",
        r"\usepackage[margin=1cm]{geometry}",
        r"\begin{document}",
        body,
        r"\end{document}",
    ]
    (tmp_path / "table.tex").write_text("\n".join(lines), encoding="utf-8")
    command = [compiler, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
    read = subprocess.run(
        [reader, "-layout", "table.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    flat = " ".join(unicodedata.normalize("NFKC", read).split())
    # An underscore of TeX's own fonts is a line, not a letter.
    for text in ("[50%] A&B {c} #1 $x$", "[plain]", "headroom", "mevis-v2, valid u", "(floor)", "(ceiling)"):
        assert text in flat, (text, flat)
    assert shown("J&F", ours.result.metrics["J&F"]) in flat
