"""What the harnesses of the Python readers share: seeds, the corpora kept from earlier campaigns, and a run.

    python fuzz/read_zip.py -max_total_time=60       one harness, with any option of libFuzzer
    python fuzz/campaign.py --seconds 300 [--keep]   all of them, one after the other

Atheris guides them: it instruments the Python code of rvosbench as it is imported, and is not among the
dependencies: `pip install --no-deps atheris`.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import importlib
import json
import math
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests" / "support")]

HARNESSES = ("zip", "png", "coco", "parquet", "metadata")
BUILD = HERE.parent / "build" / "fuzz-readers"
LONGEST = 4096  # bytes of an input
_LARGEST_CORPUS, _OF_AN_ENTRY = 90_000, 130  # bytes
_FIGURES = re.compile(r"stat::number_of_executed_units: *(\d+)|Done (\d+) runs in (\d+)")

Check = Callable[[bytes], None]


class Finding(Exception):
    """A reader accepted what it should not have, or gave back something else than what is there."""


class Choices:
    """Bytes as a row of choices; the first of each for ever at their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def of(self, some: Any) -> Any:
        number = self._data[self._at] if self._at < len(self._data) else 0
        self._at += 1
        return some[number % len(some)]


ODD: Sequence[Any] = (
    *(None, True, False, -1, 0, 1, 2**31, 2**63, 10**30, 0.5, -0.0, 1e308, math.nan, math.inf, -math.inf),
    *("", "0", "bear", "\ud800", "\0", "../../x", "a/b", "x" * 300, "\u00e9", "-1", "1e9"),
    *([], {}, [[]], {"": {}}, [0] * 30, ["00000", "00000"], [1, "1", None], json.loads("[" * 60 + "]" * 60)),
)


def twisted(document: Any, choices: Choices) -> bytes:
    """The JSON of a document in which some values are replaced by odd ones."""
    document = copy.deepcopy(document)
    for _ in range(choices.of((1, 2, 3))):
        parent, key, node = None, None, document
        while isinstance(node, (dict, list)) and node and choices.of((True, True, True, True, False)):
            parent, key = node, choices.of(list(node) if isinstance(node, dict) else range(len(node)))
            node = parent[key]
        if parent is not None:
            parent[key] = copy.deepcopy(choices.of(ODD))
    return json.dumps(document).encode()


def instrument(*modules: str) -> None:
    """Imports them, and what of rvosbench they import, with coverage. Comes before other imports of it."""
    import atheris

    with atheris.instrument_imports(include=["rvosbench"]):
        for module in modules:
            importlib.import_module(module)


def archive(name: str) -> Path:
    return HERE / "corpus" / f"read_{name}.zip"


def corpus(name: str) -> list[bytes]:
    """What earlier campaigns reached new code with, and what was found by them."""
    with ZipFile(archive(name)) as kept:
        return [kept.read(entry) for entry in sorted(kept.namelist())]


def working_folder() -> Path:
    """Where inputs are written that are read from files: in memory where that is possible."""
    shared = Path("/dev/shm")  # noqa: S108
    return Path(tempfile.mkdtemp(prefix="rvosbench-fuzz-", dir=shared if shared.is_dir() else None))


def main(name: str, seeds: Callable[[], Mapping[str, bytes]], check: Check) -> None:
    """Runs the harness `name` with the options of the command line. The seeds are made anew."""
    import atheris

    folders = [BUILD / name / "corpus", BUILD / name / "seeds"]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    for seed, content in seeds().items():
        (folders[1] / seed).write_bytes(content)
    if archive(name).exists():
        with ZipFile(archive(name)) as kept:
            kept.extractall(folders[1])
    options = [argument for argument in sys.argv if argument.startswith("-")]
    given = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    finding = f"-artifact_prefix={BUILD / name}/finding-"
    places = given or [str(folder) for folder in folders]
    atheris.Setup([sys.argv[0], f"-max_len={LONGEST}", finding, *options, *places], check)
    atheris.Fuzz()


def keep(name: str) -> None:
    """What was found and what reached new code, the smallest first, in an archive that is the same for the
    same inputs and no larger than it may be. libFuzzer drops an input when a smaller one reaches as much."""
    found = sorted((BUILD / name).glob("finding-*"))
    reached = {path.read_bytes() for path in (BUILD / name / "corpus").iterdir()}
    kept_before = set(corpus(name)) if archive(name).exists() else set()
    chosen: list[bytes] = [path.read_bytes() for path in found]
    size = 0
    for content in sorted(reached | kept_before, key=lambda one: (len(one), one)):
        size += len(zlib.compress(content, 9)) + _OF_AN_ENTRY
        if size > _LARGEST_CORPUS:
            break
        chosen.append(content)
    named = {hashlib.sha256(content).hexdigest()[:16]: content for content in chosen}
    with ZipFile(archive(name), "w", ZIP_DEFLATED, compresslevel=9) as kept:
        for digest in sorted(named):
            kept.writestr(ZipInfo(digest), named[digest], ZIP_DEFLATED)


def run(name: str, seconds: int) -> bool:
    """One line for each harness: executions and time. False if something was found."""
    options = [f"-max_total_time={seconds}", "-print_final_stats=1", "-timeout=20", "-rss_limit_mb=2048"]
    done = subprocess.run([sys.executable, HERE / f"read_{name}.py", *options], capture_output=True)
    said = done.stderr.decode(errors="replace")
    (BUILD / f"{name}.log").write_text(said, encoding="utf-8")
    figures = [found.group() for found in _FIGURES.finditer(said)]
    sys.stdout.write(f"{name}: {', '.join(figures) or said[-2000:]}\n")
    return done.returncode == 0


def campaign() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=300, help="for each harness")
    parser.add_argument("--keep", action="store_true", help="put what reached new code into fuzz/corpus")
    parser.add_argument("names", nargs="*", default=HARNESSES)
    options = parser.parse_args()
    whole = [run(name, options.seconds) for name in options.names]
    if not all(whole):
        sys.exit(f"findings are in {BUILD}")
    if options.keep:
        for name in options.names:
            keep(name)


if __name__ == "__main__":
    campaign()
