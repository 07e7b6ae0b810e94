"""The records that come with the project are the published figures: all of them, digit by digit."""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from rvosbench_leaderboard.records.grid import grid
from rvosbench_leaderboard.records.latex import as_latex
from rvosbench_leaderboard.records.model import Record, Records
from rvosbench_leaderboard.records.reading import read_records
from rvosbench_leaderboard.records.rows import rows_of
from rvosbench_leaderboard.records.selection import of_table

from rvosbench import registry
from rvosbench.cli.app import run

FIGURES = 316
PAPERS_TABLES = (
    ("ssa-cvpr2025/table-1", "SSA, CVPR 2025", "Table 1"),
    ("ssa-cvpr2025/table-2", "SSA, CVPR 2025", "Table 2"),
    ("ssa-cvpr2025/table-3", "SSA, CVPR 2025", "Table 3"),
    ("soc-neurips2023/table-1", "SOC, NeurIPS 2023", "Table 1"),
    ("soc-neurips2023/table-2", "SOC, NeurIPS 2023", "Table 2"),
)


@pytest.fixture(scope="module")
def records(project_root: Path) -> Records:
    return read_records(project_root / "leaderboard" / "results")


def published(records: Records) -> list[Record]:
    """Those that somebody printed or reported."""
    return [one for one in records.records if one.status in ("printed", "self-reported")]


def by_id(records: Records, name: str) -> Record:
    found = records.of(name)
    assert found is not None, name
    return found


def test_all_published_figures_are_there(records: Records) -> None:
    assert list(records.problems) == []
    assert len(list(rows_of(published(records)))) == FIGURES


def test_every_figure_of_the_table_is_a_record_and_every_record_a_figure_of_the_table(
    records: Records, real_data: Path
) -> None:
    with (real_data / "published_results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = ("method", "backbone", "training", "dataset", "split", "metric", "source", "table")
    printed = Counter((*(row[key] for key in keys), row["value"]) for row in rows)
    ours = Counter(
        (*(getattr(one, key) for key in keys), str(one.value)) for one in rows_of(published(records))
    )
    assert ours == printed
    venues = {row["method"]: row["venue"] for row in rows if row["venue"]}
    told = {one.method: one.venue for one in rows_of(published(records))}
    assert {name: told[name] for name in venues} == venues


def test_the_records_pass_their_own_checks(project_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["leaderboard", "verify", str(project_root / "leaderboard" / "results")]) == 0
    assert "10 of them with a contradiction as it was printed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "printed", "flag"),
    [
        ("ssa-cvpr2025-t1-dshmp-mevis-v1-valid-u", "55.3", "J&F 55.3 is not the mean of 51.0 and 60.4."),
        (
            "soc-neurips2023-t1-referformer-video-swin-t-joint-ref-youtube-vos-valid",
            "62.6",
            "J&F 62.6 is not the mean of 59.9 and 63.3.",
        ),
        (
            "soc-neurips2023-t1-urvos-resnet-50-scratch-ref-davis17-val",
            "51.5",
            "J&F 51.5 is not the mean of 47.3 and 56.0.",
        ),
    ],
)
def test_contradictions_are_kept_as_printed_and_flagged(
    records: Records, name: str, printed: str, flag: str
) -> None:
    record = by_id(records, name)
    assert record.printed["J&F"] == printed
    assert flag in [one.text for one in record.flags]


def test_a_fraction_among_percentages_is_flagged(records: Records) -> None:
    record = by_id(records, "aggregator-soc-rank-83-jhmdb-sentences-test")
    assert record.printed == {"oIoU": "0.736"}
    assert {"scale", "second-hand"} <= {flag.code for flag in record.flags}


def test_both_sides_of_a_contradiction_are_flagged(records: Records) -> None:
    """Neither value is known to be the right one."""
    said = {
        name: next(flag.text for flag in by_id(records, name).flags if flag.code == "repeated")
        for name in (
            "aggregator-soc-rank-178-ref-davis17-val",
            "aggregator-soc-rank-131-ref-davis17-val",
            "aggregator-soc-rank-83-jhmdb-sentences-test",
            "aggregator-soc-rank-56-jhmdb-sentences-test",
        )
    }
    assert list(said.values()) == [
        "The same source also has J&F 64.2.",
        "The same source also has J&F 65.8.",
        "The same source also has oIoU 73.6.",
        "The same source also has oIoU 0.736.",
    ]


def test_a_readme_that_disagrees_with_its_paper_is_flagged_on_both(records: Records) -> None:
    paper = by_id(records, "ssa-cvpr2025-t1-ssa-joint-mevis-v1-valid")
    readme = by_id(records, "ssa-readme-mevis-ssa-joint-mevis-v1-valid")
    assert ("disagrees", "README of Tavarich/SSA, Inference/MeViS has J&F 49.37.") in [
        (flag.code, flag.text) for flag in paper.flags
    ]
    assert [flag.code for flag in readme.flags] == ["disagrees"]
    assert readme.status == "self-reported"


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("ssa-cvpr2025-t1-ssa-mevis-v1-valid", "supervised"),
        ("ssa-cvpr2025-t1-ssa-joint-mevis-v1-valid", "joint"),
        ("ssa-cvpr2025-t2-al-ref-sam-2-mevis-v1-valid", "zero-shot"),
        ("ssa-cvpr2025-t3-ssa-ref-youtube-vos-valid", "supervised"),  # images first, then videos alone
        ("ssa-cvpr2025-t3-ssa-ref-davis17-val", "zero-shot"),  # trained on Ref-YouTube-VOS only
        ("ssa-cvpr2025-t1-lmpm-mevis-v1-valid", "unknown"),  # the table does not say
    ],
)
def test_the_setting_follows_from_what_was_trained_on(records: Records, name: str, setting: str) -> None:
    assert by_id(records, name).method.setting == setting


def test_printed_trainable_parameters_are_whole_numbers(records: Records) -> None:
    assert (
        by_id(records, "ssa-cvpr2025-t6-ssa-ablation-adapter-mevis-v1-valid").method.trainable == 46_500_000
    )


def test_boards_hold_one_dataset_split_and_protocol(records: Records) -> None:
    boards = records.by_board()
    assert ("mevis-v1", "valid", "mevis") in boards
    assert ("mevis-v1", "valid_u", "mevis") in boards
    assert sum(map(len, boards.values())) == sum(bool(one.metrics) for one in records.records)


def test_counts_of_our_own_models_are_those_of_the_baselines(records: Records) -> None:
    """And what the baselines say is counted in tests/baselines."""
    points = registry.registered(registry.BASELINES)
    said = {
        variant.name: (variant.parameters, variant.trainable)
        for name in ("soc", "ssa", "sola")
        for variant in registry.load(points[name]).variants
    }
    counted = [one for one in records.records if one.file.startswith("counted/")]
    assert len(counted) == 5
    for one in counted:
        parameters, trainable = said[one.id.removeprefix("counted-")]
        assert one.method.trainable == trainable
        assert one.method.parameters in (parameters, None)


def cells(line: str) -> list[str]:
    bare = re.sub(r"\\textbf\{([^}]*)\}", r"\1", line.removesuffix(r"\\").strip()).replace("{*}", "")
    return [cell.strip() for cell in bare.split(" & ")]


@pytest.mark.parametrize(("name", "source", "table"), PAPERS_TABLES, ids=[one[0] for one in PAPERS_TABLES])
def test_tables_of_papers_come_out_of_the_records_cell_by_cell(
    records: Records, real_data: Path, name: str, source: str, table: str
) -> None:
    """The LaTeX is read back, and compared with the figures in the order in which they were copied."""
    with (real_data / "published_results.csv").open(encoding="utf-8", newline="") as file:
        figures = [row for row in csv.DictReader(file) if (row["source"], row["table"]) == (source, table)]
    expected: dict[tuple[str, str, str], dict[tuple[str, ...], str]] = {}
    for row in figures:
        training = row["training"].partition(" (no fine-tune")[0]
        key = row["method"], row["backbone"], training
        expected.setdefault(key, {})[row["dataset"], row["split"], row["metric"]] = row["value"]

    whole = grid(of_table(records, name), ranked=False)
    body = as_latex(whole).partition("\\midrule\n")[2].partition("\n\\bottomrule")[0].splitlines()
    columns = [(*(column.board or ("", ""))[:2], column.metric) for column in whole.columns]
    assert len(body) == len(expected)
    for line, (key, values) in zip(body, expected.items(), strict=True):
        found = cells(line)
        assert found[0] == key[0].replace("&", r"\&")
        assert [*(values.get(column, "--") for column in columns)] == found[-len(columns) :]
    assert sum(map(len, expected.values())) == len(figures)
    assert {metric for *_, metric in columns} == {row["metric"] for row in figures}


def test_the_best_of_each_column_is_bold(records: Records) -> None:
    text = as_latex(grid(of_table(records, "soc-neurips2023/table-1"), ranked=False))
    best = max(Decimal(one.printed["J&F"]) for one in of_table(records, "soc-neurips2023/table-1"))
    assert rf"\textbf{{{best}}}" in text
    assert text.count(r"\textbf") == 6
