"""What the campaigns of `fuzz/` reached and found: replayed, by both kernels where one is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NO_KERNEL = ("metadata", "numpy")  # no mask is decoded there: once is enough
HARNESSES = ("zip", "png", "coco", "parquet", "metadata")
REPLAY = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
import campaign
harness = importlib.import_module(f"read_{sys.argv[2]}")
inputs = [*harness.seeds().values(), *campaign.corpus(sys.argv[2])]
for one in inputs:
    harness.check(one)
print(len(inputs))
"""


RUNS = [(name, kernel) for name in HARNESSES for kernel in ("native", "numpy") if (name, kernel) != NO_KERNEL]


@pytest.mark.parametrize(("name", "kernel"), RUNS)
def test_the_readers_stand_what_the_campaigns_reached(name: str, kernel: str, project_root: Path) -> None:
    if kernel == "native":
        pytest.importorskip("rvosbench._kernels.native")
    done = subprocess.run(
        [sys.executable, "-c", REPLAY, project_root / "fuzz", name],
        env=os.environ | {"RVOSBENCH_KERNEL": kernel},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert int(done.stdout) > 50, "more than the seeds: what campaigns reached is missing"
