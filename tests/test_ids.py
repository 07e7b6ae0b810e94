"""Names of splits, and where they live."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from rvosbench.ids import SplitName, home, split_folder


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mevis-v1:valid_u", SplitName("mevis-v1", "valid_u")),
        ("mevis-v1", SplitName("mevis-v1", None)),
        ("mevis-v1:", SplitName("mevis-v1", None)),
    ],
)
def test_a_split_name_is_dataset_and_split(text: str, name: SplitName) -> None:
    assert SplitName.parse(text) == name
    assert str(name) == text.rstrip(":")


def test_home_is_the_option_else_the_variable_else_the_platforms(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RVOSBENCH_HOME", raising=False)
    assert home() == Path(platformdirs.user_data_dir("rvosbench"))
    monkeypatch.setenv("RVOSBENCH_HOME", str(tmp_path))
    assert home() == tmp_path
    assert home("elsewhere") == Path("elsewhere")
    assert split_folder("mevis-v1", "train") == tmp_path / "mevis-v1" / "train"
