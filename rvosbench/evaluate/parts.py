"""Finished videos of a run that is not yet over: each is a folder that appears whole, so that a run that was
killed can be taken up where it was.

OUT/.parts/stamp.json          what the parts were made from
OUT/.parts/<place>/scores.json units and problems; JSON keeps every bit of a double
                   frames.arrow, predictions.arrow
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.evaluate.outcome import VideoOutcome

FOLDER = ".parts"
_STAMP, _SCORES = "stamp.json", "scores.json"


class Parts:
    """Those in a folder, which is made if need be. What was made from something else is removed."""

    def __init__(self, out: Path, stamp: Mapping[str, Any], *, resume: bool) -> None:
        self.folder = out / FOLDER
        self._made = not out.exists()
        try:
            if not (resume and _read_json(self.folder / _STAMP) == dict(stamp)):
                shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / _STAMP).write_text(json.dumps(dict(stamp)) + "\n", encoding="utf-8")
        except OSError as error:
            raise _cannot_write(self.folder, error) from error

    def read(self, place: int, *, masks: bool) -> VideoOutcome | None:
        """None if the video is not finished, or what is there of it cannot be read."""
        folder = self.folder / _name(place)
        try:
            outcome = VideoOutcome.from_json(json.loads((folder / _SCORES).read_text(encoding="utf-8")))
            for name in ("frames", "predictions") if masks else ("frames",):
                with pa.memory_map(str(folder / f"{name}.arrow")) as file:
                    pa.ipc.open_file(file)
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            return None
        return outcome

    def table(self, place: int, name: str) -> pa.Table:
        with pa.memory_map(str(self.folder / _name(place) / f"{name}.arrow")) as file:
            return pa.ipc.open_file(file).read_all()

    def remove(self) -> None:
        """The parts, and the folder around them if it was made for them."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._made and self.folder.parent.is_dir() and not any(self.folder.parent.iterdir()):
            self.folder.parent.rmdir()


def write_part(folder: Path, outcome: VideoOutcome, tables: Mapping[str, pa.Table]) -> None:
    """Called in worker processes."""
    target = folder / _name(outcome.place)
    staging = folder / f"{target.name}.new"
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        for name, table in tables.items():
            path = str(staging / f"{name}.arrow")
            with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        text = json.dumps(outcome.as_json(), allow_nan=False)
        (staging / _SCORES).write_text(text, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        staging.rename(target)
    except OSError as error:
        raise _cannot_write(target, error) from error


def _name(place: int) -> str:
    return f"{place:06d}"


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _cannot_write(path: Path, error: OSError) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.CANNOT_WRITE,
            str(path),
            expected="a folder that can be written",
            found=str(error.strerror or error),
            fix="free some space or choose another folder",
        )
    )
