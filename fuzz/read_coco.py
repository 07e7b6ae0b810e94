"""Any bytes as COCO results: refused, or something that every JSON reader takes for the same list."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import campaign

if __name__ == "__main__":
    campaign.instrument("rvosbench.predictions.coco_results")

import hostile_splits

from rvosbench.errors import PredictionsRefused
from rvosbench.predictions.coco_results import CocoResults
from rvosbench.splits.split import Split

TWISTED = b"T"  # what follows are choices: which values of an honest file are replaced by which odd ones
IMAGES = ("v_bear_f_0_i_0", "v_bear_f_2_i_0")


@cache
def place() -> tuple[Path, Split]:
    folder = campaign.working_folder()
    return folder / "results.json", hostile_splits.samples_split(folder)


def result(image: str, score: float = 0.5) -> dict[str, object]:
    size = [hostile_splits.HEIGHT, hostile_splits.WIDTH]
    mask = {"size": size, "counts": hostile_splits.counts().decode()}
    return {"image_id": image, "category_id": 1, "segmentation": mask, "score": score}


def honest() -> list[dict[str, object]]:
    return [result(image, score) for image in IMAGES for score in (0.9, 1, 1e-9)]


def seeds() -> Mapping[str, bytes]:
    whole = honest()
    text = json.dumps(whole)
    return {
        "whole": text.encode(),
        "indented": json.dumps(whole, indent=1).encode(),
        "marked": b"\xef\xbb\xbf" + text.encode(),
        "empty": b"[]",
        "nan": text.replace("0.9", "NaN").encode(),
        "boxes": json.dumps([{**result(IMAGES[0]), "bbox": [0, 0, 9, 9]}]).encode(),
        "nested": b"[" * 80 + b"]" * 80,
        "surrogate": text.replace("bear", "\\ud800").encode(),
        "large": text.replace("0.9", "1e999").encode(),
        "twisted": TWISTED + bytes(range(9)),
    }


def check(data: bytes) -> None:
    path, split = place()
    if data.startswith(TWISTED):
        data = campaign.twisted(honest(), campaign.Choices(data[1:]))
    path.write_bytes(data)
    try:
        results = CocoResults(path, split)
    except PredictionsRefused:
        return
    listed = json.loads(data.decode("utf-8-sig"))
    found = [
        one for of_stem in results.of_video("bear").queries("0", hostile_splits.STEMS) for one in of_stem
    ]
    if sorted(float(one["score"]) for one in listed) != sorted(one.score for one in found):
        raise campaign.Finding("other results than the standard library reads")
    if not all(math.isfinite(one.score) for one in found):
        raise campaign.Finding("a score that is no number")


if __name__ == "__main__":
    sys.setrecursionlimit(1000)
    campaign.main("coco", seeds, check)
