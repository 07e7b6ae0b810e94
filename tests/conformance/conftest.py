"""The pack, made once; and the program on it, without a process for each case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rvosbench.conformance.case import Case
from rvosbench.conformance.catalogue import every_case
from rvosbench.conformance.material import BENCHMARKS, Material, gather
from rvosbench.conformance.ours import convert_all
from rvosbench.conformance.pack import Pack, write
from rvosbench.progress import Silent
from rvosbench.splits.split import Split, open_folder


@pytest.fixture(scope="session")
def material() -> Material:
    return gather()


@pytest.fixture(scope="session")
def cases(material: Material) -> list[Case]:
    return every_case(material)


@pytest.fixture(scope="session")
def pack(material: Material, cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return write(tmp_path_factory.mktemp("conformance") / "pack", material, cases)


@pytest.fixture(scope="session")
def splits(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Split]:
    """`mevis-v1:valid_u` -> the converted split."""
    data: Path = tmp_path_factory.mktemp("data")
    convert_all(pack, data, Silent())
    return {one.name: open_folder(data / one.dataset / one.split) for one in BENCHMARKS}
