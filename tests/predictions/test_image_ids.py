"""From the ids of COCO results to samples, and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rvosbench.predictions.image_ids import ImageIds, image_id, one_sentence_each
from rvosbench.schema import ExpressionRecord, VideoRecord
from rvosbench.splits.split import Split


@pytest.fixture(scope="module")
def ids(make_split: Callable[..., Split]) -> ImageIds:
    several = tuple(ExpressionRecord(name, "x", None, frames=(0, 9)) for name in ("1", "2_i_3"))
    frames = tuple(f"{number:05d}" for number in range(1, 11))
    one = (ExpressionRecord("0", "x", None, frames=(1,)),)
    return ImageIds(
        make_split(
            [
                VideoRecord("ball_f_3_x", 9, 12, frames, expressions=several),
                VideoRecord("run", 9, 12, frames, expressions=one),
                VideoRecord("COCO_7", 9, 12, ("COCO_7",), expressions=(ExpressionRecord("31", "x", None),)),
            ]
        )
    )


@pytest.mark.parametrize(
    ("image", "sample"),
    [
        ("v_ball_f_3_x_f_1_i_1", ("ball_f_3_x", "1", "00001")),
        ("v_ball_f_3_x_f_10_i_1", ("ball_f_3_x", "1", "00010")),
        ("v_run_f_2", ("run", "0", "00002")),
        ("v_COCO_7_f_COCO_7_i_31", ("COCO_7", "31", "COCO_7")),
    ],
)
def test_an_id_is_the_sample_it_names(ids: ImageIds, image: str, sample: tuple[str, str, str]) -> None:
    assert ids.sample(image) == sample


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("v_run_f_02", "zeros before it"),
        ("v_run_f_3", "frame 3 of run, which is not scored"),
        ("v_run_f_99", "frame 99 of run, which is not scored"),
        ("v_ball_f_3_x_f_1", "no such video or instance"),
        ("v_ball_f_3_x_f_1_i_9", "no such video or instance"),
        ("v_walk_f_1_i_1", "no such video or instance"),
        ("v_COCO_7_f_COCO_7_i_32", "not of this form"),
        ("run/0/00002", "not of this form"),
        ("", "not of this form"),
    ],
)
def test_any_other_id_comes_with_what_is_wrong_with_it(ids: ImageIds, image: str, reason: str) -> None:
    found = ids.sample(image)
    assert isinstance(found, str)
    assert reason in found


def test_ids_are_written_as_they_are_read(split: Split, ids: ImageIds) -> None:
    assert image_id("run", None, "00002") == "v_run_f_2"
    assert image_id("ball_f_3_x", "1", "00010") == "v_ball_f_3_x_f_10_i_1"
    assert not one_sentence_each(split)
