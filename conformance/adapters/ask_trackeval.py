"""Asks TrackEval about one submission. Needs `pip install trackeval==1.3.0`.

    ask_trackeval.py SUBMISSION TRUTH DATASET FORM MISSING

Its DAVIS data set and JAndF metric, matched by J&F as the DAVIS evaluation does, with at most 20 proposals. A
sentence becomes a sequence with one object. 255 means void in its ground truth, so masks are 0 and 1 there.
"""

import contextlib
import json
import sys
from pathlib import Path

import numpy as np
import trackeval
from PIL import Image
from trackeval.utils import TrackEvalException

OFF = ("PRINT_", "OUTPUT_", "PLOT_", "DISPLAY_", "TIME_PROGRESS", "USE_PARALLEL")


def main(submission: Path, truth: Path, dataset: str, form: str, missing: str) -> int:
    if reason := not_applicable(dataset, form, missing):
        print(json.dumps({"verdict": "not-applicable", "reason": reason}))
        return 0
    try:
        with contextlib.redirect_stdout(sys.stderr):
            figures = [score(predictions, truths) for predictions, truths in runs(submission, truth, form)]
    except Exception as error:
        if type(error) not in (TrackEvalException, Exception):  # it raises these two on purpose
            raise
        print(error, file=sys.stderr)
        return 3
    means = {key: sum(one[key] for one in figures) / len(figures) for key in figures[0]}
    print(json.dumps({"scores": means}))
    return 0


def not_applicable(dataset: str, form: str, missing: str) -> str:
    if form not in ("masks", "labels"):
        return "reads folders of PNG files alone"
    if dataset.startswith("ref-davis17") and form == "masks":
        return "merges no masks into label maps"
    if dataset.startswith("mevis-v2"):
        return "knows no sequence without an object"
    if missing == "zero":
        return "has no rule for what is missing"
    return ""


def runs(submission: Path, truth: Path, form: str) -> list[tuple[Path, Path]]:
    """Folders of predictions and of truth whose folders are sequences."""
    if form == "labels":
        return [(submission / f"anno_{annotator}", truth) for annotator in range(4)]
    predictions = Path("predictions")
    predictions.mkdir()
    for place in sorted(submission.glob("*/*")):
        (predictions / f"{place.parent.name}_{place.name}").symlink_to(place)
    return [(predictions.absolute(), without_255(truth, Path("truth")))]


def without_255(tree: Path, folder: Path) -> Path:
    for path in sorted(tree.glob("*/*/*.png")):
        place = folder / f"{path.parts[-3]}_{path.parts[-2]}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray((np.asarray(Image.open(path)) != 0).astype(np.uint8)).save(place / path.name)
    return folder.absolute()


def score(predictions: Path, truth: Path) -> dict[str, float]:
    where = {
        "GT_FOLDER": str(truth),
        "TRACKERS_FOLDER": str(predictions.parent),
        "TRACKERS_TO_EVAL": [predictions.name],
        "TRACKER_SUB_FOLDER": "",
        "MAX_DETECTIONS": 20,
        "PRINT_CONFIG": False,
    }
    silent = {name: False for name in trackeval.Evaluator.get_default_eval_config() if name.startswith(OFF)}
    scorer = trackeval.Evaluator({**silent, "BREAK_ON_ERROR": True, "LOG_ON_ERROR": None})
    metric = trackeval.metrics.JAndF()
    metric.optim_type = "J&F"
    found, _ = scorer.evaluate([trackeval.datasets.DAVIS(where)], [metric])
    general = found["DAVIS"][predictions.name]["COMBINED_SEQ"]["general"]["JAndF"]
    names = {"J&F": "J&F", "J": "J-Mean", "F": "F-Mean", "J_recall": "J-Recall", "F_recall": "F-Recall"}
    names |= {"J_decay": "J-Decay", "F_decay": "F-Decay"}
    return {key: float(general[name]) for key, name in names.items()}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6]))
