"""The predictor gives the masks of the authors' inference, however it is cut and wherever maps are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import inputs
import numpy as np
import pytest
import torch
from parity import Golden
from rvosbench_baselines.ssa import predictor as module
from rvosbench_baselines.ssa.frame_maps import FrameMaps
from rvosbench_baselines.ssa.model import Ssa
from ssa_clips import Pictures, clip, masks, predictions, predictor, unequal
from torch import Tensor

LOW = 0.3  # of the reduced model, the score that a few queries exceed


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    """Five frames of 75 x 110, which are neither scaled nor a multiple of the stride."""
    return dict(Golden("ssa", "ssa-small").meta["runs"][1])


@pytest.fixture
def pictures() -> Pictures:
    return Pictures(inputs.clip(5, 64, 96, 7, 7))


@pytest.mark.parametrize(("rule", "stored"), [("union", "mevis_mask"), ("top1", "top1_mask")])
def test_masks_are_those_of_the_authors_inference(
    small: Ssa, run: dict[str, Any], rule: str, stored: str
) -> None:
    golden = Golden("ssa", "ssa-small")
    words, seed = run["words"]
    found = masks(
        small,
        clip(Pictures(inputs.clip(*run["clip"])), [f"{words}/{seed}"]),
        rule=rule,
        threshold=run["threshold"],
        short=75,
        chunk=run["chunk"],
    )
    shape = golden.meta["shape"][f"r1/bits/{stored}"]
    theirs = np.unpackbits(golden.arrays[f"r1/bits/{stored}"], count=int(np.prod(shape))).reshape(shape)
    ours = np.stack([found["0", frame] for frame in range(len(theirs))])
    assert theirs.any()
    assert (ours != theirs).mean() <= 0.001


def test_sentences_together_are_what_they_are_one_by_one(small: Ssa, pictures: Pictures) -> None:
    texts = ["6/7", "3/1", "9/0"]
    together = masks(small, clip(pictures, texts), chunk=2)
    assert len({b"".join(together[str(k), f].tobytes() for f in range(5)) for k in range(3)}) == 3
    for place, text in enumerate(texts):
        alone = masks(small, clip(pictures, [text]), chunk=2)
        assert all((mask == together[str(place), frame]).all() for (_, frame), mask in alone.items())


@pytest.mark.parametrize(("memory", "times"), [(2**30, 1), (0, 3)])
def test_the_first_stage_is_computed_once_for_all_sentences_where_there_is_room(
    small: Ssa, pictures: Pictures, memory: int, times: int
) -> None:
    seen: list[int] = []
    hook = small.backbone.clip_model.visual.trunk.stem.register_forward_hook(
        lambda module, given, result: seen.append(len(result))
    )
    masks(small, clip(pictures, ["6/7", "3/1", "9/0"]), chunk=2, memory=memory)
    hook.remove()
    assert seen == [2, 2, 1] * times


@pytest.mark.parametrize("chunk", [1, 2, 5])
def test_chunks_of_frames_change_nothing(small: Ssa, pictures: Pictures, chunk: int) -> None:
    whole = masks(small, clip(pictures), rule="union", threshold=LOW)
    assert any(mask.any() for mask in whole.values())
    cut = masks(small, clip(pictures), rule="union", threshold=LOW, chunk=chunk, mask_chunk=chunk)
    assert unequal(whole, cut) <= 0.0001


def test_maps_that_went_through_a_file_are_the_same(
    small: Ssa, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file: list[int] = []

    class Watched(FrameMaps):
        def take(self, places: Sequence[int], device: torch.device) -> Tensor:
            in_file.append(self.in_file)
            return super().take(places, device)

    monkeypatch.setattr(module, "FrameMaps", Watched)
    texts = ["6/7", "3/1"]
    kept = masks(small, clip(pictures, texts), chunk=2)
    written = masks(small, clip(pictures, texts), chunk=2, memory=0)
    assert in_file == [0, 0, 5, 5]
    assert unequal(kept, written) == 0


def test_only_the_frames_that_are_wanted_are_predicted_but_all_are_seen(
    small: Ssa, pictures: Pictures
) -> None:
    every = masks(small, clip(pictures, ["6/7", "3/1"]))
    pictures.log.clear()
    some = masks(small, clip(pictures, ["6/7", "3/1"], [(1, 4), ()]))
    assert sorted(some) == [("0", 1), ("0", 4)]
    assert all((mask == every[key]).all() for key, mask in some.items())
    assert pictures.log == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("answer", ["masks", "probabilities"])
@pytest.mark.parametrize("soft", [True, False])
def test_where_no_query_is_selected_nothing_is_predicted(
    small: Ssa, pictures: Pictures, answer: str, soft: bool
) -> None:
    found = predictions(small, clip(pictures), rule="union", threshold=1.0, answer=answer, soft=soft)
    assert len(found) == 5
    for one in found.values():
        values = one.mask if answer == "masks" else one.probabilities
        assert values is not None
        assert not values.any()


def test_the_union_holds_what_the_best_query_has(small: Ssa, pictures: Pictures) -> None:
    best = masks(small, clip(pictures))
    union = masks(small, clip(pictures), rule="union", threshold=LOW)
    assert all((union[key] >= mask).all() for key, mask in best.items())
    assert unequal(best, union) > 0


def test_probabilities_are_at_least_a_half_where_the_mask_is_and_nowhere_else(
    small: Ssa, pictures: Pictures
) -> None:
    inside = masks(small, clip(pictures), rule="union", threshold=LOW)
    for soft in (True, False):
        found = predictions(
            small, clip(pictures), rule="union", threshold=LOW, answer="probabilities", soft=soft
        )
        for key, one in found.items():
            assert one.probabilities is not None
            assert one.probabilities.dtype == np.float32
            assert ((one.probabilities >= 0.5) == inside[key]).all()
            assert set(np.unique(one.probabilities)) <= {0, 1} or soft


def test_a_video_of_one_frame(small: Ssa) -> None:
    found = masks(small, clip(Pictures(inputs.clip(1, 64, 96, 7, 7))))
    assert list(found) == [("0", 0)]


def test_more_than_forty_words_and_more_than_the_context(small: Ssa, pictures: Pictures) -> None:
    found = masks(small, clip(pictures, ["39/1", "60/1", "75/1"]), rule="union", threshold=LOW)
    first, second = ([found[name, frame] for frame in range(5)] for name in ("0", "1"))
    assert any((one != other).any() for one, other in zip(first, second, strict=True))


def test_pictures_are_scaled_for_the_model_and_masks_scaled_back(small: Ssa) -> None:
    wide = Pictures(inputs.clip(2, 40, 100, 7, 7))
    seen: list[tuple[int, ...]] = []
    hook = small.backbone.clip_model.visual.trunk.stem.register_forward_pre_hook(
        lambda module, given: seen.append(tuple(given[0].shape))
    )
    found = predictor(small, short=64, long=100).predict(clip(wide))
    shapes = {one.mask.shape for one in found if one.mask is not None}
    hook.remove()
    assert seen == [(2, 3, 64, 128)]  # scaled to 40 x 100, since the longer side may have no more
    assert shapes == {(40, 100)}
