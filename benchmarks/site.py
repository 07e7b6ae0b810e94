"""The static site of 1,000 records: how long it takes to build, and to be of use in Chromium.

    python benchmarks/site.py [--records 1000] [--browser /usr/bin/chromium]

Once with all records on one board, the longest table that so many can make, and once on six boards. Prints
seconds from the start of the program to the last file, and how long Chromium takes from asking for the board
to the end of its scripts, when it can be sorted and filtered, and how long sorting, filtering and choosing a
column then take until the next picture. Everything is made up.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PROGRAM = Path(sys.executable).with_name("rvosbench")
BOARDS = (
    ("mevis-v1", "valid_u", "mevis"),
    ("mevis-v1", "valid", "mevis"),
    ("mevis-v2", "valid_u", "mevis"),
    ("ref-youtube-vos", "valid", "ref-youtube-vos"),
    ("ref-davis17", "val", "ref-davis17"),
    ("long-rvos", "valid", "long-rvos"),
)
TRAINED = ('["mevis-v1"]', '["refcoco"], ["mevis-v1"]', '["mevis-v1", "ref-youtube-vos"]')
BACKBONES = ("Swin-T", "Swin-B", "ResNet-50", "ViT-L")
OPENINGS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    options = parser.parse_args()
    print(
        "| boards | files | MB | build s | CPU s | board kB | ms to use | sort ms | filter ms | column ms |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for boards in (BOARDS[:1], BOARDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_records(folder / "records", options.records, boards)
            wall, cpu = build(folder)
            files = [path for path in (folder / "site").rglob("*") if path.is_file()]
            board = max((folder / "site" / "boards").iterdir(), key=lambda path: path.stat().st_size)
            times = [f"{1000 * value:.0f}" for value in opened(board, options.browser)]
            print(
                f"| {len(boards)} | {len(files):,} | {sum(path.stat().st_size for path in files) / 1e6:.1f} "
                f"| {wall:.1f} | {cpu:.1f} | {board.stat().st_size / 1e3:.0f} | {' | '.join(times)} |"
            )
    print(f"\n{options.records:,} records; the longest board, median of {OPENINGS} openings")


def write_records(folder: Path, count: int, boards: tuple[tuple[str, str, str], ...]) -> None:
    """A method for each record, and one file for each board."""
    draw = random.Random(7)
    folder.mkdir()
    lines = {
        board: ['[source]\npaper = "A survey"\ntable = "Table 1"\nstatus = "printed"'] for board in boards
    }
    for place in range(count):
        name = f"method-{place:04d}"
        (folder / f"{name}.toml").write_text(
            f'[method]\nid = "{name}"\nname = "Method {place:04d}"\n'
            f'venue = "{draw.choice(("CVPR", "ICCV"))}"\n'
            f'year = {draw.randint(2018, 2026)}\npaper = "https://example.org/{place}"\n'
            f'bibtex = """\n@inproceedings{{method{place},\n  title = {{Method {place}}}\n}}"""\n'
        )
        dataset, split, protocol = board = boards[place % len(boards)]
        j, f = draw.randint(200, 800), draw.randint(200, 800)
        lines[board].append(
            f'[[record]]\nid = "{name}-r"\nmethod = "{name}"\nrow = {len(lines[board])}\n'
            f'dataset = "{dataset}"\nsplit = "{split}"\nprotocol = "{protocol}"\n'
            f'backbone = "{draw.choice(BACKBONES)}"\nstages = [{draw.choice(TRAINED)}]\n'
            f"parameters = {draw.randint(10**7, 10**9)}\ntrainable = {draw.randint(10**6, 10**7)}\n"
            f'fps = {draw.randint(10, 600) / 10}\ndevice = "a card"\n'
            f'metrics = {{ "J&F" = {(j + f) / 20:.2f}, J = {j / 10}, F = {f / 10} }}'
        )
    for board, records in lines.items():
        (folder / f"{'-'.join(board)}.toml").write_text("\n\n".join(records) + "\n")


def build(folder: Path) -> tuple[float, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    call = [PROGRAM, "leaderboard", "build", "--records", folder / "records", "--out", folder / "site"]
    subprocess.run([*map(str, call)], check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def opened(board: Path, browser: str) -> list[float]:
    """Medians, in seconds: to be of use, and what a reader does then."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        measured = []
        for _ in range(OPENINGS):
            page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.goto(board.as_uri())
            page.wait_for_selector("#board[data-ready]")
            used = (
                page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd") / 1000
            )
            measured.append((used, *(_until_shown(page, act) for act in ACTS)))
            page.context.close()
        chromium.close()
    return [sorted(values)[OPENINGS // 2] for values in zip(*measured, strict=True)]


ACTS = (
    "document.querySelector('th[data-key=F] button').click()",
    "const field = document.querySelector('#find'); field.value = 'swin-t 2024';"
    "field.dispatchEvent(new Event('input', { bubbles: true }))",
    "document.querySelector('[data-column=fps]').click()",
)


def _until_shown(page: Page, act: str) -> float:
    """Until the picture after the next one begins: then the first has been laid out and painted."""
    milliseconds: float = page.evaluate(
        """act => new Promise((done) => {
          const begun = performance.now();
          new Function(act)();
          requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
        })""",
        act,
    )
    return milliseconds / 1000


if __name__ == "__main__":
    main()
