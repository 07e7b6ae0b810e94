"""A table becomes records: every figure, as it was printed, and nothing that is there is lost."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from rvosbench_leaderboard.records.checks import CONTRADICTIONS
from rvosbench_leaderboard.records.importing import slug
from rvosbench_leaderboard.records.model import Records
from rvosbench_leaderboard.records.reading import read_records
from rvosbench_leaderboard.records.rows import rows_of
from rvosbench_leaderboard.results_table import COLUMNS, read_results

from rvosbench.cli.app import run
from rvosbench.errors import ProblemLog

ROWS = (
    "A,CVPR'2025,ResNet-50,,mevis-v1,valid,J&F,55.3,A paper,Table 1",
    "A,CVPR'2025,ResNet-50,,mevis-v1,valid,J,51.0,A paper,Table 1",
    "A,CVPR'2025,ResNet-50,,mevis-v1,valid,F,60.4,A paper,Table 1",
    "A,CVPR'2025,ResNet-50,,mevis-v1,valid_u,J&F,60,A paper,Table 1",
    "A,CVPR'2025,Swin,,mevis-v1,valid,J&F,61.50,A paper,Table 1",
    'Ünïcode "é",arXiv,,,a2d-sentences,test,mAP,40.40,A paper,Table 2',
    "B+,,,,,,FPS (one GPU),32.3,A paper,text",
    "B+,,,,mevis-v1,valid,trainable params (M),46.5,A paper,Table 1",
    "A,CVPR'2025,ResNet-50,,mevis-v1,valid_u,J&F,61,A paper,Table 1",
)


def table(folder: Path, *rows: str) -> Path:
    path = folder / "results.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return path


def imported(folder: Path, path: Path, *options: str) -> Records:
    assert run(["leaderboard", "import", str(path), "--records", str(folder), *options]) == 0
    found = read_records(folder)
    assert list(found.problems) == []
    return found


def quoted(row: str) -> str:
    return row.replace('Ünïcode "é"', '"Ünïcode ""é"""')


def test_every_figure_comes_back_as_it_was(tmp_path: Path) -> None:
    path = table(tmp_path, *map(quoted, ROWS))
    found = imported(tmp_path / "records", path)
    keys = ("method", "backbone", "training", "dataset", "split", "metric", "source", "table")
    before = read_results(path, ProblemLog())

    def figures(results: object) -> list[tuple[object, ...]]:
        return sorted((*(getattr(one, key) for key in keys), str(one.value)) for one in results)  # type: ignore[attr-defined]

    assert figures(rows_of(found.records)) == figures(before)
    assert {one.status for one in found.records} == {"self-reported"}


def test_what_a_record_is_made_of(tmp_path: Path) -> None:
    found = imported(tmp_path / "records", table(tmp_path, *map(quoted, ROWS)), "--status", "printed")
    first = found.records[0]
    assert first.method.name == "A"
    assert (first.method.venue, first.method.year) == ("CVPR", 2025)
    assert first.protocol == "mevis"
    assert first.status == "printed"
    facts = [one for one in found.records if one.board is None]
    assert [(one.method.fps, one.method.device, one.method.trainable) for one in facts] == [
        (None, None, 46_500_000),
        (32.3, "one GPU", None),
    ]


def test_contradictions_are_admitted_so_that_the_records_verify(tmp_path: Path) -> None:
    found = imported(tmp_path / "records", table(tmp_path, *map(quoted, ROWS)))
    assert {code for one in found.records for code in one.contradictions} == {"mean", "repeated"}
    assert run(["leaderboard", "verify", str(tmp_path / "records")]) == 0


def flags_of(found: Records) -> set[tuple[str, ...]]:
    """Contradictions, by the figures that they are about."""
    return {
        (one.method.name, one.method.backbone, str(one.board), str(one.source.table), str(one.printed), *flag)
        for one in found.records
        for flag in ((flag.code, flag.text) for flag in one.flags if flag.code in CONTRADICTIONS)
    }


def test_published_tables_verify_once_imported_whatever_the_order(tmp_path: Path, real_data: Path) -> None:
    head, *rows = (real_data / "published_results.csv").read_text(encoding="utf-8").splitlines()
    found = []
    for name, order in (("forwards", rows), ("backwards", rows[::-1])):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([head, *order]) + "\n", encoding="utf-8")
        found.append(imported(tmp_path / name, path, "--status", "printed"))
        assert run(["leaderboard", "verify", str(tmp_path / name)]) == 0
    forwards, backwards = ({(one[:4], one[5:]) for one in flags_of(each)} for each in found)
    assert forwards == backwards
    assert len(forwards) == 11


def test_a_source_that_says_two_things_is_flagged_on_both_sides_whatever_the_order(tmp_path: Path) -> None:
    rows = [
        f"A,,,,mevis-v1,valid,{metric},{value},A paper,Table {table}"
        for table, figures in {
            1: (("J&F", "50.0"), ("J", "48.0"), ("F", "52.0"), ("J&F", "55.0"), ("J", "47.0")),
            2: (("J&F", "50.5"),),
        }.items()
        for metric, value in figures
    ]
    sides = []
    for name, order in (("forwards", rows), ("backwards", rows[::-1])):
        (tmp_path / name).mkdir()
        found = imported(tmp_path / name / "records", table(tmp_path / name, *order))
        assert run(["leaderboard", "verify", str(tmp_path / name / "records")]) == 0
        sides.append(sorted(flag.text for one in found.records for flag in one.flags))
    assert sides[0] == sides[1]
    assert "J&F 55.0 is not the mean of 48.0 and 52.0." in sides[0]
    assert sum("also has J&F" in text for text in sides[0]) == 3


def test_nothing_that_is_there_is_replaced_unasked(tmp_path: Path) -> None:
    folder, path = tmp_path / "records", table(tmp_path, ROWS[0])
    imported(folder, path)
    before = {file: file.read_bytes() for file in folder.rglob("*.toml")}
    path = table(tmp_path, ROWS[0].replace("55.3", "99.9"))
    call = ["leaderboard", "import", str(path), "--records", str(folder)]
    assert run(call) == 2
    assert {file: file.read_bytes() for file in folder.rglob("*.toml")} == before
    assert run([*call, "--force"]) == 0
    assert read_records(folder).records[0].printed == {"J&F": "99.9"}


def test_json_does_as_well_and_keeps_digits(tmp_path: Path) -> None:
    document = (
        '{"results": [{"method": "A", "metric": "J&F", "value": 66.50, "source": "A page", '
        '"dataset": "mevis-v1", "split": "valid", "venue": null}]}'
    )
    path = tmp_path / "results.json"
    path.write_text(document, encoding="utf-8")
    (one,) = imported(tmp_path / "records", path).records
    assert one.figure("J&F") == Decimal("66.5")
    assert one.printed == {"J&F": "66.50"}


@pytest.mark.parametrize("text", ["[1]", "{", '"x"', '{"results": 1}', "[" * 100_000, '[{"method": "A"}]'])
def test_json_of_another_form_is_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    assert run(["leaderboard", "import", str(path), "--records", str(tmp_path / "records")]) == 2
    assert "RVB060" in capsys.readouterr().err
    assert not (tmp_path / "records").exists()


def test_a_table_is_added_as_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = [
        "leaderboard",
        "add",
        str(table(tmp_path, ROWS[4])),
        "--records",
        str(tmp_path / "records"),
        "--json",
    ]
    assert run(call) == 0
    assert json.loads(capsys.readouterr().out)["figures"] == 1
    assert [one.status for one in read_records(tmp_path / "records").records] == ["printed"]


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "..", "a/b", "", "=1+1", "C:\\x"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    assert slug(name).replace("-", "").isalnum()
    row = f"{name or 'A'},,,,mevis-v1,valid,J&F,50.0,{name or 'A'},{name}"
    found = imported(tmp_path / "records", table(tmp_path, row))
    assert len(found.records) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"records", "results.csv"}


@pytest.mark.parametrize(
    ("place", "said"),
    [("nowhere,valid", "'nowhere'"), ("mevis-v1,nosplit", "nosplit"), ("a2d-sentences,valid_u", "valid_u")],
)
def test_a_place_that_does_not_exist_is_refused_before_anything_is_written(
    tmp_path: Path, place: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path, ROWS[0], f"A,,,,{place},J&F,50.0,A paper,Table 1")
    assert run(["leaderboard", "import", str(path), "--records", str(tmp_path / "records")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "records").exists()


def test_a_metric_of_another_protocol_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path, ROWS[0], "A,,,,mevis-v1,valid,mAP,50.0,A paper,Table 1")
    assert run(["leaderboard", "import", str(path), "--records", str(tmp_path / "records")]) == 2
    assert "a metric of mevis" in capsys.readouterr().err
    assert not (tmp_path / "records").exists()


def test_the_next_command_is_about_the_same_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = tmp_path / "records"
    assert run(["leaderboard", "import", str(table(tmp_path, *ROWS)), "--records", str(records)]) == 0
    assert f"leaderboard build --records {records} --out site" in capsys.readouterr().err


def test_what_no_command_would_accept_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path, f"{'A' * 130},,,,mevis-v1,valid,J&F,50.0,A paper,Table 1")
    assert run(["leaderboard", "import", str(path), "--records", str(tmp_path / "records")]) == 2
    assert "RVB220" in capsys.readouterr().err
    assert not (tmp_path / "records").exists()


def test_contradictions_are_warnings_since_the_records_admit_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(tmp_path / "records", table(tmp_path, *ROWS[:3]))
    said = capsys.readouterr().err
    assert "warning RVB060" in said
    assert "error" not in said


def test_a_source_never_lies_over_a_method_or_another_source(tmp_path: Path) -> None:
    rows = [
        f"{method},,,,mevis-v1,valid,J&F,{value},{source},{name}"
        for method, value, source, name in (
            ("M", "50.0", "methods", "M"),
            ("M", "51.0", "A paper", "Table 1"),
            ("M", "52.0", "A paper", "table-1"),
            ("m", "53.0", "Another", ""),
            ("方法", "54.0", "Another", ""),
            ("模型", "55.0", "Another", ""),
        )
    ]
    found = imported(tmp_path / "records", table(tmp_path, *rows))
    assert {(one.method.name, one.printed["J&F"]) for one in found.records} == {
        *(("M", "50.0"), ("M", "51.0"), ("M", "52.0"), ("m", "53.0"), ("方法", "54.0"), ("模型", "55.0"))
    }
    assert {path.name for path in (tmp_path / "records" / "methods").iterdir()} == {
        f"{one.method.id}.toml" for one in found.records
    }
    assert run(["leaderboard", "verify", str(tmp_path / "records")]) == 0


def test_records_beside_those_that_are_there_have_ids_of_their_own_and_admit_what_they_contradict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "records"
    imported(folder, table(tmp_path, "A,,,,mevis-v1,valid,J&F,50.0,A paper,"))
    capsys.readouterr()
    path = table(tmp_path, "A,,,,mevis-v1,valid,J&F,51.0,A paper,Table 1", "A,,,,mevis-v1,valid,J,50.0,B,")
    found = imported(folder, path)
    assert "warning RVB221" in capsys.readouterr().err  # the older one has to admit it, too
    assert {one.printed.get("J&F"): one.contradictions for one in found.records} == {
        "50.0": (),
        "51.0": ("repeated",),
        None: (),
    }
