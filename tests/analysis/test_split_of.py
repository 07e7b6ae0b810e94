"""From a result back to the very split it was scored on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scoring import blobs, make_split, video, write_tree

from rvosbench.analysis.opened import Opened, open_result
from rvosbench.analysis.split_of import open_split
from rvosbench.errors import Code, DatasetError
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split


def one_video(home: Path, seed: int) -> Split:
    masks = {"1": blobs(np.random.default_rng(seed), 2, 24, 30)}
    record = video("alley", masks, [ExpressionRecord("0", "the one", ("1",))])
    return make_split(home, "mevis-v1", "valid_u", [record])


@pytest.fixture
def scored(tmp_path: Path) -> Opened:
    split = one_video(tmp_path / "home", seed=1)
    tree = write_tree(tmp_path / "tree", {("alley", "0"): np.zeros((2, 24, 30), np.bool_)}, split)
    evaluate(tree, split, Options(out=tmp_path / "result"))
    return open_result(str(tmp_path / "result"))


def test_the_split_of_a_result_is_found_by_its_names(scored: Opened, tmp_path: Path) -> None:
    split = open_split(scored, tmp_path / "home")
    assert split.folder == tmp_path / "home" / "mevis-v1" / "valid_u"


def test_a_split_with_other_contents_is_refused(scored: Opened, tmp_path: Path) -> None:
    one_video(tmp_path / "elsewhere", seed=2)
    with pytest.raises(DatasetError) as caught:
        open_split(scored, tmp_path / "elsewhere")
    (problem,) = caught.value.problems
    assert problem.code is Code.OTHER_DATA
    assert scored.result.dataset_fingerprint[:8] in problem.expected


def test_a_split_that_is_not_there_says_how_to_convert_it(scored: Opened, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        open_split(scored, tmp_path / "nowhere")
    assert caught.value.problems[0].code is Code.NOT_CONVERTED
