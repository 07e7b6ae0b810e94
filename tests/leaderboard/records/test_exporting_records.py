"""What leaves the records: digits as printed, nothing that runs or breaks out, and what differs by chance."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from record_files import record, write_records
from rvosbench_leaderboard.records.exporting import as_csv, as_json, as_markdown
from rvosbench_leaderboard.records.grid import grid
from rvosbench_leaderboard.records.latex import as_latex
from rvosbench_leaderboard.records.model import Record, Records
from rvosbench_leaderboard.records.reading import read_records
from rvosbench_leaderboard.records.schema import SCHEMA
from rvosbench_leaderboard.records.selection import of_table
from rvosbench_leaderboard.site.repeats import repeats

from rvosbench.cli.app import run

TABLES = (
    "ssa-cvpr2025/table-1",
    "ssa-cvpr2025/table-2",
    "ssa-cvpr2025/table-3",
    "soc-neurips2023/table-1",
    "soc-neurips2023/table-2",
)


@pytest.fixture(scope="module")
def records(project_root: Path) -> Records:
    return read_records(project_root / "leaderboard" / "results")


def exported(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["leaderboard", "export", *words]) == 0
    return capsys.readouterr().out


def one(folder: Path, *, more: str = "", metrics: str = '"J&F" = 50.0') -> Record:
    (found,) = read_records(write_records(folder, record(metrics, more=more))).records
    return found


def test_json_is_of_its_schema_and_loses_no_digit(records: Records) -> None:
    document = as_json(records.records)
    jsonschema_rs.meta.validate(SCHEMA)
    validator = jsonschema_rs.validator_for(SCHEMA)
    assert [error.message for error in validator.iter_errors(json.loads(json.dumps(document)))] == []
    metrics = {entry["id"]: entry["metrics"] for entry in document["records"]}
    assert metrics == {entry.id: dict(entry.printed) for entry in records.records}


@pytest.mark.parametrize("wrong", [{"status": "true"}, {"metrics": {"J": 5}}, {"colour": 1}, {"method": {}}])
def test_the_schema_refuses_other_forms(records: Records, wrong: dict[str, Any]) -> None:
    document = as_json(records.records[:1])
    document["records"][0].update(wrong)
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(document)


def test_csv_has_every_record_and_figure(records: Records) -> None:
    lines = list(csv.DictReader(io.StringIO(as_csv(records.records), newline="")))
    assert [line["id"] for line in lines] == [entry.id for entry in records.records]
    for line, entry in zip(lines, records.records, strict=True):
        assert {metric: line[metric] for metric in entry.printed} == dict(entry.printed)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_no_cell_of_csv_is_a_formula(tmp_path: Path, text: str) -> None:
    bare = one(tmp_path)
    method = replace(bare.method, name=text, venue=text, backbone=text, training=text)
    hostile = replace(bare, method=method, note=text)
    (line,) = csv.DictReader(io.StringIO(as_csv([hostile]), newline=""))
    assert [line[key] for key in ("method", "venue", "backbone", "training", "note")] == [f"'{text}"] * 5


def test_names_cannot_break_out_of_latex_or_markdown(tmp_path: Path) -> None:
    bare = one(tmp_path)
    hostile = replace(bare, method=replace(bare.method, name=r"\input{x} & | <b> _ % $", backbone=r"\\ & |"))
    whole = grid([hostile], ranked=False)
    (row,) = [line for line in as_latex(whole).splitlines() if "50.0" in line]
    assert row.count(" & ") == 2
    assert r"\input" not in row
    table = as_markdown(whole).splitlines()[2]
    assert len(re.findall(r"(?<!\\)\|", table)) == 4
    assert "<b>" not in table.replace(r"\<b\>", "")


def scored(folder: Path, number: int, scores: list[float]) -> Record:
    videos = ", ".join(f"v{place} = {score}" for place, score in enumerate(scores))
    mean = sum(scores) / len(scores)
    found = one(folder / str(number), metrics=f'"J&F" = {mean:.2f}', more=f"videos = {{ {videos} }}")
    return replace(found, id=str(number), method=replace(found.method, name=f"M{number}", id=f"m{number}"))


def test_a_dagger_marks_what_is_no_more_than_chance_from_the_best(tmp_path: Path) -> None:
    best = [60.0 + place % 5 for place in range(30)]
    close = [score + (4 if place % 2 else -4.2) for place, score in enumerate(best)]
    far = [score - 8 - place % 3 for place, score in enumerate(best)]
    rows = [scored(tmp_path, number, scores) for number, scores in enumerate((best, close, far))]
    text = as_latex(grid(rows, ranked=True))
    found = {name: re.search(rf"^{name} & (.*) \\\\$", text, re.MULTILINE) for name in ("M0", "M1", "M2")}
    assert {name: match[1] for name, match in found.items() if match} == {
        "M0": rf"\textbf{{{sum(best) / 30:.2f}}}",
        "M1": rf"{sum(close) / 30:.2f}$^\dagger$",
        "M2": f"{sum(far) / 30:.2f}",
    }


def test_without_scores_of_videos_nothing_is_said_about_chance(records: Records) -> None:
    for text in (
        as_latex(grid(records.records, ranked=False)),
        as_markdown(grid(records.records, ranked=False)),
    ):
        assert "dagger" not in text
        assert "\N{DAGGER}" not in text


def test_a_board_marks_what_is_doubtful_or_there_again(capsys: pytest.CaptureFixture[str]) -> None:
    lines = exported(capsys, "--board", "mevis-v1:valid").splitlines()
    rows, notes = lines[2 : lines.index("")], lines[lines.index("") :]
    readme, printed = (next(row for row in rows if figure in row) for figure in ("49.37", "48.9"))
    assert readme.startswith("| SSA (again) |") and "49.37\\*" in readme
    assert "**48.9**\\*" in printed
    assert "\\* SSA: README of Tavarich/SSA, Inference/MeViS has J&F 49.37." in notes
    assert "(again): another row has the same method, backbone and training." in notes
    youtube = exported(capsys, "--board", "ref-youtube-vos:valid")
    assert "\\* SOC: From an aggregator page on SOC, not from the paper." in youtube
    assert sum(row.startswith("| LBDT") and "(again)" not in row for row in youtube.splitlines()) == 1


def test_floors_and_ceilings_win_nothing(records: Records) -> None:
    rows = records.by_board()["sample", "valid", "mevis"]
    text = as_latex(grid(rows, ranked=True))
    assert r"\textbf" not in text
    assert r"\textit{Largest object} (floor)" in text


def test_a_board_is_sorted_and_a_table_keeps_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    board = exported(capsys, "--board", "mevis-v1:valid_u", "--to", "csv")
    assert len(board.splitlines()) == 6
    sorted_rows = exported(capsys, "--board", "mevis-v1:valid_u").splitlines()[2:7]
    assert [re.findall(r"\d\d\.\d", row)[0] for row in sorted_rows] == [
        "57.8",
        "56.9",
        "55.3",
        "51.2",
        "40.2",
    ]
    printed = exported(capsys, "--table", "ssa-cvpr2025/table-1").splitlines()[2:]
    assert printed[0].startswith("| URVOS ")


def test_two_figures_of_one_row_and_board_both_stay(tmp_path: Path) -> None:
    folder = write_records(tmp_path, record(more="row = 1"), record('"J&F" = 51.0', id="two", more="row = 1"))
    text = as_markdown(grid(read_records(folder).records, ranked=False))
    assert "50.0" in text
    assert "51.0" in text


def test_the_hub_reads_one_record(capsys: pytest.CaptureFixture[str]) -> None:
    name = "ssa-cvpr2025-t1-ssa-mevis-v1-valid-u"
    entries = yaml.safe_load(exported(capsys, name, "--to", "eval-results", "--hub-dataset", "a/mevis"))
    assert [(entry["dataset"]["task_id"], entry["value"]) for entry in entries] == [
        ("valid_u_j_and_f", 56.9),
        ("valid_u_j", 51.7),
        ("valid_u_f", 62.2),
    ]
    assert "printed: SSA, CVPR 2025, Table 1" in entries[0]["notes"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--board", "mevis-v1:nowhere"], "RVB224"),
        (["--table", "ssa/table-9"], "RVB224"),
        (["no-such-record"], "RVB224"),
        (["--board", "mevis-v1:valid", "--table", "ssa-cvpr2025/table-1"], "RVB003"),
        (["--to", "eval-results", "--hub-dataset", "a/b"], "RVB003"),
    ],
)
def test_what_is_not_there_is_refused(
    words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["leaderboard", "export", *words]) == 2
    assert code in capsys.readouterr().err


def test_an_exported_table_can_be_written_to_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "table.csv"
    exported(capsys, "--to", "csv", "--out", str(target))
    assert target.read_bytes().count(b"\r\n") == len(target.read_bytes().splitlines())


PAPER = r"""\documentclass[twocolumn]{article}
\usepackage{array,booktabs,graphicx}
\usepackage[textwidth=6.875in,textheight=8.875in]{geometry}
\setlength{\columnsep}{0.3125in}
\let\scaled\resizebox
\renewcommand{\resizebox}[3]{\sbox0{#3}\typeout{NEEDS \the\wd0 \space OF \the\linewidth.}\scaled{#1}{#2}{#3}}
\begin{document}
"""
"""A page as that of a conference of this field, which tells how wide each table would be."""


@pytest.mark.full
def test_tables_of_papers_and_whole_boards_fit_a_page_and_stay_legible(
    records: Records, tmp_path: Path, require_command: Callable[[str], str]
) -> None:
    bodies = [as_latex(grid(of_table(records, name), ranked=False)) for name in TABLES]
    boards = records.by_board().values()
    bodies += [as_latex(grid(board, ranked=True, again=repeats(board))) for board in boards]
    document = PAPER + "\n\\clearpage\n".join(bodies) + "\n\\end{document}\n"
    (tmp_path / "tables.tex").write_text(document, encoding="utf-8")
    command = [require_command("pdflatex"), "-halt-on-error", "-interaction=nonstopmode", "tables.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.findall(r"Overfull.*|.*too large.*", done.stdout) == []
    widths = re.findall(r"NEEDS ([\d.]+)pt OF ([\d.]+)pt", done.stdout)
    assert len(widths) >= len(bodies)
    assert max(float(needs) / float(room) for needs, room in widths) < 1.35


def test_a_long_table_comes_in_parts(tmp_path: Path) -> None:
    bare = one(tmp_path)
    rows = [
        replace(bare, id=str(place), method=replace(bare.method, id=str(place), name=f"M{place:03d}"))
        for place in range(100)
    ]
    text = as_latex(grid(rows, ranked=True))
    assert text.count(r"\begin{tabular}") == text.count(r"\toprule") == 3
    assert text.count("(continued)") == 2
    assert sum(f"M{place:03d} " in text for place in range(100)) == 100
