"""Makes the tracks of a split. A video that fails is reported, and the others go on."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.progress import Progress
from rvosbench_baselines.out_of_memory import is_out_of_memory
from rvosbench_baselines.tracks import ground_truth, labels_table, table
from rvosbench_baselines.tracks.candidates import Candidate
from rvosbench_baselines.tracks.folder import TracksFolder
from rvosbench_baselines.tracks.settings import Prompts, Settings
from rvosbench_baselines.tracks.tracker import Track, follow

if TYPE_CHECKING:
    from rvosbench.splits.split import Split, Video
    from rvosbench_baselines.tracks.grounding import GroundingDino
    from rvosbench_baselines.tracks.sam2_model import Sam2

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True, slots=True)
class Models:
    sam2: Sam2
    dino: GroundingDino | None


@dataclass(frozen=True, slots=True)
class Failure:
    video: str
    problem: Problem


@dataclass(slots=True)
class Outcome:
    """`missing` are videos of the split that are not there: failed, or left to other runs."""

    computed: int = 0
    kept: int = 0
    tracks: int = 0
    failures: list[Failure] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def make_tracks(
    split: Split,
    truth: Split | None,
    videos: Sequence[str],
    load: Callable[[], Models],
    folder: TracksFolder,
    settings: Settings,
    progress: Progress,
) -> Outcome:
    """`split` has no ground truth, `truth` is the same split with it. Models are loaded only if anything is
    left to do."""
    waiting = [name for name in videos if not folder.is_there(name)]
    outcome = Outcome(kept=len(videos) - len(waiting))
    if outcome.kept:
        progress.say(f"{outcome.kept} of {len(videos)} videos are there already")
    if waiting:
        models = load()
        folder.begin(progress)
        progress.start("tracking", sum(len(split.videos[name].frames) for name in waiting), "frame")
        for name in waiting:
            _one(split, truth, name, models, folder, settings, outcome, progress)
            progress.advance(len(split.videos[name].frames))
        progress.finish()
    outcome.missing = folder.end(list(split.videos), progress)
    return outcome


def _one(
    split: Split,
    truth: Split | None,
    name: str,
    models: Models,
    folder: TracksFolder,
    settings: Settings,
    outcome: Outcome,
    progress: Progress,
) -> None:
    video = split.videos[name]
    true = None if truth is None else truth.videos[name]
    try:
        tracks = list(tracks_of(video, true, split.manifest.split, models, settings))
        rows = [_row(number, track, video.size) for number, track in enumerate(tracks)]
        labels = None
        if true is not None and folder.labels is not None:
            labels = labels_table.as_table(name, ground_truth.likenesses(true, tracks))
        folder.add(name, table.as_table(name, rows), labels)
    except RvosbenchError as error:
        if any(problem.code is Code.CANNOT_WRITE for problem in error.problems):
            raise
        _report(Failure(name, error.problems[0]), outcome, progress)
    except Exception as error:  # whatever SAM 2 or a decoder can raise: it costs this video and no other
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise
        _report(Failure(name, _unexpected(name, error, folder.folder)), outcome, progress)
    else:
        outcome.computed += 1
        outcome.tracks += len(tracks)


def tracks_of(
    video: Video, true: Video | None, split: str, models: Models, settings: Settings
) -> Iterator[Track]:
    """The tracks of one video. Only with prompts from ground truth is `true` looked at."""
    found = _candidates(video, true, split, models, settings)
    length = len(video.frames)
    return follow(models.sam2, video.frame, length, video.size, found, settings)


def _candidates(
    video: Video, true: Video | None, split: str, models: Models, settings: Settings
) -> Iterator[Candidate]:
    from rvosbench_baselines.tracks import grid, grounding

    if settings.prompts is Prompts.GT:
        if true is not None:
            yield from ground_truth.candidates(true)
        return
    sentences = [(one.name, one.text) for one in video.expressions.values()]
    for frame in settings.frames(len(video.frames), split):
        picture = video.frame(frame)
        if models.dino is not None:
            yield from grounding.candidates(models.dino, models.sam2, frame, picture, sentences, settings)
        else:
            yield from grid.candidates(models.sam2, frame, picture, settings)


def _row(number: int, track: Track, size: tuple[int, int]) -> table.TrackRow:
    start = track.start
    return table.TrackRow(
        number,
        start.expression,
        start.phrase,
        start.frame,
        start.stability,
        size,
        track.tokens,
        track.counts,
    )


def _report(failure: Failure, outcome: Outcome, progress: Progress) -> None:
    outcome.failures.append(failure)
    progress.say(f"{failure.video} failed, the others go on: {failure.problem}")


def _unexpected(video: str, error: Exception, folder: Path) -> Problem:
    text = str(error).strip().split("\n", 1)[0]
    found = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if is_out_of_memory(error):
        return Problem(
            Code.OUT_OF_MEMORY,
            video,
            expected="a video for which there is memory enough",
            found=found,
            fix="repeat the command with a smaller SAM 2 or on a larger device; what is done is kept",
        )
    path = folder / ".failures" / f"{video}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return Problem(
        Code.PREDICTION_FAILED,
        video,
        expected="a model that answers for each video",
        found=f"{found} (whole traceback in {path})",
        fix="repeat the command: only what failed is made again. If it fails again, report the traceback",
    )
