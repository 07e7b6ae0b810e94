"""Speed of scoring J&F by `rvosbench eval`, beside scorers that PyPI has, on the same files in the same run.

    python benchmarks/score.py --peers FOLDER [--sizes 480p 720p 1080p] [--masks 10 40] [--many 600]

FOLDER gets a virtual environment with the peers, once; it can be thrown away. A peer that cannot be
installed is said to be missing. Everything runs on one core and in processes of its own, from start to score.
Each scorer gets two numbers of masks, so that what one more mask costs is a difference, free of what starting
costs. What needs only a few milliseconds for a mask also gets `--many`: forty of them drown in noise.

Beside the scorers stands the least that anything built on a library must do: read the predictions and
decompress them, whatever binding to whatever library can be installed, into memory that nobody looks at.

One object to a video, drawn anew with every run: a blob that moves and changes its outline. The prediction is
the blob moved by some pixels, or worn off at its edge. Both are 8-bit gray PNG files of the values 0 and 1:
TrackEval would take 255 for void. Larger numbers of videos are hard links to the same files.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from material import SIZES, SPLIT, Track, convert_release, draw, png, rles, stems

from rvosbench import _kernels

FRAMES = 10  # of a video
MOST_DIFFERENT = 100
OURS = "rvosbench eval"
TWIN = "rvosbench eval, NumPy"
PEERS = {"vos-benchmark": "vos-benchmark==0.1.0", "TrackEval": "trackeval==1.3.0"}
BINDINGS = {  # what the package is called for pip, and what decompresses into a buffer of known size
    "zlib": ("", "import zlib\ninflate = lambda data, size: zlib.decompress(data, bufsize=size)"),
    "isal": (
        "isal",
        "from isal import isal_zlib\ninflate = lambda data, size: isal_zlib.decompress(data, bufsize=size)",
    ),
    "libdeflate": (
        "deflate",
        "import deflate\ninflate = lambda data, size: deflate.zlib_decompress(data, size)",
    ),
}

VOS_BENCHMARK = """
import json, sys
from vos_benchmark.benchmark import benchmark
truth, predictions = sys.argv[1] + "/truth", sys.argv[1] + "/flat"
_, j, f, _ = benchmark([truth], [predictions], num_processes=1, verbose=False, skip_first_and_last=False)
print(json.dumps({"J": j[0] / 100, "F": f[0] / 100}))
"""
TRACKEVAL = """
import contextlib, json, os, sys
import trackeval
folder = sys.argv[1]
off = ("PRINT_", "OUTPUT_", "PLOT_", "DISPLAY_", "TIME_PROGRESS", "USE_PARALLEL")
silent = {name: False for name in trackeval.Evaluator.get_default_eval_config() if name.startswith(off)}
where = {"GT_FOLDER": folder + "/truth", "TRACKERS_FOLDER": folder, "TRACKERS_TO_EVAL": ["flat"],
         "TRACKER_SUB_FOLDER": "", "PRINT_CONFIG": False}
with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
    scorer = trackeval.Evaluator({**silent, "BREAK_ON_ERROR": True, "LOG_ON_ERROR": None})
    scores, _ = scorer.evaluate([trackeval.datasets.DAVIS(where)], [trackeval.metrics.JAndF()])
    score = scores["DAVIS"]["flat"]["COMBINED_SEQ"]["general"]["JAndF"]
print(json.dumps({"J": float(score["J-Mean"]), "F": float(score["F-Mean"])}))
"""
PROGRAMS = {"vos-benchmark": VOS_BENCHMARK, "TrackEval": TRACKEVAL}
# Comes after the line that says what `inflate` is. 8-bit gray: a row has one byte more than pixels.
INFLATE = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        place, stream = 8, []
        while place < len(data):
            length = int.from_bytes(data[place : place + 4], "big")
            if data[place + 4 : place + 8] == b"IDAT":
                stream.append(data[place + 8 : place + 8 + length])
            place += 12 + length
        inflate(stream[0] if len(stream) == 1 else b"".join(stream), height * (width + 1))
"""

Score = dict[str, float]


@dataclass(frozen=True)
class Run:
    wall: float
    cpu: float
    score: Score


@dataclass(frozen=True)
class Scorer:
    """`folder` in its command stands for that of the masks."""

    name: str
    command: tuple[str, ...]
    fast: bool  # a few milliseconds for a mask at most
    kernel: str = ""

    def run(self, folder: Path) -> Run:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        command = [part.replace("{folder}", str(folder)) for part in self.command]
        environment = {**os.environ, **({"RVOSBENCH_KERNEL": self.kernel} if self.kernel else {})}
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        output = done.stdout
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Run(wall, cpu, score_in(output))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peers", type=Path, required=True, help="folder of the peers' virtual environment")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--masks", nargs=2, type=int, default=(10, 40), metavar=("N1", "N2"))
    parser.add_argument("--many", type=int, default=600, help="masks that only the fast get")
    parser.add_argument("--rounds", type=int, default=3, help="runs of what is fast; others run once")
    parser.add_argument("--without", nargs="+", default=[], metavar="SCORER", help="names that are left out")
    parser.add_argument("--folder", type=Path, help="where masks are made (default: a temporary folder)")
    options = parser.parse_args()
    numbers = [*options.masks, options.many]
    left_out = set(options.without)
    if any(number % FRAMES for number in numbers) or not 0 < numbers[0] < numbers[1] < numbers[2]:
        parser.error(f"numbers of masks must rise from N1 over N2 to --many and be multiples of {FRAMES}")
    core = bound_to_one_core()
    scorers, missing = installed(options.peers)
    scorers = [scorer for scorer in scorers if scorer.name not in left_out]
    print(f"Python {platform.python_version()}, {platform.machine()}, kernel: {_kernels.name()}; {core}\n")
    print(f"Peers: {', '.join(PEERS[one.name] for one in scorers if one.name in PEERS) or 'none'}\n")
    for size in options.sizes:
        with tempfile.TemporaryDirectory(dir=options.folder) as name:
            made = make(Path(name), SIZES[size], numbers)
            runs = measured(scorers, Path(name), numbers, options.rounds)
            print(f"## {size}\n\n{made}\n")
            show_whole(runs, missing, numbers[1])
            show_one_more(runs, missing, numbers)
            show_agreement(runs, numbers[1])


def bound_to_one_core() -> str:
    """Started processes are bound with this one."""
    if sys.platform != "linux":
        return "not bound to one core: this system cannot"
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return "all bound to one core"


def installed(folder: Path) -> tuple[list[Scorer], dict[str, str]]:
    """Every scorer that is here, and why each of the others is not."""
    command = str(Path(sys.executable).with_name("rvosbench"))
    arguments = ("{folder}/predictions", "--dataset", f"mevis-v1:{SPLIT}", "--data", "{folder}/data")
    ours = (command, "eval", *arguments, "--workers", "1", "--json")
    scorers = [Scorer(OURS, ours, fast=True), Scorer(TWIN, ours, fast=False, kernel="numpy")]
    missing = {}
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, stdout=subprocess.DEVNULL)
    for name, program in PROGRAMS.items():
        reason = why_missing(python, PEERS[name])
        if reason:
            missing[name] = reason
        else:
            scorers.append(Scorer(name, (str(python), "-c", program, "{folder}"), fast=False))
    for library, (requirement, binding) in BINDINGS.items():
        name = f"only read and inflate, {library}"
        reason = why_missing(python, requirement) if requirement else ""
        if reason:
            missing[name] = reason
        else:
            inflate = (str(python), "-c", binding + INFLATE, "{folder}/predictions")
            scorers.append(Scorer(name, inflate, fast=True))
    return scorers, missing


def why_missing(python: Path, requirement: str) -> str:
    """Why pip could not install it; empty if it is there."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return "pip took more than 300 s"
    lines = done.stderr.strip().splitlines() or [f"pip ended with {done.returncode}"]
    return lines[-1] if done.returncode else ""


def measured(
    scorers: list[Scorer], folder: Path, numbers: list[int], rounds: int
) -> dict[str, dict[int, Run]]:
    """Medians, after a first run that nobody times: it reads the programs from the disk. All take turns."""
    runs: dict[str, dict[int, list[Run]]] = {}
    for scorer in scorers:
        scorer.run(folder / str(numbers[0]))
        runs[scorer.name] = {number: [] for number in (numbers if scorer.fast else numbers[:2])}
    for turn in range(rounds):
        for scorer in scorers:
            if scorer.fast or turn == 0:
                for number, done in runs[scorer.name].items():
                    done.append(scorer.run(folder / str(number)))
    return {
        name: {number: middle(done) for number, done in by_number.items()} for name, by_number in runs.items()
    }


def middle(runs: list[Run]) -> Run:
    wall, cpu = statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs)
    return Run(wall, cpu, runs[0].score)


def score_in(output: str) -> Score:
    if not output.strip():
        return {}
    document = json.loads(output)
    metrics = document.get("metrics", document)
    return {key: float(metrics[key]) for key in ("J", "F")}


def show_whole(runs: dict[str, dict[int, Run]], missing: dict[str, str], number: int) -> None:
    ours = runs[OURS][number]
    print(f"{number} masks, from start to score; ratios to `{OURS}`:\n")
    print("| | wall s | CPU s | wall ratio | CPU ratio |\n|---|---:|---:|---:|---:|")
    for name, by_number in runs.items():
        run = by_number[number]
        ratios = f"{run.wall / ours.wall:.2f} | {run.cpu / ours.cpu:.2f}"
        print(f"| {name} | {run.wall:.2f} | {run.cpu:.2f} | {ratios} |")
    for name, reason in missing.items():
        print(f"| {name} | not installed: {reason} | | | |")
    print()


def show_one_more(runs: dict[str, dict[int, Run]], missing: dict[str, str], numbers: list[int]) -> None:
    """What one more mask costs: the difference between the smallest and the largest run of a scorer."""
    costs = {}
    for name, by_number in runs.items():
        fewest, most = min(by_number), max(by_number)
        less, more = by_number[fewest], by_number[most]
        added = most - fewest
        costs[name] = (f"{fewest}, {most}", (more.wall - less.wall) / added, (more.cpu - less.cpu) / added)
    _, our_wall, our_cpu = costs[OURS]
    print(f"One more mask; ratios to `{OURS}`:\n")
    print("| | masks | wall ms | CPU ms | wall ratio | CPU ratio |\n|---|---:|---:|---:|---:|---:|")
    for name, (counts, wall, cpu) in costs.items():
        ratios = f"{wall / our_wall:.2f} | {cpu / our_cpu:.2f}"
        print(f"| {name} | {counts} | {1000 * wall:.3f} | {1000 * cpu:.3f} | {ratios} |")
    for name in missing:
        print(f"| {name} | not installed | | | | |")
    print()


def show_agreement(runs: dict[str, dict[int, Run]], number: int) -> None:
    ours = runs[OURS][number].score
    print(f"J and F of the {number} masks, and how far those of others are from ours:\n")
    print("| | J | F | difference in J | in F |\n|---|---:|---:|---:|---:|")
    for name, by_number in runs.items():
        score = by_number[number].score
        if score:
            apart = " | ".join(f"{abs(score[key] - ours[key]):.1e}" for key in ("J", "F"))
            print(f"| {name} | {score['J']:.6f} | {score['F']:.6f} | {apart} |")
    print()


def make(folder: Path, size: tuple[int, int], numbers: list[int]) -> str:
    """For each number of masks: a release that is converted, predictions as we and as the peers want them."""
    different = numbers[1] // FRAMES if numbers[1] <= MOST_DIFFERENT else MOST_DIFFERENT // FRAMES
    tracks = [keep(folder / "drawn" / str(video), *draw(video, size, FRAMES)) for video in range(different)]
    files = sorted((folder / "drawn").glob("*/*/*.png"))
    for number in numbers:
        here = folder / str(number)
        videos = {f"video{video:04d}": video % different for video in range(number // FRAMES)}
        for video, drawn in videos.items():
            lay_out(here, video, folder / "drawn" / str(drawn))
        start = time.perf_counter()
        convert_release(
            here, {name: tracks[drawn] for name, drawn in videos.items()}, dict.fromkeys(videos, 1)
        )
        seconds = time.perf_counter() - start
    mean = sum(path.stat().st_size for path in files) / len(files)
    return (
        f"{size[1]} x {size[0]}, {different * FRAMES} different masks, PNG files of {mean / 1000:.1f} kB."
        f" Ours reads the ground truth from a converted split; to write and convert {numbers[-1]} masks takes"
        f" {seconds:.1f} s, once, and is not counted below."
    )


def keep(folder: Path, truth: Track, prediction: Track) -> list[dict[str, object]]:
    """Writes the masks of a video; returns its ground truth as a release has it."""
    for kind, track in (("truth", truth), ("prediction", prediction)):
        (folder / kind).mkdir(parents=True)
        for stem, mask in zip(stems(FRAMES), track, strict=True):
            (folder / kind / f"{stem}.png").write_bytes(png(mask))
    return rles(truth)


def lay_out(here: Path, video: str, drawn: Path) -> None:
    predictions = here / "predictions" / video / "0"
    for kind, target in (("prediction", predictions), ("truth", here / "truth" / video)):
        target.mkdir(parents=True)
        for path in (drawn / kind).iterdir():
            (target / path.name).hardlink_to(path)
    flat = here / "flat" / video
    flat.parent.mkdir(exist_ok=True)
    flat.symlink_to(predictions, target_is_directory=True)


if __name__ == "__main__":
    main()
