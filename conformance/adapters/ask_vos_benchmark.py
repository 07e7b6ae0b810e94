"""Asks vos-benchmark about one submission. Needs `pip install vos-benchmark==0.1.0`.

    ask_vos_benchmark.py SUBMISSION TRUTH DATASET FORM MISSING

vos-benchmark scores label maps, one folder for each video. A sentence becomes a video with one object here,
and an annotator of Ref-DAVIS17 a run of its own. Frames are never skipped, as the protocols have it.
"""

import json
import sys
from pathlib import Path

from vos_benchmark.benchmark import benchmark


def main(submission: Path, truth: Path, dataset: str, form: str, missing: str) -> int:
    if reason := not_applicable(dataset, form, missing):
        print(json.dumps({"verdict": "not-applicable", "reason": reason}))
        return 0
    try:
        figures = [score(predictions, truths) for predictions, truths in runs(submission, truth, form)]
    except AssertionError as error:  # how it says that sizes differ
        print(error, file=sys.stderr)
        return 3
    except SystemExit:  # how it ends after it has said what is wrong
        return 3
    j, f = (sum(one[place] for one in figures) / len(figures) for place in (0, 1))
    print()
    print(json.dumps({"scores": {"J&F": (j + f) / 2, "J": j, "F": f}}))
    return 0


def not_applicable(dataset: str, form: str, missing: str) -> str:
    if form not in ("masks", "labels"):
        return "reads folders of PNG files alone"
    if dataset.startswith("ref-davis17") and form == "masks":
        return "merges no masks into label maps"
    if dataset.startswith("mevis-v2"):
        return "knows no video without an object"
    if missing == "zero":
        return "has no rule for what is missing"
    return ""


def runs(submission: Path, truth: Path, form: str) -> list[tuple[Path, Path]]:
    """Folders of predictions and of truth whose folders are videos."""
    if form == "labels":
        return [(submission / f"anno_{annotator}", truth) for annotator in range(4)]
    return [(flat(submission, Path("predictions")), flat(truth, Path("truth")))]


def flat(tree: Path, folder: Path) -> Path:
    """<video>/<expression> as <video>_<expression>, by links: nothing is read or changed."""
    folder.mkdir()
    for place in sorted(tree.glob("*/*")):
        (folder / f"{place.parent.name}_{place.name}").symlink_to(place)
    return folder.absolute()


def score(predictions: Path, truth: Path) -> tuple[float, float]:
    _, j, f, _ = benchmark(
        [str(truth)], [str(predictions)], num_processes=1, verbose=False, skip_first_and_last=False
    )
    return float(j[0]) / 100, float(f[0]) / 100


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6]))
