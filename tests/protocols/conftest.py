"""A split of the form of Ref-DAVIS17, and a home for splits that a test makes itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scoring import Masks, blobs, make_split, video

from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

SIZE = 20, 26
FRAMES = 6


@pytest.fixture
def split_of(tmp_path: Path) -> Callable[..., Split]:
    """`split_of("ref-davis17", "val", [video, ...])`"""

    def make(*arguments: Any, **more: Any) -> Split:
        return make_split(tmp_path / "home", *arguments, **more)

    return make


def davis_sentences(objects: list[str]) -> list[ExpressionRecord]:
    return [
        ExpressionRecord(str(4 * place + annotator), "it", (name,), annotator=annotator)
        for place, name in enumerate(objects)
        for annotator in range(4)
    ]


def apart(objects: dict[str, Masks]) -> dict[str, Masks]:
    """Label maps hold one object to a pixel: the earlier one keeps it."""
    taken = np.zeros_like(next(iter(objects.values())))
    found = {}
    for name, masks in objects.items():
        found[name] = masks & ~taken
        taken |= masks
    return found


@pytest.fixture
def davis(split_of: Callable[..., Split]) -> Split:
    """Two videos. In the first, two of three objects are spoken of, and some pixels are void."""
    noise = np.random.default_rng(11)
    drawn = {name: blobs(noise, FRAMES, *SIZE, empty=0.2) for name in ("1", "2", "3")}
    whole = apart(drawn | {"255": noise.random((FRAMES, *SIZE)) < 0.1})
    for place, masks in enumerate(whole.values()):  # all of them are seen in the first frame
        masks[0, 0, : len(whole)] = False
        masks[0, 0, place] = True
    void = whole.pop("255")
    one = video("judo", whole, davis_sentences(["1", "2"]), void=void)
    other = blobs(noise, 4, *SIZE)
    return split_of("ref-davis17", "val", [one, video("libby", {"1": other}, davis_sentences(["1"]))])
