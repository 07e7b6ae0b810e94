"""Where a right archive goes: to a server, or, if its split is scored in public, to `eval`."""

from __future__ import annotations

import pytest

from rvosbench.datasets.base import find as dataset_of
from rvosbench.validate.servers import find


@pytest.mark.parametrize("dataset", ["mevis-v1", "mevis-v2"])
def test_a_split_with_public_ground_truth_is_not_sent_to_the_server(dataset: str) -> None:
    server = find("mevis", dataset)
    info = dataset_of(dataset).info
    assert server.next_for(info, "valid", "x.zip") == "upload x.zip to the MeViS competition on Codabench"
    told = server.next_for(info, "valid_u", "x.zip")
    assert "upload" not in told
    assert "rvosbench eval" in told
    assert told.endswith("the server wants valid"), "MeViS has no split test"


def test_nobody_is_sent_to_a_server_with_the_sample() -> None:
    told = find("mevis", "sample").next_for(dataset_of("sample").info, "valid", "x.zip")
    assert "upload" not in told
    assert "rvosbench eval" in told


def test_the_davis_tool_takes_every_split() -> None:
    assert (
        find("davis", "ref-davis17")
        .next_for(dataset_of("ref-davis17").info, "train", "x.zip")
        .startswith("unzip x.zip")
    )
