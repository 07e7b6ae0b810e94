"""Processes that die, fail or find something: nothing of it is lost, and no score depends on them."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path

import deadly_protocols
import pytest

from rvosbench.errors import Code, DatasetError, RvosbenchError
from rvosbench.evaluate import run
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.protocols.base import Protocol
from rvosbench.protocols.catalogue import Chosen
from rvosbench.splits.split import Split


@pytest.fixture
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    monkeypatch.setenv(deadly_protocols.MARKS, str(folder))
    return folder


def use(protocol: Protocol, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "choose", lambda *_: Chosen((protocol,)))


def test_a_killed_worker_is_replaced_and_its_video_scored_once_more(
    mevis: Split, mevis_predictions: Path, marks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = evaluate(mevis_predictions, mevis)
    use(deadly_protocols.KilledOnce(), monkeypatch)
    done = evaluate(mevis_predictions, mevis, Options(workers=2))
    assert deadly_protocols.attempts() == 2
    assert done.results[0].fingerprint == quiet.results[0].fingerprint
    assert done.results[0].metrics == quiet.results[0].metrics


def test_a_video_that_kills_twice_ends_the_run_and_is_named(
    mevis: Split, mevis_predictions: Path, marks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(deadly_protocols.KilledAlways(), monkeypatch)
    with pytest.raises(RvosbenchError) as failed:
        evaluate(mevis_predictions, mevis, Options(workers=2, out=tmp_path / "out"))
    (problem,) = failed.value.problems
    assert (problem.code, problem.path) == (Code.WORKER_DIED, "cave/deep")
    assert deadly_protocols.attempts() == 2
    assert not (tmp_path / "out" / "result.json").exists()
    assert multiprocessing.active_children() == []


def test_an_error_of_the_data_comes_out_of_a_worker_as_it_went_in(
    mevis: Split, mevis_predictions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(deadly_protocols.Damaged(), monkeypatch)
    with pytest.raises(DatasetError, match="RVB040"):
        evaluate(mevis_predictions, mevis, Options(workers=2))
    assert multiprocessing.active_children() == []


def test_a_defect_of_ours_is_not_swallowed_and_names_the_video(
    mevis: Split, mevis_predictions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(deadly_protocols.Defective(), monkeypatch)
    with pytest.raises(RuntimeError, match="ZeroDivisionError: a defect over"):
        evaluate(mevis_predictions, mevis, Options(workers=2))


def test_what_workers_find_wrong_comes_together(
    mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "tree"
    shutil.copytree(mevis_predictions, folder)
    broken = [folder / video / "1" / "00000.png" for video in mevis.videos]
    for path in broken:
        path.write_bytes(b"no picture")
    refused = {}
    for workers in (1, 2):
        with pytest.raises(RvosbenchError) as error:
            evaluate(folder, mevis, Options(workers=workers))
        refused[workers] = error.value.problems
    assert refused[1] == refused[2]
    assert refused[1][0].count == len(broken) == 5
