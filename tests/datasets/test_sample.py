"""The sample is a dataset like any other, and always the same one; and all its layouts say the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from rvosbench.datasets.base import find
from rvosbench.sample import RELEASES, TINY, write
from rvosbench.sample.film import Film, shoot
from rvosbench.schema import Role
from rvosbench.splits.convert import Conversion, convert
from rvosbench.splits.split import Split, open_folder

# Whoever changes these changes the data of the demo and of every record made with the sample.
FINGERPRINTS = {
    "train": "697e160cc58c76b3b50bd77e711567e87e50f062a980ee83b99cd5d508b417bc",
    "valid": "fbdd7809a4e94bf5ba432c19e9c8b7db12481e4cecd5f64db0f9ccdaaf78405f",
}
SPLITS = [f"{release.folder}:{split}" for release in RELEASES for split in release.splits]


@pytest.fixture(scope="module")
def releases_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sample") / "releases", TINY, predictions=False).folder


@pytest.fixture(scope="module")
def films() -> dict[str, Film]:
    return {film.name: film for film in shoot(TINY, 0)}


class Converted:
    """`folder:split` -> what came of it; each is converted when it is first asked for."""

    def __init__(self, releases: Path, data: Path) -> None:
        self._releases = releases
        self._data = data
        self._done: dict[str, Conversion] = {}

    def __getitem__(self, name: str) -> Conversion:
        if name not in self._done:
            folder, _, split = name.partition(":")
            release = next(release for release in RELEASES if release.folder == folder)
            mapping = release.expressions if split == "valid" else None
            self._done[name] = convert(
                find(release.dataset),
                self._releases / folder,
                split,
                data=self._data / folder,
                expressions=self._releases / mapping if mapping else None,
                samples=self._releases / release.samples if release.samples else None,
            )
        return self._done[name]

    def split(self, name: str) -> Split:
        return open_folder(self[name].folder)


@pytest.fixture(scope="module")
def converted(releases_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    return Converted(releases_folder, tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("split", FINGERPRINTS)
def test_the_tiny_sample_is_the_same_on_every_machine(split: str, converted: Converted) -> None:
    assert converted[f"sample:{split}"].manifest.fingerprint == FINGERPRINTS[split]


def test_kinds_and_categories_reach_the_schema(converted: Converted) -> None:
    split = converted.split("sample:valid")
    assert {one.kind for one in split.expressions} == {"appearance", "position", "motion", "multi", "none"}
    for one in split.expressions:
        assert (one.kind == "none") == (one.objects == ())
        assert (one.kind == "multi") == (len(one.objects or ()) > 1)
    assert all(thing.category for video in split.videos.values() for thing in video.objects.values())


def test_objects_that_no_sentence_means_stay_as_distractors(converted: Converted) -> None:
    roles = set()
    for folder in ("sample:train", "sample:valid", "ref-davis17:val"):
        for video in converted.split(folder).videos.values():
            meant = {name for one in video.expressions.values() for name in one.objects or ()}
            for name, thing in video.objects.items():
                roles.add(thing.role)
                if thing.role is not Role.VOID:
                    assert (thing.role is Role.TARGET) == (name in meant)
    assert roles == set(Role)


@pytest.mark.parametrize("name", SPLITS)
def test_frames_are_found_and_of_the_right_size(name: str, converted: Converted) -> None:
    for video in converted.split(name).videos.values():
        assert video.frame(0).shape == (TINY.height, TINY.width, 3)
        lengths = (1,) if name.startswith("refcoco") else (TINY.frames, TINY.frames - 2)
        assert len(video.frames) in lengths


@pytest.mark.parametrize(
    "name",
    [
        "sample:valid",
        "mevis-v1:valid_u",
        "mevis-v2:valid_u",
        "ref-youtube-vos:valid",
        "long-rvos:valid",
        "long-rvos:test",
        "jhmdb-sentences:test",
        "a2d-sentences:test",
    ],
)
def test_every_sentence_means_the_pixels_it_was_made_for(
    name: str, converted: Converted, films: Mapping[str, Film]
) -> None:
    compared = 0
    for one in converted.split(name).expressions:
        film = films[one.video.name]
        targets = next(sentence.targets for sentence in film.truths if sentence.text == one.text)
        for frame in one.scored:
            assert np.array_equal(one.mask(frame), film.union(targets, frame))
            compared += 1
    assert compared


def test_ref_davis_is_the_same_in_both_its_forms(converted: Converted) -> None:
    for split in ("train", "val"):
        raw = converted[f"ref-davis17:{split}"].manifest
        other = converted[f"ref-davis17-converted:{split}"].manifest
        assert raw.fingerprint == other.fingerprint


def test_ref_davis_means_the_pixels_it_was_made_for_but_for_void(
    converted: Converted, films: Mapping[str, Film]
) -> None:
    for one in converted.split("ref-davis17:val").expressions:
        film = films[one.video.name]
        text = one.text.replace("naïve-looking ", "")
        targets = next(sentence.targets for sentence in film.truths if sentence.text == text)
        voids = [name for name, thing in one.video.objects.items() if thing.role is Role.VOID]
        for frame in one.scored:
            void = one.video.union(voids, frame)
            assert np.array_equal(one.mask(frame), film.union(targets, frame) & ~void)


@pytest.mark.parametrize("name", SPLITS)
def test_only_the_splits_whose_ground_truth_is_secret_have_none(name: str, converted: Converted) -> None:
    secret = name in ("mevis-v1:valid", "mevis-v2:valid", "ref-youtube-vos:test")
    assert converted[name].manifest.ground_truth != secret


def test_nothing_is_wrong_with_the_sample_itself(converted: Converted) -> None:
    for split in FINGERPRINTS:
        assert converted[f"sample:{split}"].manifest.problems == []


def test_videos_of_different_splits_are_different(converted: Converted) -> None:
    assert not converted.split("sample:train").videos.keys() & converted.split("sample:valid").videos.keys()
    assert len(converted.split("sample:valid").videos) == TINY.valid
