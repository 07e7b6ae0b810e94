"""One evaluation, from predictions to results."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rvosbench import _kernels
from rvosbench.errors import Code, PredictionsRefused, Problem, ProblemLog, UsageError
from rvosbench.evaluate import digests
from rvosbench.evaluate.assemble import Setting, results_of
from rvosbench.evaluate.outcome import VideoOutcome
from rvosbench.evaluate.plan import (
    Shard,
    VideoTask,
    check_ground_truth,
    check_obstacles,
    make_plan,
)
from rvosbench.evaluate.result import Result
from rvosbench.evaluate.video import Job
from rvosbench.evaluate.workers import score_in_workers
from rvosbench.predictions.recognise import recognise
from rvosbench.progress import Progress, Silent
from rvosbench.protocols.base import SCORING_VERSION, Protocol
from rvosbench.protocols.catalogue import ALL, choose
from rvosbench.protocols.stretch import Reading
from rvosbench.validate.missing import wanted_of

if TYPE_CHECKING:
    import pyarrow as pa

    from rvosbench.evaluate.parts import Parts
    from rvosbench.predictions.base import Predictions
    from rvosbench.protocols.base import Wanted
    from rvosbench.splits.split import Split, Video

MOST_WORKERS = 8
PIXELS_PER_WORKER = 2_000_000_000  # below this, starting a process costs more than it saves


@dataclass(frozen=True, slots=True)
class Options:
    """`protocol` is a name, `all`, or None for that of the dataset. `out` is the folder of the result;
    without one only figures are given back. `masks`: whether the predictions are kept in it. `workers` is a
    number of processes, None for as many as pay."""

    protocol: str | None = None
    missing: Literal["refuse", "zero"] = "refuse"
    out: Path | None = None
    resume: bool = False
    shard: Shard | None = None
    masks: bool = True
    workers: int | None = None
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`several` says that all protocols were asked for; `form` what was recognised, in words."""

    results: tuple[Result, ...]
    form: str
    several: bool
    folder: Path | None


def evaluate(source: Path, split: Split, options: Options | None = None) -> Evaluation:
    """Scores the predictions at `source`. Raises PredictionsRefused, with everything that is wrong with them,
    before anything is written."""
    options = options or Options()
    with ExitStack() as stack:
        if options.out is not None:
            # What only writing needs is imported where something is written: figures alone come sooner.
            from rvosbench.evaluate.folder import check_target
            from rvosbench.splits.staging import locked

            out = options.out.absolute()
            stack.enter_context(locked(out, options.progress))
            check_target(out)
        elif options.resume or options.shard:
            raise _needs_out("--resume" if options.resume else "--shard")
        return _Run(source, split, options).result()


class _Run:
    def __init__(self, source: Path, split: Split, options: Options) -> None:
        self._started = time.perf_counter()
        self._split = split
        self._options = options
        check_ground_truth(split)
        try:
            self._predictions: Predictions = recognise(source, split)
            chosen = choose(options.protocol, split, self._predictions.kind)
            self._protocols: tuple[Protocol, ...] = chosen.protocols
            check_obstacles(split, self._protocols)
            self._plan = make_plan(
                split,
                self._predictions,
                self._protocols,
                zero_missing=options.missing == "zero",
                shard=options.shard,
            )
        except PredictionsRefused as error:
            # The rules of `validate` say why: files that are called otherwise, another split, ...
            from rvosbench.validate.judgement import explained_refusal

            raise PredictionsRefused(*explained_refusal(error.problems, Path(source), split)) from None
        self._unreadable: tuple[Problem, ...] = ()
        # Of a shard not all files are read, so the digest of all of them has to be worked out apart.
        self._hashed_on_the_way = digests.are_of_files(self._predictions) and options.shard is None
        self._setting = self._make_setting((*self._predictions.notes, *chosen.notes))

    def result(self) -> Evaluation:
        parts = self._open_parts()
        workers = self._options.workers or self._paying_workers()
        outcomes = self._score(parts, workers)
        self._refuse_errors(outcomes, parts)
        setting = replace(self._setting, predictions_sha256=self._sha256_of(outcomes))
        seconds = round(time.perf_counter() - self._started, 3)
        shard = self._options.shard
        expressions = sum(len(self._split.videos[task.video].expressions) for task in self._plan)
        results = results_of(
            setting,
            self._protocols,
            outcomes,
            expressions,
            timing={"seconds": seconds, "workers": workers, "kernel": _kernels.name()},
            shard=str(shard) if shard else None,
        )
        if parts is not None:
            from rvosbench.evaluate.folder import Contents, write_folder

            contents = Contents(setting, results, outcomes, expressions, shard)
            write_folder(parts.folder.parent, contents, self._tables(parts))
            results = tuple(replace(one, folder=parts.folder.parent) for one in results)
        return Evaluation(results, self._predictions.form, self._setting.several, self._options.out)

    def _make_setting(self, problems: Sequence[Problem]) -> Setting:
        about = self._split.manifest
        notes: dict[str, Any] = {"form": self._predictions.form, "missing": self._options.missing}
        if samples := about.notes.get("samples"):
            notes["samples"] = samples
        return Setting(
            dataset=about.dataset,
            split=about.split,
            dataset_fingerprint=about.fingerprint,
            predictions_sha256="" if self._hashed_on_the_way else self._sha256(),
            scoring_version=SCORING_VERSION,
            metrics={protocol.info.name: protocol.keys(self._split) for protocol in self._protocols},
            several=self._options.protocol == ALL,
            zero_missing=self._options.missing == "zero",
            masks=self._options.masks,
            notes=notes,
            problems=tuple(problems),
        )

    def _sha256(self) -> str:
        """Where a file cannot be read, scoring goes on to find all that is wrong, and is refused at its
        end."""
        try:
            return self._predictions.sha256()
        except PredictionsRefused as error:
            self._unreadable = error.problems
            return ""

    def _sha256_of(self, outcomes: Sequence[VideoOutcome]) -> str:
        if not self._hashed_on_the_way:
            return self._setting.predictions_sha256
        videos = (self._split.videos[outcome.video] for outcome in outcomes)
        found = digests.whole(
            (video, self._wanted(video), outcome.digests)
            for video, outcome in zip(videos, outcomes, strict=True)
        )
        return found if found is not None else self._predictions.sha256()

    def _wanted(self, video: Video) -> list[Wanted]:
        return wanted_of(video, self._predictions.kind, self._protocols)

    def _open_parts(self) -> Parts | None:
        if self._options.out is None:
            return None
        from rvosbench.evaluate.parts import Parts

        stamp = self._setting.as_json() | {"problems": None}
        return Parts(self._options.out.absolute(), stamp, resume=self._options.resume)

    def _score(self, parts: Parts | None, workers: int) -> list[VideoOutcome]:
        """In the order of the plan, whatever order they are scored in."""
        found: dict[int, VideoOutcome] = {}
        if parts is not None:
            for task in self._plan:
                outcome = parts.read(task.place, masks=self._options.masks)
                if outcome is not None and self._is_of_these_predictions(outcome):
                    found[task.place] = outcome
        tasks = [task for task in self._plan if task.place not in found]
        progress = self._options.progress
        if found:
            progress.say(
                f"{len(found):,} of {len(self._plan):,} videos were scored before the run was stopped"
            )
        about = self._split.manifest
        progress.start(f"{about.dataset}:{about.split}", sum(task.asked for task in tasks), "mask")
        for outcome in self._outcomes(tasks, parts, workers):
            found[outcome.place] = outcome
            progress.advance(outcome.asked)
        progress.finish()
        return [found[task.place] for task in self._plan]

    def _is_of_these_predictions(self, outcome: VideoOutcome) -> bool:
        """Whether the files of a finished video are still the same. Of other forms the stamp has told."""
        if not self._hashed_on_the_way:
            return True
        video = self._split.videos[outcome.video]
        predictions = self._predictions.of_video(video.name)
        try:
            return digests.of_video(video, self._wanted(video), predictions) == outcome.digests
        except PredictionsRefused:
            return False

    def _outcomes(
        self, tasks: Sequence[VideoTask], parts: Parts | None, workers: int
    ) -> Iterator[VideoOutcome]:
        reading = Reading(
            self._predictions.kind,
            zero_missing=self._options.missing == "zero",
            keep=parts is not None and self._options.masks,
            shared=len(self._protocols) > 1,
            digest=self._hashed_on_the_way,
        )
        folder = parts.folder if parts is not None else None
        job = Job(self._split.folder, self._protocols, reading, folder, self._split)
        if workers == 1 or len(tasks) < 2:
            for task in tasks:
                yield job.score(task, self._predictions.of_video(task.video))
            return
        # The longest first, so that all processes are done at about the same time.
        longest_first = sorted(tasks, key=lambda task: (-self._pixels(task), task.place))
        yield from score_in_workers(job, longest_first, self._predictions.of_video, workers)

    def _refuse_errors(self, outcomes: Sequence[VideoOutcome], parts: Parts | None) -> None:
        log = ProblemLog()
        for outcome in outcomes:
            log.include(outcome.problems)
        if log.has_errors or self._unreadable:
            if parts is not None:
                parts.remove()
            raise PredictionsRefused(*(log.errors or self._unreadable), *log.warnings)

    def _tables(self, parts: Parts) -> Iterator[dict[str, pa.Table]]:
        from rvosbench.evaluate.tables import expression_rows

        names = ["frames", "predictions"] if self._options.masks else ["frames"]
        for task in self._plan:
            tables = {name: parts.table(task.place, name) for name in names}
            yield {"expressions": expression_rows(self._split.videos[task.video])} | tables

    def _paying_workers(self) -> int:
        pixels = sum(self._pixels(task) for task in self._plan)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, min(cores, MOST_WORKERS, pixels // PIXELS_PER_WORKER))

    def _pixels(self, task: VideoTask) -> int:
        height, width = self._split.videos[task.video].size
        return task.asked * height * width


def _needs_out(option: str) -> UsageError:
    return UsageError(
        Problem(
            Code.BAD_OPTION,
            path=option,
            expected="a folder for the result, --out DIR",
            found="none",
            fix=f"add --out DIR, or leave {option} out",
        )
    )
