"""Every attack through `rvosbench eval`: refused with its code and nothing else, and nothing left behind."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import hostile_attacks
import hostile_run
import hostile_splits
import pytest
from hostile_attacks import LARGE, MASKS, SAMPLES, Attack

from rvosbench.cli import app
from rvosbench.errors import Code

DATASETS = {
    MASKS: f"{hostile_splits.MASKS}:valid_u",
    LARGE: f"{hostile_splits.MASKS}:valid_u",
    SAMPLES: f"{hostile_splits.SAMPLES}:test",
}
ATTACKS = {attack.name: attack for attack in hostile_attacks.every()}
BOMBS = (
    "zip: 10 GB that say they are small",
    "zip: a million entries",
    "zip: a million entries that say they are 9",
    "zip: every mask a bomb just below the limit",
    "zip: zips in zips, 16 to a level",
    "png: 60,000 x 60,000 pixels",
    "png: every mask goes on behind its last row",
    "json: a million results",
    "json: 60 MB of counts",
    "json: 100,000 lists in each other",
    "table: 5 million rows",
    "table: name of 60 MB that 600 rows mean",
    "table: counts of 15 MB that 600 rows mean",
    "table: counts of 300 MB of zeros",
    "table: page that says it has 2^31 - 1 bytes",
    "table: description that lists a million empty columns",
)
ADDRESS_SPACE = 2 << 30
SECONDS = 120  # against a reader that hangs; how long it takes is measured in benchmarks/hostile.py


def arguments(attack: Attack, place: Path, homes: dict[str, Path]) -> list[str]:
    where = ["--dataset", DATASETS[attack.target], "--data", str(homes[attack.target])]
    return ["eval", str(place), *where, "--out", str(place.parent / "result"), "--json", "--workers", "1"]


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, and what is in it; but for the lock of the result that there will not be."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "a folder"
        for path in folder.rglob("*")
        if path.name != ".result.lock"
    }


def check_refusal(attack: Attack, code: int | None, out: str, err: str) -> None:
    assert code == 3, err[-2000:]
    assert "Traceback" not in err
    document = json.loads(out)
    assert document.keys() == {"problems"}, "no figure of any kind"
    assert attack.code in {Code(problem["code"]) for problem in document["problems"]}


def test_attacks_have_names_of_their_own() -> None:
    names = [attack.name for attack in hostile_attacks.every()]
    assert len(names) == len(set(names)) > 200


@pytest.mark.parametrize(
    "name", [name for name, attack in ATTACKS.items() if attack.code and name not in BOMBS]
)
def test_it_is_refused(
    name: str, homes: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attack = ATTACKS[name]
    (tmp_path / "inside").mkdir()
    place = attack.write(tmp_path / "inside")
    before = tree(tmp_path)
    code = app.run(arguments(attack, place, homes))
    said = capsys.readouterr()
    check_refusal(attack, code, said.out, said.err)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if not attack.code])
def test_it_is_read_as_any_reader_would(
    name: str, homes: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attack = ATTACKS[name]
    code = app.run(arguments(attack, attack.write(tmp_path), homes))
    said = capsys.readouterr()
    assert code == 0, said.err[-2000:]
    assert attack.why
    assert json.loads(said.out)["complete"]


@pytest.mark.parametrize("name", BOMBS)
def test_it_does_not_go_off_in_little_memory(name: str, homes: dict[str, Path], tmp_path: Path) -> None:
    """In a process that may have two gigabytes of addresses, most of which libraries reserve."""
    attack = ATTACKS[name]
    (tmp_path / "inside").mkdir()
    place = attack.write(tmp_path / "inside")
    names = set(tree(tmp_path))
    done = hostile_run.run(arguments(attack, place, homes), address_space=ADDRESS_SPACE, seconds=SECONDS)
    check_refusal(attack, done.code, done.out, done.err)
    assert set(tree(tmp_path)) == names
