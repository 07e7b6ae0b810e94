"""Which protocols a split is scored by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scoring import blobs, video

from rvosbench.datasets import base
from rvosbench.errors import PredictionsRefused, UsageError
from rvosbench.predictions.base import Kind
from rvosbench.protocols import catalogue
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split


@pytest.fixture
def split(split_of: Callable[..., Split]) -> Callable[[str], Split]:
    masks = blobs(np.random.default_rng(0), 2, 8, 8)
    return lambda dataset: split_of(
        dataset, "valid", [video("bear", {"1": masks}, [ExpressionRecord("0", "x", ("1",))])]
    )


def chosen(name: str | None, split: Split, kind: Kind = "masks") -> list[str]:
    return [protocol.info.name for protocol in catalogue.choose(name, split, kind).protocols]


def test_every_dataset_of_ours_has_an_official_protocol() -> None:
    official = {dataset: catalogue.default(dataset).info.name for dataset in base.names()}
    assert official == {
        "a2d-sentences": "a2d",
        "jhmdb-sentences": "jhmdb",
        "long-rvos": "long-rvos",
        "mevis-v1": "mevis",
        "mevis-v2": "mevis",
        "ref-davis17": "ref-davis17",
        "ref-youtube-vos": "ref-youtube-vos",
        "refcoco": "a2d",
        "refcoco-plus": "a2d",
        "refcocog": "a2d",
        "sample": "mevis",
    }


def test_a_dataset_of_a_plug_in_is_scored_per_expression(split: Callable[[str], Split]) -> None:
    assert chosen(None, split("my-rvos")) == ["per-expression"]
    assert chosen("all", split("my-rvos-2")) == ["per-expression"]


def test_all_means_every_protocol_that_is_reported_for_the_dataset(split: Callable[[str], Split]) -> None:
    assert chosen("all", split("ref-davis17")) == ["ref-davis17", "per-expression"]
    assert chosen("all", split("mevis-v2")) == ["mevis"]


def test_label_maps_cannot_be_scored_per_expression_and_that_is_said(
    split: Callable[[str], Split],
) -> None:
    davis = split("ref-davis17")
    found = catalogue.choose("all", davis, "labels")
    assert [one.info.name for one in found.protocols] == ["ref-davis17"]
    assert [(note.code, note.severity) for note in found.notes] == [("RVB125", "warning")]
    with pytest.raises(PredictionsRefused, match="RVB125"):
        catalogue.choose("per-expression", davis, "labels")


def test_a_protocol_of_another_dataset_is_a_usage_error(split: Callable[[str], Split]) -> None:
    with pytest.raises(UsageError, match="choose mevis"):
        catalogue.choose("a2d", split("mevis-v1"), "masks")


def test_a_typing_mistake_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="did you mean mevis\\?"):
        catalogue.find("meviz")


@pytest.mark.parametrize("name", catalogue.names())
def test_every_protocol_says_what_it_is(name: str) -> None:
    info = catalogue.find(name).info
    assert info.name == name
    assert info.title and info.citation and info.headline
