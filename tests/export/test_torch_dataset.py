"""`TorchDataset`: clips of frames and masks that are the same in every process."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from rvosbench.errors import Code, DatasetError
from rvosbench.export.torch_dataset import Clip, Clips, TorchDataset, collate, evenly_spaced
from rvosbench.io.frames import folder_uri
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.split import Expression, Split

Masks = dict[str, list[NDArray[np.bool_]]]
Frames = dict[str, list[NDArray[np.uint8]]]


@pytest.fixture(scope="module")
def filmed(
    truth: dict[str, Masks],
    record: Callable[..., VideoRecord],
    make_split: Callable[..., Split],
    pictures: Callable[..., list[NDArray[np.uint8]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Split, Frames]:
    """Two videos of different length and size, with frames; the second hides what its sentence means."""
    root = tmp_path_factory.mktemp("filmed")
    target = root / "home/toy/valid"
    sentences = [ExpressionRecord("0", "left one", ("1",)), ExpressionRecord("1", "both", ("1", "2"))]
    bear = record("bear", truth["bear"], sentences, frames_uri=folder_uri(root / "bear", target))
    owl = record(
        "owl",
        {"1": [np.eye(5, 7, dtype=np.bool_)] * 2},
        [ExpressionRecord("0", "stripe", ("1",), frames=(1,)), ExpressionRecord("1", "secret", None)],
        frames_uri=folder_uri(root / "owl", target),
    )
    frames = {
        video.video: pictures(root / video.video, video.frames, (video.height, video.width), seed)
        for seed, video in enumerate((bear, owl))
    }
    return make_split([bear, owl], home=root / "home"), frames


def test_an_item_is_a_sentence_with_its_frames_and_masks(
    filmed: tuple[Split, Frames], truth: dict[str, Masks]
) -> None:
    split, frames = filmed
    dataset = TorchDataset(split)
    assert len(dataset) == 4
    clip = dataset[1]
    assert (clip["video"], clip["expression"], clip["text"], clip["size"]) == ("bear", "1", "both", (9, 12))
    assert clip["stems"] == ["00005", "00010", "00015"]
    assert clip["indices"].tolist() == [0, 1, 2]
    assert clip["frames"].dtype == torch.uint8
    assert clip["masks"] is not None
    assert clip["masks"].dtype == torch.bool
    for frame in range(3):
        np.testing.assert_array_equal(clip["frames"][frame].permute(1, 2, 0).numpy(), frames["bear"][frame])
        wanted = truth["bear"]["1"][frame] | truth["bear"]["2"][frame]
        np.testing.assert_array_equal(clip["masks"][frame].numpy(), wanted)


def test_where_the_objects_are_hidden_there_are_no_masks(filmed: tuple[Split, Frames]) -> None:
    assert TorchDataset(filmed[0])[3]["masks"] is None


@pytest.mark.parametrize(
    ("length", "count", "chosen"),
    [
        (5, None, [0, 1, 2, 3, 4]),
        (5, 9, [0, 1, 2, 3, 4]),
        (5, 1, [2]),
        (5, 2, [0, 4]),
        (100, 4, [0, 33, 66, 99]),
        (1, 1, [0]),
    ],
)
def test_frames_are_chosen_at_even_distances(length: int, count: int | None, chosen: list[int]) -> None:
    assert evenly_spaced(length, count) == chosen


def test_no_frame_is_chosen_twice_and_both_ends_are_in() -> None:
    for length in range(2, 60):
        for count in range(2, length + 1):
            chosen = evenly_spaced(length, count)
            assert len(set(chosen)) == count
            assert (chosen[0], chosen[-1]) == (0, length - 1)
            steps = np.diff(chosen)
            assert steps.max() - steps.min() <= 1 + (count < length)


def scored(one: Expression) -> Sequence[int]:
    return one.scored


def test_a_function_may_choose_the_frames(filmed: tuple[Split, Frames]) -> None:
    split, frames = filmed
    clip = TorchDataset(split, frames=scored)[2]
    assert clip["indices"].tolist() == [1]
    np.testing.assert_array_equal(clip["frames"][0].permute(1, 2, 0).numpy(), frames["owl"][1])
    assert TorchDataset(split, frames=2)[0]["indices"].tolist() == [0, 2]
    assert TorchDataset(split, frames=lambda one: [-1])[0]["stems"] == ["00015"]


def test_a_clip_without_frames_is_a_mistake(filmed: tuple[Split, Frames]) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        TorchDataset(filmed[0], frames=0)
    with pytest.raises(ValueError, match="at least one frame"):
        TorchDataset(filmed[0], frames=lambda one: [])[0]


def test_batches_are_padded_and_say_where(filmed: tuple[Split, Frames]) -> None:
    dataset = TorchDataset(filmed[0])
    long, short = dataset[0], dataset[2]
    batch = collate([long, short])
    assert batch["frames"].shape == (2, 3, 3, 9, 12)
    assert batch["padding"].tolist() == [[False, False, False], [False, False, True]]
    assert batch["indices"].tolist() == [[0, 1, 2], [0, 1, -1]]
    assert batch["size"].tolist() == [[9, 12], [5, 7]]
    assert batch["text"] == ["left one", "stripe"]
    assert torch.equal(batch["frames"][1, :2, :, :5, :7], short["frames"])
    assert batch["masks"] is not None
    assert short["masks"] is not None
    assert torch.equal(batch["masks"][1, :2, :5, :7], short["masks"])
    assert batch["masks"][1].sum() == short["masks"].sum()
    assert collate([long, dataset[3]])["masks"] is None


def same(first: Clips, second: Clips) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(value, second[key]) if isinstance(value, torch.Tensor) else value == second[key]  # type: ignore[literal-required]
        for key, value in first.items()
    )


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_give_what_one_process_gives(filmed: tuple[Split, Frames], start: str) -> None:
    dataset = TorchDataset(filmed[0], frames=2)
    alone = list(DataLoader[Clip](dataset, batch_size=1, collate_fn=collate))
    assert len(alone) == 4  # and the files are open in this process when the workers fork
    loader = DataLoader[Clip](
        dataset,
        batch_size=1,
        collate_fn=collate,
        num_workers=2,
        persistent_workers=True,
        multiprocessing_context=multiprocessing.get_context(start),
    )
    for _ in range(2):
        assert all(same(one, other) for one, other in zip(alone, loader, strict=True))


def test_a_dataset_in_use_can_be_sent_to_another_process(filmed: tuple[Split, Frames]) -> None:
    dataset = TorchDataset(filmed[0])
    before = dataset[0]
    again = pickle.loads(pickle.dumps(dataset))
    assert torch.equal(again[0]["frames"], before["frames"])
    assert len(pickle.dumps(dataset)) < 1000, "workers open the split anew instead of receiving it"


def test_an_epoch_does_not_gather_the_masks_of_the_split(filmed: tuple[Split, Frames]) -> None:
    dataset = TorchDataset(filmed[0])
    for item in range(len(dataset)):
        dataset[item]
    assert not any("masks" in vars(video) for video in dataset.split.videos.values())


def test_a_split_without_frames_says_how_to_get_them(scene: Split) -> None:
    with pytest.raises(DatasetError) as caught:
        TorchDataset(scene)[0]
    assert caught.value.problems[0].code == Code.NO_FRAMES


def test_without_torch_the_module_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')")
    code = (
        "from rvosbench.errors import PartNotInstalled\n"
        "try:\n"
        "    import rvosbench.export.torch_dataset\n"
        "except PartNotInstalled as error:\n"
        "    print(error.exit_code, error.problems[0].fix)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == '5 pip install "rvosbench[baselines]"\n'
