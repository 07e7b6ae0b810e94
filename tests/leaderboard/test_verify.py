"""`leaderboard verify`: a table of results is checked against itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rvosbench_leaderboard.consistency import check
from rvosbench_leaderboard.results_table import COLUMNS, read_results

from rvosbench.cli.app import run
from rvosbench.errors import Code, Problem, ProblemLog

HEADER = ",".join(COLUMNS)


def row(
    metric: str, value: str, *, method: str = "A", dataset: str = "mevis-v1", split: str = "valid"
) -> str:
    return f"{method},,,,{dataset},{split},{metric},{value},a paper,Table 1"


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "results.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def problems_of(path: Path) -> list[Problem]:
    log = ProblemLog()
    check(read_results(path, log), ["mevis-v1", "a2d-sentences"], path.name, log)
    return list(log)


def test_a_table_that_agrees_with_itself_has_no_problem(tmp_path: Path) -> None:
    table = write(tmp_path, row("J&F", "46.4"), row("J", "43.0"), row("F", "49.8"))
    assert problems_of(table) == []


@pytest.mark.parametrize(
    ("both", "region", "boundary"),
    [
        ("55.8", "51.0", "60.5"),  # 55.75 rounds up
        ("55.7", "51.0", "60.5"),  # or down
        ("55.8", "51.0", "60.4"),  # each of the three was rounded: 55.75 is possible for both sides
        ("56", "51.0", "60.4"),  # printed without a decimal
    ],
)
def test_rounding_of_the_printed_digits_is_no_contradiction(
    tmp_path: Path, both: str, region: str, boundary: str
) -> None:
    assert problems_of(write(tmp_path, row("J&F", both), row("J", region), row("F", boundary))) == []


@pytest.mark.parametrize("both", ["55.9", "55.5", "55.3", "54"])
def test_a_mean_beyond_rounding_is_a_contradiction(tmp_path: Path, both: str) -> None:
    (problem,) = problems_of(write(tmp_path, row("J&F", both), row("J", "51.0"), row("F", "60.4")))
    assert problem.code == Code.TABLE_INCONSISTENT
    assert problem.found == f"{both}, but (51.0 + 60.4) / 2 = 55.7"


def test_the_mean_is_taken_within_one_method_dataset_and_split(tmp_path: Path) -> None:
    table = write(
        tmp_path,
        row("J&F", "46.4", split="valid"),
        row("J", "51.0", split="valid_u"),
        row("F", "60.4", method="B"),
    )
    assert problems_of(table) == []


@pytest.mark.parametrize("value", ["0.736", "0.7", "1"])
def test_a_fraction_among_percentages_is_found(tmp_path: Path, value: str) -> None:
    table = write(
        tmp_path, row("oIoU", value), row("oIoU", "73.6", method="B"), row("oIoU", "60.2", method="C")
    )
    (problem,) = problems_of(table)
    assert problem.found == f"{value}, beside values from 60.2 upwards"


def test_a_percentage_below_one_is_no_fraction(tmp_path: Path) -> None:
    table = write(tmp_path, *(row("P@0.9", value, method=value) for value in ("0.1", "0.4", "1.2", "25.2")))
    assert problems_of(table) == []


def test_a_metric_that_is_in_fractions_throughout_has_one_scale(tmp_path: Path) -> None:
    assert problems_of(write(tmp_path, row("J", "0.436"), row("J", "0.51", method="B"))) == []


@pytest.mark.parametrize("value", ["100.1", "-0.1"])
def test_a_score_outside_0_to_100_is_refused(tmp_path: Path, value: str) -> None:
    (problem,) = problems_of(write(tmp_path, row("mAP", value)))
    assert (problem.expected, problem.found) == ("a score between 0 and 100", value)


def test_what_is_no_score_may_exceed_100_and_need_not_name_a_dataset(tmp_path: Path) -> None:
    assert problems_of(write(tmp_path, row("trainable params (M)", "100.6", dataset="", split=""))) == []


def test_a_figure_that_a_source_prints_twice_differently_is_found(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, row("J", "66.0"), row("J", "67.3"), row("J", "66.0")))
    assert problem.examples == (
        "results.csv, row 2: A, mevis-v1:valid J: 66.0, and 67.3 in row 3",
        "results.csv, row 3: A, mevis-v1:valid J: 67.3, and 66.0 in row 2",
        "results.csv, row 4: A, mevis-v1:valid J: 66.0, and 67.3 in row 3",
    )


def test_an_unknown_dataset_is_found_and_the_known_ones_are_named(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, row("J", "50.0", dataset="mevis")))
    assert problem.found == "'mevis'"
    assert problem.expected == "a dataset of a2d-sentences, mevis-v1"


@pytest.mark.parametrize("value", ["n/a", "NaN", "1e1", "55,3", "", "1_0", "Infinity"])
def test_a_value_that_is_no_number_is_refused(tmp_path: Path, value: str) -> None:
    quoted = f'"{value}"'
    (problem,) = problems_of(write(tmp_path, row("J", quoted), row("J", "50.0", method="B")))
    assert problem.path == "results.csv, row 2"


def test_all_problems_of_a_table_come_together(tmp_path: Path) -> None:
    table = write(
        tmp_path,
        row("J", "x"),
        row("F", "101"),
        row("J", "50.0", dataset="nowhere"),
        "a,row,of,five,cells",
        row("mIoU", "0.736"),
        row("mIoU", "70.1", method="B"),
    )
    assert len(problems_of(table)) == 5


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, header=HEADER.replace(",source", "")))
    assert "source" in problem.found


def test_columns_may_come_in_any_order_and_others_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    names = ["comment", *reversed(COLUMNS)]
    values = {"method": "A", "dataset": "mevis-v1", "metric": "J", "value": "50.0", "source": "a paper"}
    path.write_text(
        ",".join(names) + "\n" + ",".join(values.get(name, "") for name in names) + "\n", encoding="utf-8"
    )
    log = ProblemLog()
    (result,) = read_results(path, log)
    assert (result.metric, str(result.value), len(log)) == ("J", "50.0", 0)


def test_a_table_without_results_is_no_table(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path))
    assert problem.expected == "at least one result"


def test_a_table_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text(HEADER + "\n" + row("J", "50.0") + "\n", encoding="utf-8-sig")
    assert problems_of(path) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"method,\xff\n", Code.NOT_UTF8),
        (HEADER.encode() + b'\n"a', Code.TABLE_INCONSISTENT),
        (b"", Code.TABLE_INCONSISTENT),
    ],
)
def test_a_file_that_is_no_table_is_a_problem_not_a_traceback(
    tmp_path: Path, content: bytes, code: Code
) -> None:
    path = tmp_path / "results.csv"
    path.write_bytes(content)
    assert [problem.code for problem in problems_of(path)] == [code]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert [problem.code for problem in problems_of(tmp_path / "none.csv")] == [Code.MISSING_FILE]


def test_the_command_exits_1_and_prints_nothing_but_json_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write(tmp_path, row("J&F", "55.3"), row("J", "51.0"), row("F", "60.4"))
    assert run(["leaderboard", "verify", str(table), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["consistent"] is False
    assert [problem["code"] for problem in document["problems"]] == ["RVB060"]


def test_the_command_exits_0_on_a_table_without_contradiction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["leaderboard", "verify", str(write(tmp_path, row("J", "50.0")))]) == 0
    assert "1 results, no contradiction" in capsys.readouterr().out


def test_the_contradictions_of_the_published_tables_are_found(real_data: Path) -> None:
    log = ProblemLog()
    datasets = ["mevis-v1", "ref-youtube-vos", "ref-davis17", "a2d-sentences", "jhmdb-sentences"]
    check(read_results(real_data / "published_results.csv", log), datasets, "published_results.csv", log)
    found = "\n".join(example for problem in log for example in problem.examples)
    assert "DsHmp, mevis-v1:valid_u J&F: 55.3, but (51.0 + 60.4) / 2 = 55.7" in found
    assert (
        "ReferFormer (Video-Swin-T), ref-youtube-vos:valid J&F: 62.6, but (59.9 + 63.3) / 2 = 61.6" in found
    )
    assert "SOC, jhmdb-sentences:test oIoU: 0.736, beside values from 73.6 upwards" in found
    # And nothing is cried over that the papers printed in good order: 316 figures, and complaints about three
    # means, a fraction, and the seven figures of which their source has another value.
    assert sum(problem.count for problem in log) == 11
