"""The folder of a run: which videos are there, and how one more gets there, whole or not at all.

    out/<predictions, as the form has them>
    out/.rvosbench/run.json      what they were made with
    out/.rvosbench/parts/        videos that wait to be put together, or to be taken over after a kill

Several processes may work in one folder at once, each on its shard.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.predictions.files import RUN_RECORD
from rvosbench.predictions.writer import whole_file
from rvosbench.progress import Progress
from rvosbench.splits.staging import locked
from rvosbench_baselines.inference.forms import Add, Form, OneFile
from rvosbench_baselines.inference.record import NAME, RunRecord

if TYPE_CHECKING:
    from rvosbench.splits.split import Split, Video

COMPLETE = "complete"


class RunFolder:
    def __init__(self, out: Path, form: Form, split: Split, videos: Sequence[Video]) -> None:
        """`videos` are all of the split for which something is wanted."""
        self.out, self._form, self._split = out, form, split
        self._videos = videos
        self._state = out / RUN_RECORD
        self._parts = self._state / "parts"

    @property
    def target(self) -> Path:
        """What `rvosbench eval` takes."""
        return self.out / self._form.file if isinstance(self._form, OneFile) else self.out

    def check(self, record: RunRecord) -> None:
        """That it is a new or empty folder, or one in which the same run began."""
        if (self._state / NAME).exists():
            record.compare(self._state / NAME)
        else:
            self._refuse_others()

    def begin(self, record: RunRecord, progress: Progress) -> None:
        """Take the folder."""
        path = self._state / NAME
        self._parts.mkdir(parents=True, exist_ok=True)
        with locked(path, progress):
            if path.exists():
                record.compare(path)
            else:
                with whole_file(path) as new:
                    record.write(new)

    def is_there(self, video: Video) -> bool:
        place = self._place(video)
        if place.exists():
            self._form.take_over(place, video, self.out)
            return True
        return self._is_complete() or self._form.taken_over(video, self.out)

    @contextlib.contextmanager
    def part(self, video: Video) -> Iterator[Add]:
        """Takes the predictions of one video; it is there when the block has ended, and not if it failed."""
        place = self._place(video)
        with self._form.part(place, video, self._split) as add:
            yield add
        if place.exists():
            self._form.take_over(place, video, self.out)

    def missing(self) -> list[Video]:
        return [video for video in self._videos if not self.is_there(video)]

    def end(self, progress: Progress) -> list[Video]:
        """Put together what is there; gives the videos of the split that are not."""
        if isinstance(self._form, OneFile):
            return self._put_together(self._form, progress)
        missing = self.missing()
        if not missing:
            shutil.rmtree(self._parts, ignore_errors=True)
        return missing

    def _put_together(self, form: OneFile, progress: Progress) -> list[Video]:
        with locked(self._state / COMPLETE, progress):
            missing = self.missing()
            if self._is_complete():
                return missing
            places = [self._place(video) for video in self._videos]
            form.put_together([one for one in places if one.exists()], self._split, self.target)
            if not missing:
                (self._state / COMPLETE).touch()
                shutil.rmtree(self._parts)
        return missing

    def _is_complete(self) -> bool:
        return isinstance(self._form, OneFile) and (self._state / COMPLETE).exists() and self.target.exists()

    def _place(self, video: Video) -> Path:
        return self._form.place(self._parts, video.name)

    def _refuse_others(self) -> None:
        if self.out.exists() and (
            not self.out.is_dir() or any(path.name != RUN_RECORD for path in self.out.iterdir())
        ):
            raise UsageError(
                Problem(
                    Code.CANNOT_WRITE,
                    str(self.out),
                    expected="a new or empty folder, or one in which this run began",
                    found="something is there already" if self.out.is_dir() else "a file",
                    fix="choose another --out",
                )
            )
