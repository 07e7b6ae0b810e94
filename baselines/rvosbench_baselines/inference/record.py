"""What a run was made with. One folder holds the predictions of one model with one set of weights."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rvosbench.errors import Code, Problem, UsageError
from rvosbench_baselines.base import OptionValue

NAME = "run.json"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that decides about predictions. The device is left out: shards may be computed on several."""

    baseline: str
    package: str
    """The distribution that holds the baseline, with its version."""
    rvosbench: str
    variant: str
    weights: str | None
    """sha256 of the file or folder, or `generated from seed N`."""
    text_model: str | None
    options: Mapping[str, OptionValue | None]
    dataset: str
    split: str
    dataset_fingerprint: str
    form: str
    answer: str

    def write(self, path: Path) -> None:
        document = asdict(self) | {"environment": environment()}
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def compare(self, path: Path) -> None:
        """Refuse to go on in a folder whose predictions were made otherwise."""
        before = _read(path)
        now = asdict(self)
        problems = [
            Problem(
                Code.ANOTHER_RUN,
                f"{path.parent.parent}, {name.replace('_', ' ')}",
                expected="the run that began in this folder, with the same model, weights and options",
                found=f"{_shown(now[name])}, but it began with {_shown(before.get(name))}",
                fix="choose another --out, or repeat the command that the folder was begun with",
            )
            for name in now
            if before.get(name) != now[name]
        ]
        if problems:
            raise UsageError(*problems)


def environment() -> dict[str, str]:
    """What a reader of the record may want to know; it is not compared."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in ("torch", "transformers", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


_AN_END = 4 << 20  # bytes
TEXT_FILES = (
    *("config.json", "merges.txt", "model.safetensors", "pytorch_model.bin", "tokenizer.json"),
    *("bpe_simple_vocab_16e6.txt.gz", "vocab.json"),
)
"""The files of text models, as rvosbench_baselines.text reads them."""


def sha256_of(path: Path) -> str:
    """Of a file; of a folder over the names and contents of all its files."""
    if path.is_dir():
        whole = hashlib.sha256()
        for one in sorted(one for one in path.rglob("*") if one.is_file()):
            name = one.relative_to(path).as_posix().encode("utf-8", "surrogateescape")
            whole.update(name + b"\0" + sha256_of(one).encode("ascii") + b"\n")
        return whole.hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_model_sha256(path: Path) -> str:
    """Of the names, sizes and contents of the files that may be read of it; of large ones the beginning and
    the end, for a text encoder can have 40 GB. What else lies there (a README, a cache) does not matter."""
    files = [path / name for name in TEXT_FILES if (path / name).is_file()] if path.is_dir() else [path]
    whole = hashlib.sha256()
    for one in files:
        size = one.stat().st_size
        whole.update(f"{one.name}\0{size}\n".encode())
        with one.open("rb") as file:
            whole.update(file.read(_AN_END))
            if size > _AN_END:
                file.seek(max(_AN_END, size - _AN_END))
                whole.update(file.read())
    return whole.hexdigest()


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(_not_a_record(path, str(error))) from error
    if not isinstance(found, dict):
        raise UsageError(_not_a_record(path, "something else"))
    return found


def _not_a_record(path: Path, found: str) -> Problem:
    return Problem(
        Code.ANOTHER_RUN,
        str(path),
        expected="the record of the run that began in this folder",
        found=found,
        fix="choose another --out, or remove this one",
    )


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={one}" for name, one in value.items()) or "none"
    return str(value)
