"""Folders of records for tests: a method, a source, and whatever a record shall say."""

from __future__ import annotations

from pathlib import Path

METHOD = '[method]\nid = "a"\nname = "A"\n'
SOURCE = '[source]\npaper = "A paper"\ntable = "Table 1"\nstatus = "printed"\n'
PLACE = 'method = "a"\ndataset = "mevis-v1"\nsplit = "valid_u"\nprotocol = "mevis"\n'


def record(metrics: str = '"J&F" = 50.0', *, id: str = "one", more: str = "") -> str:  # noqa: A002
    return f'[[record]]\nid = "{id}"\n{PLACE}metrics = {{ {metrics} }}\n{more}\n'


def write_records(folder: Path, *records: str, source: str = SOURCE) -> Path:
    """The folder, with one method and one source."""
    (folder / "methods").mkdir(parents=True, exist_ok=True)
    (folder / "methods" / "a.toml").write_text(METHOD, encoding="utf-8")
    (folder / "paper.toml").write_text(source + "\n" + "\n".join(records), encoding="utf-8")
    return folder
