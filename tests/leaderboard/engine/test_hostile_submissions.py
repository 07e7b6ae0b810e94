"""Hostile submissions through a worker: rejected with a code, without a score, and without a word of the
server's own files. Named after the threats."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import hostile_attacks
import hostile_splits
import pytest
from rvosbench_leaderboard.scoring.cell import Isolation
from rvosbench_leaderboard.scoring.limits import Limits
from rvosbench_leaderboard.worker.config import in_a_cell
from server_world import World, described, make_world

from rvosbench.errors import Code

ATTACKS = {attack.name: attack for attack in hostile_attacks.every()}


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("besieged") / "server"
    return described(make_world(folder, make=hostile_splits.masks_split))


# The verdict on a structure looks at first bytes alone, and these are none of a PNG.
LIES_ABOUT_ITS_SIZE = "zip: 5 MB that say they are small"


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("server.db")
    }


def check(world: World, name: str, folder: Path, **worker: Any) -> None:
    attack = ATTACKS[name]
    content = attack.write(folder).read_bytes()
    key = world.submit(content)
    before = tree(world.folder)
    world.work(**worker)
    submission = world.submission(key)
    assert (submission.state, world.scores(key)) == ("rejected", []), world.log
    assert submission.report is not None
    codes = {problem["code"] for problem in submission.report["problems"]}
    assert (Code.UNREADABLE_FILE if name == LIES_ABOUT_ITS_SIZE else attack.code) in codes
    told = json.dumps(submission.report)
    assert str(world.folder) not in told and submission.blob not in told and "Traceback" not in told
    assert tree(world.folder) == before


def of(*beginnings: str) -> pytest.MarkDecorator:
    names = [name for name, one in ATTACKS.items() if one.code and name.startswith(beginnings)]
    assert names
    return pytest.mark.parametrize("name", names)


@of(
    "zip: zip slip",
    "zip: absolute",
    "zip: drive",
    "zip: UNC",
    "zip: backsl",
    "zip: dot",
    "zip: NUL",
    "zip: name that",
)
def test_threat_01_names_that_lead_out(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@of("zip: symbolic", "zip: pipe", "zip: character", "zip: block", "zip: socket", "zip: folder")
def test_threat_02_entries_that_are_no_files(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@of(
    "zip: 10 GB of zeros",
    "zip: 5 MB",
    "zip: small file",
    "zip: deflate64",
    "zip: bzip2",
    "zip: LZMA",
    "zip: Zstandard",
)
def test_threat_03_bombs_and_other_methods(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@of("zip: zip in a zip", "zip: zip called")
def test_threat_04_zips_in_zips(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@of(
    "zip: two names",
    "zip: every name",
    "zip: files that quote",
    "zip: two ends",
    "zip: other name in its own",
)
def test_threat_05_overlapping_entries(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@of("zip: nine entries", "zip: end that says", "zip: a million entries, counted")
def test_threat_06_more_entries_than_asked_for(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@of(
    "png: 60,000 x 60,000 in",
    "png: 1 x 1",
    "png: 0 x 0",
    "png: checksum",
    "png: pixels cut",
    "png: JPEG called",
)
def test_threat_07_pictures_that_are_none(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@of("zip: name twice", "zip: names that differ", "zip: folders that differ", "zip: UTF-8")
def test_threat_09_names_that_look_alike(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@of("zip: cut off", "zip: last byte", "zip: wrong checksum")
def test_threat_11_truncated_and_corrupt(besieged: World, name: str, tmp_path: Path) -> None:
    check(besieged, name, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize(
    "name",
    [
        "zip: 10 GB that say they are small",
        "zip: a million entries",
        "zip: zips in zips, 16 to a level",
        "png: 60,000 x 60,000 pixels",
        "png: pixels that go on for 30 MB",
    ],
)
def test_threat_08_bombs_end_in_their_cell(besieged: World, name: str, tmp_path: Path) -> None:
    """In a process of their own, with a gigabyte of addresses and half a minute."""
    tight = Limits(wall=30.0, cpu=30, memory=1 << 30)
    check(
        besieged,
        name,
        tmp_path,
        runner=in_a_cell,
        isolation=Isolation("bwrap"),
        validating=tight,
        scoring=tight,
    )
