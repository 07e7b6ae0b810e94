"""`validate --deep` and `eval` agree about whatever a user may hand in, and neither falls over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoring import png

from rvosbench.errors import PredictionsRefused
from rvosbench.evaluate.run import evaluate
from rvosbench.splits.split import Split
from rvosbench.validate.run import validate

SIZE = 24, 30
CONTENTS: tuple[Callable[[bytes, np.random.Generator], bytes], ...] = (
    lambda content, noise: bytes(content[: noise.integers(len(content) + 1)]),
    lambda content, noise: flipped(content, noise),
    lambda content, noise: png(noise.integers(0, 2, (20, 30), np.uint8)),
    lambda content, noise: png(noise.integers(0, noise.integers(2, 256), SIZE, np.uint8)),
    lambda content, noise: png(np.zeros(SIZE, np.uint8), "RGB"),
    lambda content, noise: png(noise.integers(0, 3, SIZE, np.uint8), "P"),
    lambda content, noise: noise.bytes(50),
)
NAMES: tuple[Callable[[Path, np.random.Generator], object], ...] = (
    lambda path, noise: path.unlink(),
    lambda path, noise: shutil.rmtree(path.parent),
    lambda path, noise: renamed(path, f"{noise.integers(99)}.png"),
    lambda path, noise: shutil.copy(path, path.with_name("extra.png")),
    lambda path, noise: renamed(path.parent, f"{noise.integers(99)} bears"),
    lambda path, noise: path.with_name(".DS_Store").touch(),
    lambda path, noise: folder_instead(path),
)
KINDS = st.integers(0, len(CONTENTS) + len(NAMES) - 1)


def flipped(content: bytes, noise: np.random.Generator) -> bytes:
    """With one bit changed."""
    changed = bytearray(content)
    if changed:
        changed[noise.integers(len(changed))] ^= 1 << int(noise.integers(8))
    return bytes(changed)


def renamed(path: Path, name: str) -> None:
    """Unless something is called so already, from a mutation before this one."""
    if not path.with_name(name).exists():
        path.rename(path.with_name(name))


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def mutate(tree: Path, kind: int, seed: int) -> None:
    """One of the things that go wrong, somewhere."""
    noise = np.random.default_rng(seed)
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    if not files:
        return
    path = files[noise.integers(len(files))]
    if kind < len(CONTENTS):
        path.write_bytes(CONTENTS[kind](path.read_bytes(), noise))
    else:
        NAMES[kind - len(CONTENTS)](path, noise)


def refused_by_eval(source: Path, split: Split) -> bool:
    try:
        evaluate(source, split)
    except PredictionsRefused:
        return True
    return False


# What is said here takes the place of what the profile says: see tests/conftest.py.
UNHURRIED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=60, suppress_health_check=UNHURRIED)
@given(mutations=st.lists(st.tuples(KINDS, st.integers(0, 2**16)), min_size=1, max_size=3))
def test_what_one_refuses_the_other_refuses(
    mutations: list[tuple[int, int]],
    tree: Path,
    split: Split,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    spoiled = tmp_path_factory.mktemp("spoiled") / "model"
    shutil.copytree(tree, spoiled)
    for kind, seed in mutations:
        mutate(spoiled, kind, seed)
    deep, quick = validate(spoiled, split, deep=True), validate(spoiled, split)
    assert refused_by_eval(spoiled, split) == (not deep.accepted)
    assert quick.accepted or not deep.accepted, "headers and samples refuse nothing that is right"


@settings(max_examples=60, suppress_health_check=UNHURRIED)
@given(data=st.data())
def test_no_zip_makes_it_fall_over(
    data: st.DataObject,
    tree: Path,
    split: Split,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Bytes changed or cut out anywhere: an answer, or an error that says what is wrong."""
    whole = tmp_path_factory.mktemp("zips") / "model"
    archive = Path(shutil.make_archive(str(whole), "zip", tree))
    content = bytearray(archive.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] = data.draw(st.integers(0, 255))
        else:
            del content[at : at + data.draw(st.integers(1, 200))]
        if not content:
            break
    archive.write_bytes(content)
    quick, deep = validate(archive, split), validate(archive, split, deep=True)
    assert refused_by_eval(archive, split) == (not deep.accepted)
    assert quick.accepted or not deep.accepted
