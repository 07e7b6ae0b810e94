"""Time and peak memory of every hostile submission in `rvosbench eval`, each in a process of its own.

    python benchmarks/hostile.py [--only WORD ...] [--address-space GB]

Prints a Markdown table and ends with 1 if something is refused with another code than it should be, leaves
something behind, or takes more than 300 MB. What an honest submission takes stands first: it is what Python
and the libraries take to start.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import hostile_attacks
import hostile_run
import hostile_splits
from hostile_attacks import LARGE, LARGE_SIZE, MASKS, SAMPLES, Attack

from rvosbench.conformance import zip_files

MOST_MB, SECONDS = 300, 120.0
DATASETS = {
    MASKS: f"{hostile_splits.MASKS}:valid_u",
    LARGE: f"{hostile_splits.MASKS}:valid_u",
    SAMPLES: f"{hostile_splits.SAMPLES}:test",
}


def homes(folder: Path) -> dict[str, Path]:
    hostile_splits.masks_split(folder / MASKS)
    hostile_splits.samples_split(folder / SAMPLES)
    hostile_splits.masks_split(folder / LARGE, *LARGE_SIZE)
    return {target: folder / target for target in DATASETS}


def attacks(words: list[str]) -> Iterator[Attack]:
    honest = zip_files.archive(hostile_attacks.honest())
    yield hostile_attacks.attack("an honest zip, for comparison", honest, None)
    for attack in hostile_attacks.every():
        if not words or any(word in attack.name for word in words):
            yield attack


def measure(attack: Attack, home: Path, address_space: int) -> tuple[hostile_run.Measured, list[str]]:
    """The call, and what is wrong with how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        place = attack.write(Path(folder))
        before = sorted(Path(folder).iterdir())
        command = ["eval", str(place), "--dataset", DATASETS[attack.target], "--data", str(home)]
        done = hostile_run.run(
            [*command, "--json", "--workers", "1"], address_space=address_space, seconds=SECONDS
        )
        wrong = [] if sorted(Path(folder).iterdir()) == before else ["left something behind"]
    if done.code != (0 if attack.code is None else 3):
        wrong.append(f"exit code {done.code}")
    elif attack.code is not None and attack.code not in [problem["code"] for problem in done.problems]:
        wrong.append(f"not {attack.code}")
    if done.peak_mb > MOST_MB:
        wrong.append("memory")
    return done, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[], help="attacks with one of these words in their name")
    parser.add_argument("--address-space", type=float, default=2, help="GB that each process may have")
    options = parser.parse_args()
    failed, seconds, peaks = 0, [], []
    print("| attack | code | exit | wall s | CPU s | peak MB |\n|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        found = homes(Path(folder))
        for attack in attacks(options.only):
            done, wrong = measure(attack, found[attack.target], int(options.address_space * 2**30))
            code = attack.code or "read"
            said = f" ({', '.join(wrong)})" if wrong else ""
            figures = f"{done.wall:.2f} | {done.cpu:.2f} | {done.peak_mb:.0f}"
            print(f"| {attack.name} | {code}{said} | {done.code} | {figures} |", flush=True)
            failed += bool(wrong)
            seconds.append(done.wall)
            peaks.append(done.peak_mb)
    walls = f"{statistics.median(seconds):.2f} s in the middle and {max(seconds):.2f} s at most"
    print(f"\n{len(seconds)} calls, {failed} not as they should be; wall {walls}; peak {max(peaks):.0f} MB")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
