"""What the metrics declare, and metrics of other packages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rvosbench.errors import RvosbenchError, UsageError
from rvosbench.metrics import catalogue
from rvosbench.metrics.base import UnitScores

KEYS = {
    *(
        "J&F",
        "J",
        "F",
        "J_recall",
        "J_decay",
        "F_recall",
        "F_decay",
        "stability_J",
        "stability_J&F",
        "flicker",
    ),
    *("N-acc", "T-acc", "final", "J&F_targeted"),
    *("mAP", "AP50", "AP75", "AP_S", "AP_M", "AP_L", "mAP_best", "oIoU", "mIoU"),
    *("P@0.5", "P@0.6", "P@0.7", "P@0.8", "P@0.9"),
}
BAD_PLUGIN = """
from rvosbench.metrics.base import Direction, MetricInfo, UnitMetric

USURPER = UnitMetric(
    MetricInfo("J", "mine", Direction.UP, (0.0, 1.0), "fraction", "as J", "none"),
    lambda unit: 1.0,
)
NUMBER = 7
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, points: str, code: str = BAD_PLUGIN) -> None:
    """A package `my-package` with these entry points, for this test."""
    metadata = folder / "my_package-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(points)
    (folder / "my_package").mkdir()
    (folder / "my_package" / "worst_frame.py").write_text(code)
    monkeypatch.syspath_prepend(str(folder))
    for module in ("my_package", "my_package.worst_frame"):
        monkeypatch.delitem(sys.modules, module, raising=False)


def test_every_key_of_the_result_file_is_declared_once() -> None:
    declared = [info.key for info in catalogue.ALL]
    assert set(declared) >= KEYS
    assert len(set(declared)) == len(declared)


def test_every_metric_says_where_it_comes_from_and_what_it_does_on_empty_masks() -> None:
    for info in catalogue.ALL:
        assert info.range[0] < info.range[1]
        assert "" not in (info.name, info.unit, info.empty, info.citation), info.key


def test_the_page_on_metrics_has_a_row_for_each_with_what_it_declares(project_root: Path) -> None:
    page = (project_root / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = {
        key: (direction, least, most)
        for key, direction, least, most in re.findall(
            r"^\| `([^`]+)` \|.*\| (up|down) \| (\S+) to (\S+) \|", page, re.MULTILINE
        )
    }
    assert rows == {
        info.key: (info.direction.value, f"{info.range[0]:g}", f"{info.range[1]:g}") for info in catalogue.ALL
    }


def test_the_metric_of_the_page_is_found_beside_ours_once_it_is_installed(
    project_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (project_root / "docs" / "metrics.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:python|toml)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (code,) = (block for block in blocks if "WORST_FRAME =" in block)
    (points,) = (block for block in blocks if "entry-points" in block)
    points = re.sub(r'project\.entry-points\."(.*)"', r"\1", points).replace('"', "")
    assert catalogue.plugged_in() == ()
    install(tmp_path, monkeypatch, points, code)
    (metric,) = catalogue.plugged_in()
    assert metric.info is catalogue.find("J_worst")
    frames = np.array([True, True])
    assert metric.of_unit(UnitScores(np.array([0.9, 0.3]), np.ones(2), frames, frames, ~frames)) == 0.3


def test_a_key_of_ours_cannot_be_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "[rvosbench.metrics]\nmine = my_package.worst_frame:USURPER")
    assert catalogue.plugged_in() == ()
    assert catalogue.find("J").name == "region similarity"


@pytest.mark.parametrize(
    ("point", "found"),
    [
        ("odd = my_package.worst_frame:NUMBER", "int"),
        ("gone = my_package.worst_frame:GONE", "AttributeError"),
    ],
)
def test_a_plug_in_that_brings_no_metric_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, found: str
) -> None:
    install(tmp_path, monkeypatch, f"[rvosbench.metrics]\n{point}")
    with pytest.raises(RvosbenchError, match=rf"RVB006.*{point}.*found {found}"):
        catalogue.plugged_in()


def test_an_unknown_metric_is_a_usage_error_that_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"P@0.55.*expected one of J&F, J, F"):
        catalogue.find("P@0.55")


def test_importing_the_metrics_loads_nothing_heavy() -> None:
    heavy = "{'scipy', 'pycocotools', 'pandas', 'pyarrow', 'PIL', 'torch'}"
    code = f"import sys, rvosbench.metrics, rvosbench.metrics.summary; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
