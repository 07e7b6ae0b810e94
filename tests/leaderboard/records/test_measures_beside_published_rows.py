"""Floors, ceilings and a baseline on the board of printed rows, from a release to a page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from xml.etree.ElementTree import Element

import bright_baseline
import pytest
from record_files import SOURCE, record, write_records
from rvosbench_leaderboard.records import where
from rvosbench_leaderboard.records.reading import read_records
from site_pages import parsed, text_of
from whole_release import whole_release

from rvosbench.cli.app import run

BOARD, KEY = "mevis-v1:valid_u", ("mevis-v1", "valid_u", "mevis")
UNRANKED = "–"  # noqa: RUF001  (a dash, for readers)
MEASURES = {
    "empty": ("Nothing", "floor"),
    "largest": ("Largest object", "floor"),
    "first-frame-oracle": ("First frame, held", "ceiling"),
    "track-oracle": ("Best single object", "ceiling"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    release = whole_release(folder / "release")
    data = str(folder / "data")
    assert run(["convert", "mevis-v1", str(release), "--split", "valid_u", "--data", data, "--check"]) == 0
    return folder


def floors(home: Path, records: Path, *options: str) -> int:
    return run(
        ["leaderboard", "floors", BOARD, "--data", str(home / "data"), "--records", str(records), *options]
    )


@pytest.fixture(scope="module")
def measured(home: Path, project_root: Path) -> Path:
    """The records that come with the project, and floors and ceilings beside them."""
    records = Path(shutil.copytree(project_root / "leaderboard" / "results", home / "records"))
    assert floors(home, records) == 0
    return records


@pytest.fixture
def records(measured: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(measured, tmp_path / "records"))


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Two videos of the release, converted in `data`."""
    release, data = whole_release(tmp_path / "release", videos=2), str(tmp_path / "data")
    assert run(["convert", "mevis-v1", str(release), "--split", "valid_u", "--data", data]) == 0
    return tmp_path


def cells(row: Element) -> list[str]:
    return [text_of(cell) for cell in row]


def test_floors_ceilings_and_a_baseline_stand_beside_printed_rows(
    home: Path, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bright_baseline.register(tmp_path / "plug-in")
    monkeypatch.syspath_prepend(str(tmp_path / "plug-in"))
    predictions, result, site = (str(tmp_path / name) for name in ("bright.parquet", "bright", "site"))
    of = ["--dataset", BOARD, "--data", str(home / "data")]
    bright = ["baseline", "run", "bright", "--variant", "bright-small", "--option", "threshold=15"]
    assert run([*bright, *of, "--out", predictions]) == 0
    assert run(["eval", predictions, *of, "--out", result]) == 0
    as_baseline = ["--method", "bright", "--name", "What is bright", "--kind", "baseline", "--stage", "none"]
    where = ["--data", str(home / "data"), "--records", str(records)]
    assert run(["leaderboard", "add", result, predictions, *as_baseline, *where]) == 0
    assert run(["leaderboard", "verify", "--records", str(records)]) == 0
    assert run(["leaderboard", "build", "--records", str(records), "--out", site]) == 0

    page = parsed((Path(site) / "boards" / "mevis-v1-valid_u.html").read_bytes())
    rows = [cells(row) for row in page.findall(".//table[@id='board']/tbody/tr")]
    of_board = read_records(records).by_board()[KEY]
    assert len(rows) == len(of_board)
    printed = [row for row in rows if " printed " in row[1]]
    assert [row[0] for row in printed] == ["1", "2", "3", "4", "5"]
    beside = {row[1]: row[0] for row in rows if row not in printed}
    expected = [f"{name} {kind} reproduced" for name, kind in MEASURES.values()]
    assert beside == dict.fromkeys([*expected, "What is bright baseline re-scored"], UNRANKED)
    scores = {one.method.id: one.printed["J&F"] for one in of_board if one.status != "printed"}
    assert {row[2].split()[0] for row in rows if row[0] == UNRANKED} == set(scores.values())


def test_exported_tables_set_them_apart(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["leaderboard", "export", "--board", BOARD, "--records", str(records), "--to", "latex"]
    assert run(call) == 0
    methods, others = capsys.readouterr().out.split(r"\midrule")[1:]
    assert r"\textbf{57.8}" in methods
    assert r"\textbf" not in others
    for name, kind in MEASURES.values():
        assert rf"\textit{{{name}}} ({kind})" in others


def test_each_is_made_anew_by_its_record(
    home: Path, records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert floors(home, records, "--json") == 0
    there = json.loads(capsys.readouterr().out)["records"]
    kinds = [kind for _, kind in MEASURES.values()]
    assert [(one["kind"], one["new"]) for one in there] == [(kind, False) for kind in kinds]
    where = ["--records", str(records), "--data", str(home / "data")]
    assert run(["leaderboard", "reproduce", there[1]["record"], *where]) == 0
    path = records / "scored" / f"{there[1]['record']}.toml"
    before = path.read_bytes()
    path.unlink()
    capsys.readouterr()
    assert floors(home, records, "--json") == 0
    assert [one["new"] for one in json.loads(capsys.readouterr().out)["records"]] == [
        False,
        True,
        False,
        False,
    ]
    assert path.read_bytes() == before


def test_a_part_of_the_split_is_refused_beside_published_figures(
    part: Path, records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in records.rglob("*.toml")}
    assert floors(part, records) == 2
    said = capsys.readouterr().err
    assert "50 videos, since the board has published figures" in said
    assert "793 expressions" in said
    predictions, result = str(part / "largest.parquet"), str(part / "largest")
    of = ["--dataset", BOARD, "--data", str(part / "data")]
    assert run(["floor", "largest", *of, "--out", predictions]) == 0
    assert run(["eval", predictions, *of, "--out", result]) == 0
    call = ["leaderboard", "add", result, "--method", "largest", "--records", str(records), *of[2:]]
    assert run(call) == 2
    assert run([*call, "--self-reported"]) == 2
    assert {path: path.read_bytes() for path in records.rglob("*.toml")} == before


def test_verify_counts_the_videos_of_scored_records(
    records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = records / "scored" / "scored-empty-mevis-v1-valid-u.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^video49 = .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert run(["leaderboard", "verify", "--records", str(records)]) == 1
    assert "50 videos, since the board has published figures" in capsys.readouterr().err


def test_new_records_never_lie_in_an_installed_package(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    installed = tmp_path / "site-packages" / "results"
    installed.mkdir(parents=True)
    monkeypatch.setattr(where, "INSTALLED", installed)
    assert run(["leaderboard", "floors", BOARD, "--data", str(home / "data")]) == 2
    assert f"cp -r {installed} records" in capsys.readouterr().err
    assert list(installed.iterdir()) == []


def scored(id: str, figure: str, protocol: str = "mevis") -> str:  # noqa: A002
    hashes = "\n".join(f'{key} = "{"0" * 64}"' for key in ("fingerprint", "predictions", "data"))
    return record(f'"J&F" = {figure}', id=id, more=hashes).replace(
        'protocol = "mevis"', f'protocol = "{protocol}"'
    )


def test_a_low_score_of_the_harness_is_no_fraction_and_hides_none(tmp_path: Path) -> None:
    printed = [
        record(f'"J&F" = {figure}', id=f"p{place}", more=f'row = {place}\nbackbone = "{place}"')
        for place, figure in enumerate(("57.8", "40.2", "0.73"), start=1)
    ]
    write_records(tmp_path, *printed)
    of_harness = (
        SOURCE.replace("printed", "re-scored")
        .replace('table = "Table 1"\n', "")
        .replace("A paper", "rvosbench")
    )
    (tmp_path / "scored.toml").write_text(
        "\n".join((of_harness, scored("low", "0.42"), scored("floor", "2.10", "per-expression"))),
        encoding="utf-8",
    )
    found = read_records(tmp_path)
    assert list(found.problems) == []
    flags = {one.id: [flag.code for flag in one.flags] for one in found.records}
    assert flags == {"p1": [], "p2": [], "p3": ["scale"], "low": [], "floor": []}


def test_another_conversion_is_refused_beside_scored_records(
    part: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder without published figures, where any part of a split may be scored."""
    own = part / "own"
    assert floors(part, own) == 0
    path = own / "scored" / "scored-empty-mevis-v1-valid-u.toml"
    text = path.read_text(encoding="utf-8")
    data = re.search(r'^data = "(.*)"$', text, re.MULTILINE)
    assert data is not None
    path.write_text(text.replace(data[1], data[1][::-1]), encoding="utf-8")
    (own / "scored" / "scored-largest-mevis-v1-valid-u.toml").unlink()
    assert floors(part, own) == 2
    assert "one conversion of the data" in capsys.readouterr().err
