"""Runs one predictor over the videos of a split. A video that fails is reported, and the others go on."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.progress import Progress
from rvosbench_baselines.base import Answer, Predictor
from rvosbench_baselines.inference.answers import checked
from rvosbench_baselines.inference.blind import clip_of
from rvosbench_baselines.inference.folder import RunFolder
from rvosbench_baselines.inference.forms import Form
from rvosbench_baselines.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from rvosbench.splits.split import Split, Video

FAILURES = "failures"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True, slots=True)
class Failure:
    video: str
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Outcome:
    """`missing` are videos of the split that are not there: failed, or left to other shards."""

    computed: int = 0
    kept: int = 0
    failures: list[Failure] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def wanted_videos(split: Split, form: Form) -> list[Video]:
    """Those for which anything is to be predicted, in the order of the split."""
    return [video for video in split.videos.values() if _count(video, form)]


def predict_videos(
    load: Callable[[], Predictor],
    answer: Answer,
    videos: Sequence[Video],
    folder: RunFolder,
    form: Form,
    progress: Progress,
) -> Outcome:
    """Compute those of the videos that are not there yet, and put together what is. Nothing is loaded if all
    are there."""
    waiting = [video for video in videos if not folder.is_there(video)]
    outcome = Outcome(kept=len(videos) - len(waiting))
    if outcome.kept:
        progress.say(f"{outcome.kept} of {len(videos)} videos are there already")
    if not waiting:
        outcome.missing = [video.name for video in folder.end(progress)]
        return outcome
    predictor = load()
    progress.start("predicting", sum(_count(video, form) for video in waiting), "mask")
    for video in waiting:
        failure = _predict(predictor, answer, video, folder, form, progress)
        if failure is None:
            outcome.computed += 1
        else:
            outcome.failures.append(failure)
            progress.say(f"{video.name} failed, the others go on: {failure.problems[0]}")
    progress.finish()
    outcome.missing = [video.name for video in folder.end(progress)]
    return outcome


def _count(video: Video, form: Form) -> int:
    return sum(
        len(video.frames) if form.every_frame else len(one.scored) for one in video.expressions.values()
    )


def _predict(
    predictor: Predictor, answer: Answer, video: Video, folder: RunFolder, form: Form, progress: Progress
) -> Failure | None:
    done = 0
    try:
        clip = clip_of(video, every_frame=form.every_frame)
        with folder.part(video) as add:
            for prediction in checked(predictor.predict(clip), clip, answer):
                add(prediction)
                done += 1
                progress.advance()
    except RvosbenchError as error:
        if any(problem.code is Code.CANNOT_WRITE for problem in error.problems):
            raise
        problems = error.problems
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise
        problems = (_of_the_model(video, error, folder.out),)
    except Exception as error:  # whatever a model can raise: it costs this video and no other
        problems = (_of_the_model(video, error, folder.out),)
    else:
        return None
    _free_memory()
    progress.advance(_count(video, form) - done)
    return Failure(video.name, problems)


def _of_the_model(video: Video, error: Exception, out: Path) -> Problem:
    first = str(error).strip().split("\n", 1)[0]
    found = f"{type(error).__name__}: {first}" if first else type(error).__name__
    if is_out_of_memory(error):
        return Problem(
            Code.OUT_OF_MEMORY,
            video.name,
            expected="a video for which there is memory enough",
            found=found,
            fix="repeat the command on a device with more memory, such as --device cpu, which computes only "
            "what failed; or use a new --out with smaller windows or pictures (--option)",
        )
    return Problem(
        Code.PREDICTION_FAILED,
        video.name,
        expected="a model that answers for each video",
        found=f"{found} ({_kept_traceback(video, error, out)})",
        fix="repeat the command: only what failed is computed again. If it fails again, report the traceback",
    )


def _kept_traceback(video: Video, error: Exception, out: Path) -> str:
    from rvosbench.predictions.files import RUN_RECORD

    path = out / RUN_RECORD / FAILURES / f"{video.name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return f"whole traceback in {path}"


def _free_memory() -> None:
    """What the failed video held on the GPU must not be missing for the next one."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
