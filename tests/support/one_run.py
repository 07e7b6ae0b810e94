"""`rvosbench baseline run bright` in a process of its own, which can be killed; and trees, compared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CALL = "from rvosbench.cli.app import main; main()"


def start(site: Path, *arguments: object) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(site), str(Path(__file__).parent)])
    return subprocess.Popen(
        [sys.executable, "-c", CALL, "baseline", "run", "bright", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """All files of predictions, by path; without the record of the run."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".rvosbench")}
