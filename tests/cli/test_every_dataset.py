"""Every dataset, from its official layout to a described, healthy split, by the commands users type."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome

from rvosbench.datasets import base
from rvosbench.sample import RELEASES, Release

SPLITS = [
    pytest.param(release, split, id=f"{release.folder}:{split}")
    for release in RELEASES
    for split in release.splits
]


def arguments(releases: Path, release: Release, split: str, home: Path) -> list[object]:
    given: list[object] = [release.dataset, releases / release.folder, "--split", split, "--data", home]
    if release.expressions:
        given += ["--expressions", releases / release.expressions]
    if release.samples:
        given += ["--samples", releases / release.samples]
    return given


@pytest.mark.parametrize(("release", "split"), SPLITS)
def test_it_converts_and_the_doctor_finds_nothing(
    release: Release, split: str, releases: Path, tmp_path: Path, rvosbench: Callable[..., Outcome]
) -> None:
    name = f"{release.dataset}:{split}"
    done = rvosbench("convert", *arguments(releases, release, split, tmp_path))
    assert done.code == 0, done.err
    assert name in done.out
    examined = rvosbench("doctor", name, "--data", tmp_path, "--deep", "--json")
    report = json.loads(examined.out)
    assert (examined.code, report["healthy"], report["problems"]) == (0, True, [])
    described = rvosbench("describe", name, "--data", tmp_path, "--json")
    about = json.loads(described.out)
    assert about["converted"]
    assert about["fingerprint"] == report["fingerprint"]
    assert about["counts"]["videos"] == report["checked"]["videos"] > 0
    assert about["counts"]["frames"] == report["checked"]["frames"]


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.folder)
def test_without_a_split_every_split_of_the_release_is_converted(
    release: Release, releases: Path, tmp_path: Path, rvosbench: Callable[..., Outcome]
) -> None:
    done = rvosbench(
        "convert",
        release.dataset,
        releases / release.folder,
        "--data",
        tmp_path,
        "--frames",
        "none",
        "--json",
    )
    assert done.code == 0, done.err
    assert [one["split"] for one in json.loads(done.out)["splits"]] == list(release.splits)


def test_the_sample_covers_every_dataset() -> None:
    assert {release.dataset for release in RELEASES} == set(base.names())


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.folder)
def test_a_dataset_can_be_described_before_it_is_here(
    release: Release, tmp_path: Path, rvosbench: Callable[..., Outcome]
) -> None:
    described = rvosbench("describe", release.dataset, "--data", tmp_path)
    assert described.code == 0
    assert base.find(release.dataset).info.title in described.out
    assert f"Next: rvosbench convert {release.dataset} RELEASE_FOLDER" in described.err


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.folder)
def test_every_dataset_says_what_predictions_must_look_like(
    release: Release, tmp_path: Path, rvosbench: Callable[..., Outcome]
) -> None:
    told = rvosbench("describe", release.dataset, "--data", tmp_path, "--format")
    assert told.out.strip() == base.find(release.dataset).info.predictions.strip() != ""
