"""The same predictions in the eyes of several servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from verdicts import codes, problem

from rvosbench.errors import Code, Severity
from rvosbench.splits.split import Split
from rvosbench.validate.run import validate

ERROR, WARNING = Severity.ERROR, Severity.WARNING
Zipped = Callable[..., Path]


@pytest.mark.parametrize(
    ("server", "dataset", "before", "right"),
    [
        ("mevis", "mevis-v1", "", True),
        ("mevis", "mevis-v1", "Annotations/", False),
        ("mevis", "mevis-v1", "model/", False),
        ("ref-youtube-vos", "ref-youtube-vos", "Annotations/", True),
        ("ref-youtube-vos", "ref-youtube-vos", "", False),
        ("ref-youtube-vos", "ref-youtube-vos", "valid/Annotations/", False),
        ("davis", "ref-davis17", "", True),
        ("davis", "ref-davis17", "results/", False),
    ],
)
def test_an_archive_begins_where_the_server_looks(
    server: str,
    dataset: str,
    before: str,
    right: bool,
    sample_folder: Path,
    sample_splits: dict[str, Split],
    zipped: Zipped,
) -> None:
    source = zipped(sample_folder / "predictions" / dataset / "shifted", before)
    split = sample_splits[dataset]
    assert codes(source, split, server) == ({} if right else {Code.WRONG_ROOT: ERROR})
    assert codes(source, split) == ({Code.WRAPPING_FOLDER: WARNING} if before else {})


def test_a_folder_is_judged_as_if_it_were_zipped(tree: Path, split: Split) -> None:
    assert codes(tree, split, "mevis") == {Code.WRONG_FORM: WARNING}


def test_masks_are_no_label_maps(
    sample_folder: Path, sample_splits: dict[str, Split], zipped: Zipped
) -> None:
    split = sample_splits["ref-davis17"]
    masks = zipped(sample_folder / "predictions" / "mevis-v1" / "shifted")
    assert codes(masks, split, "davis")[Code.WRONG_FORM] == ERROR


def test_0_and_255_are_255_proposals_to_davis(
    sample_folder: Path, sample_splits: dict[str, Split], tmp_path: Path
) -> None:
    tree = tmp_path / "maps"
    for path in (sample_folder / "predictions" / "ref-davis17" / "shifted").rglob("*.png"):
        target = tree / path.relative_to(sample_folder / "predictions" / "ref-davis17" / "shifted")
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(path) as image:
            Image.fromarray(np.where(np.asarray(image) > 0, np.uint8(255), np.uint8(0))).save(target)
    one = problem(tree, sample_splits["ref-davis17"], Code.TOO_MANY_LABELS, "davis")
    assert "255" in one.found
    assert "exit status 0" in one.expected


def test_a_verdict_says_what_was_looked_at(tree: Path, split: Split) -> None:
    verdict = validate(tree, split, "mevis")
    assert verdict.accepted
    assert verdict.as_json() == {
        "dataset": "mevis-v1",
        "split": "valid_u",
        "server": "mevis",
        "accepted": True,
        "form": "PNG files in folders",
        "deep": False,
        "counts": {
            "videos": 2,
            "expressions": 4,
            "frames": 18,
            "missing": 0,
            "headers": 18,
            "decoded": 4,
        },
        "problems": [one.as_json() for one in verdict.problems],
    }
