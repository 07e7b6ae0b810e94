"""The doctor finds what happened to a split after it was made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import toy_dataset
from toy_dataset import Toy

from rvosbench.errors import Code, RvosbenchError
from rvosbench.io.tables import TABLES
from rvosbench.splits.convert import convert
from rvosbench.splits.doctor import examine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = toy_dataset.write(tmp_path / "source", toy_dataset.videos(3))
    return convert(Toy(), source, "valid", data=tmp_path / "home").folder


def codes(folder: Path, **options: Any) -> set[Code]:
    try:
        return {problem.code for problem in examine(folder, **options).problems}
    except RvosbenchError as error:
        return {problem.code for problem in error.problems}


def change_rows(folder: Path, table: str, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Edit a table and make the manifest agree with the file, as a careful forger would."""
    import pyarrow as pa

    from rvosbench.splits.source_files import checksum

    path = folder / f"{table}.parquet"
    rows = pq.read_table(path).to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=TABLES[table]), path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tables"][table] |= {"rows": len(rows), "sha256": checksum(path)}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_fresh_split_is_healthy(folder: Path) -> None:
    diagnosis = examine(folder, deep=True)
    assert diagnosis.healthy
    assert dict(diagnosis.checked) == {
        "videos": 3,
        "objects": 6,
        "masks": 18,
        "expressions": 9,
        "frames": 0,
        "source_files": 1,
    }


@pytest.mark.parametrize("table", list(TABLES))
def test_a_table_that_is_gone_is_found(folder: Path, table: str) -> None:
    (folder / f"{table}.parquet").unlink()
    assert codes(folder) == {Code.SPLIT_DAMAGED}


@pytest.mark.parametrize("table", list(TABLES))
def test_a_truncated_table_is_found(folder: Path, table: str) -> None:
    path = folder / f"{table}.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    assert codes(folder) == {Code.SPLIT_DAMAGED}


@pytest.mark.parametrize("table", list(TABLES))
def test_flipped_bytes_are_found(folder: Path, table: str) -> None:
    path = folder / f"{table}.parquet"
    content = bytearray(path.read_bytes())
    for at in range(8, len(content) // 3, 7):
        content[at] ^= 0x55
    path.write_bytes(content)
    assert Code.SPLIT_DAMAGED in codes(folder)


def test_a_changed_sentence_changes_the_fingerprint(folder: Path) -> None:
    change_rows(folder, "expressions", lambda rows: rows[0].update(text="another"))
    assert codes(folder) == {Code.FINGERPRINT_DIFFERS}


def test_a_mask_with_a_false_area_is_found(folder: Path) -> None:
    change_rows(folder, "masks", lambda rows: rows[4].update(area=1))
    assert codes(folder) == {Code.ROWS_INCONSISTENT}


def test_a_mask_of_another_size_is_found(folder: Path) -> None:
    change_rows(folder, "masks", lambda rows: rows[4].update(counts=b"1111"))
    assert codes(folder) == {Code.BAD_RLE, Code.FINGERPRINT_DIFFERS}


def test_masks_in_another_order_are_found(folder: Path) -> None:
    change_rows(folder, "masks", lambda rows: rows.insert(0, rows.pop(2)))
    assert Code.ROWS_INCONSISTENT in codes(folder)


def test_an_expression_whose_object_is_gone_is_found(folder: Path) -> None:
    change_rows(folder, "objects", lambda rows: rows.pop(0))
    assert Code.UNKNOWN_OBJECT in codes(folder)


def test_other_columns_are_found(folder: Path) -> None:
    table = pq.read_table(folder / "videos.parquet").drop_columns(["fps"])
    pq.write_table(table, folder / "videos.parquet")
    assert codes(folder) == {Code.WRONG_COLUMNS}


def test_a_manifest_of_a_newer_schema_is_not_guessed_at(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"schema_version": 2}))
    assert codes(folder) == {Code.NEWER_SCHEMA}


def test_a_source_that_changed_is_a_warning(folder: Path, tmp_path: Path) -> None:
    toy_dataset.write(tmp_path / "source", toy_dataset.videos(2))
    (problem,) = examine(folder).problems
    assert (problem.code, problem.severity) == (Code.SOURCE_CHANGED, "warning")


def test_a_source_that_was_only_copied_is_fine(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "source" / "toy.json").touch()
    assert examine(folder).healthy


def test_a_source_that_was_put_away_is_fine(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "source").rename(tmp_path / "archive")
    assert examine(folder).healthy
