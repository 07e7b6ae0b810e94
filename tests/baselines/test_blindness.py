"""A run without ground truth gives the same predictions to the byte, and no way leads from a clip to it."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable
from pathlib import Path

import one_run
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from program import Outcome
from rvosbench_baselines.inference.blind import clip_of, open_blind

from rvosbench.errors import DatasetError
from rvosbench.splits.mask_rows import MaskRows
from rvosbench.splits.split import Expression, Split, Video, VideoObject, open_folder

pytestmark = pytest.mark.usefixtures("plug_in")

Program = Callable[..., Outcome]
WITH_TRUTH = ("sample", "ref-davis17", "a2d-sentences", "jhmdb-sentences")


def folder_of(home: Path, dataset: str) -> Path:
    return next((home / dataset).glob("[!.]*"))


@pytest.mark.parametrize("dataset", WITH_TRUTH)
def test_without_masks_objects_and_what_sentences_mean_the_same_bytes_come_out(
    dataset: str, home: Path, tmp_path: Path, rvosbench: Program
) -> None:
    blind = home.with_name(f"blind-{dataset}")  # beside it, since frames are named by relative paths
    shutil.copytree(home / dataset, blind / dataset)
    folder = folder_of(blind, dataset)
    (folder / "masks.parquet").unlink()
    (folder / "objects.parquet").unlink()
    table = pq.read_table(folder / "expressions.parquet")
    nothing = pa.array([None] * len(table), table.schema.field("objects").type)
    place = table.schema.get_field_index("objects")
    table = table.set_column(place, table.schema.field(place), nothing)
    pq.write_table(table, folder / "expressions.parquet")
    written = []
    for data in (home, blind):
        out = tmp_path / f"of-{data.name}"
        done = rvosbench("baseline", "run", "bright", "--dataset", dataset, "--data", data, "--out", out)
        assert done.code == 0, done.err
        written.append(one_run.contents(out))
    assert written[0] == written[1]
    assert written[0]


def reachable(start: object) -> list[object]:
    """Everything that an object leads to, but not into classes, modules and functions."""
    seen: dict[int, object] = {}
    waiting = [start]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | type(gc) | type(reachable)):
            continue
        seen[id(one)] = one
        waiting += gc.get_referents(one)
    return list(seen.values())


@pytest.mark.parametrize("dataset", WITH_TRUTH)
def test_no_reference_leads_from_a_clip_to_the_split_it_is_of(dataset: str, home: Path) -> None:
    truth = (Split, Video, VideoObject, Expression, MaskRows)
    split = open_folder(folder_of(home, dataset))
    assert any(isinstance(one, truth) for one in reachable(next(iter(split.videos.values()))))
    for video in split.videos.values():
        clip = clip_of(video, every_frame=False)
        clip.frame(0)
        assert [one for one in reachable(clip) if isinstance(one, truth)] == []


@pytest.mark.parametrize("dataset", WITH_TRUTH)
def test_the_split_that_a_run_opens_has_no_truth_in_it(dataset: str, home: Path) -> None:
    blind = open_blind(folder_of(home, dataset))
    seeing = open_folder(folder_of(home, dataset))
    for name, video in blind.videos.items():
        assert video.frames == seeing.videos[name].frames
        assert not video.objects
        with pytest.raises(DatasetError):
            _ = video.masks
        for one in video.expressions.values():
            assert one.objects is None
            assert one.text == seeing.videos[name].expressions[one.name].text
            assert one.scored == seeing.videos[name].expressions[one.name].scored
