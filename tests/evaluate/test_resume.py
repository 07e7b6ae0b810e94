"""A run that is killed leaves finished videos, which the next one with `resume` takes over, and nothing
else."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import interrupted_eval
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rvosbench.errors import PredictionsRefused, UsageError
from rvosbench.evaluate.result import Result
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.evaluate.video import Job
from rvosbench.predictions.parquet_checks import COLUMNS
from rvosbench.splits.split import Split

RESUME = Options(resume=True)


class Told:
    """What a run says while it goes on."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.total: int | None = None
        self.done = 0

    def start(self, task: str, total: int | None, unit: str) -> None:
        self.total = total

    def advance(self, amount: int = 1) -> None:
        self.done += amount

    def finish(self) -> None: ...

    def say(self, message: str) -> None:
        self.said.append(message)


def apart_from_time(result: Result) -> dict[str, Any]:
    return result.as_json() | {"timing": None}


def killed(predictions: Path, split: Split, out: Path, videos: int) -> None:
    """A real SIGKILL once so many videos are finished."""
    script = str(Path(interrupted_eval.__file__))
    command = [sys.executable, script, str(predictions), str(split.folder), str(out), str(videos)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    finished = [path.name for path in (out / ".parts").iterdir() if path.name.isdecimal()]
    assert sorted(finished) == [f"{place:06d}" for place in range(videos)]


def scored_videos(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    original = Job.score

    def score(self: Job, *arguments: Any) -> Any:
        found.append(arguments[0].video)
        return original(self, *arguments)

    monkeypatch.setattr(Job, "score", score)
    return found


def test_a_killed_run_goes_on_from_where_it_was_and_the_result_is_the_same(
    mevis: Split, mevis_predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    killed(mevis_predictions, mevis, out, videos=2)
    assert not (out / "result.json").exists()
    videos, told = scored_videos(monkeypatch), Told()
    options = Options(out=out, resume=True, progress=told)
    (resumed,) = evaluate(mevis_predictions, mevis, options).results
    assert videos == list(mevis.videos)[2:]
    assert told.said == ["2 of 5 videos were scored before the run was stopped"]
    assert told.done == told.total == sum(4 * len(mevis.videos[name].frames) for name in videos)
    (whole,) = evaluate(mevis_predictions, mevis, Options(out=tmp_path / "whole")).results
    assert apart_from_time(resumed) == apart_from_time(whole)
    names = sorted(path.name for path in out.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "whole").iterdir())
    for name in names:
        if name.endswith(".parquet"):
            assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_without_resume_everything_is_scored_anew(
    mevis: Split, mevis_predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(mevis_predictions, mevis, tmp_path / "out", videos=1)
    videos = scored_videos(monkeypatch)
    evaluate(mevis_predictions, mevis, Options(out=tmp_path / "out"))
    assert videos == list(mevis.videos)


@pytest.mark.parametrize("change", [{"protocol": "per-expression"}, {"missing": "zero"}, {"masks": False}])
def test_what_was_scored_otherwise_is_not_taken_over(
    change: dict[str, Any],
    mevis: Split,
    mevis_predictions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed(mevis_predictions, mevis, tmp_path / "out", videos=2)
    videos = scored_videos(monkeypatch)
    evaluate(mevis_predictions, mevis, Options(out=tmp_path / "out", resume=True, **change))
    assert videos == list(mevis.videos)


def test_a_video_whose_predictions_have_changed_is_scored_again(
    mevis: Split, mevis_predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    shutil.copytree(mevis_predictions, tree)
    killed(tree, mevis, out, videos=2)
    shutil.copy(tree / "alley" / "0" / "00000.png", tree / "alley" / "0" / "00001.png")
    videos = scored_videos(monkeypatch)
    (resumed,) = evaluate(tree, mevis, Options(out=out, resume=True)).results
    assert videos == ["alley", *list(mevis.videos)[2:]]
    (whole,) = evaluate(tree, mevis).results
    assert apart_from_time(resumed) == apart_from_time(whole)


def test_of_a_table_that_has_changed_nothing_is_taken_over(
    mevis: Split, mevis_predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table is one file: whether it is the same is asked of all of it."""
    evaluate(mevis_predictions, mevis, Options(out=tmp_path / "kept"))
    table, out = tmp_path / "kept" / "predictions.parquet", tmp_path / "out"
    killed(table, mevis, out, videos=2)
    rows = pq.ParquetFile(table).read()
    counts = rows["counts"].to_pylist()
    counts[-1], counts[-2] = counts[-2], counts[-1]
    pq.write_table(rows.set_column(7, COLUMNS.field("counts"), pa.array(counts, pa.binary())), table)
    videos = scored_videos(monkeypatch)
    evaluate(table, mevis, Options(out=out, resume=True))
    assert videos == list(mevis.videos)


def test_a_part_that_cannot_be_read_is_scored_again(
    mevis: Split, mevis_predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    killed(mevis_predictions, mevis, out, videos=3)
    (out / ".parts" / "000000" / "scores.json").write_text("{")
    (out / ".parts" / "000001" / "frames.arrow").write_bytes(b"")
    videos = scored_videos(monkeypatch)
    evaluate(mevis_predictions, mevis, Options(out=out, resume=True))
    assert videos == [*list(mevis.videos)[:2], *list(mevis.videos)[3:]]


def test_with_nothing_to_resume_the_run_begins_at_the_beginning(
    mevis: Split, mevis_predictions: Path, tmp_path: Path
) -> None:
    done = evaluate(mevis_predictions, mevis, Options(out=tmp_path / "out", resume=True))
    assert done.results[0].complete


def test_resume_needs_a_folder(mevis: Split, mevis_predictions: Path) -> None:
    with pytest.raises(UsageError, match="--out DIR"):
        evaluate(mevis_predictions, mevis, RESUME)


def test_a_refused_run_leaves_no_parts(mevis: Split, mevis_predictions: Path, tmp_path: Path) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    shutil.copytree(mevis_predictions, tree)
    evaluate(tree, mevis, Options(out=out))
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (tree / "elm" / "0" / "00000.png").write_bytes(b"no picture")
    with pytest.raises(PredictionsRefused):
        evaluate(tree, mevis, Options(out=out))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
