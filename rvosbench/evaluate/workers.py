"""Videos spread over processes. A process that dies is replaced and its video tried once more; if that dies
too, the run fails and says which video it was.

Written for this: the pools of the standard library do not tell which task a dead process was working on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING

from rvosbench._kernels import SlowKernelWarning
from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench.io.processes import deaf_to_interruptions

if TYPE_CHECKING:
    from rvosbench.evaluate.outcome import VideoOutcome
    from rvosbench.evaluate.plan import VideoTask
    from rvosbench.evaluate.video import Job
    from rvosbench.predictions.base import VideoPredictions

TRIES = 2
_STOPPING = 5.0  # seconds that a process is given to end by itself


@dataclass(frozen=True, slots=True)
class Failure:
    """What a worker sends instead of an outcome: an error that a user can meet, or a defect of ours."""

    kind: type[RvosbenchError] | None
    problems: tuple[Problem, ...]
    trace: str


class Worker:
    """A process and the video it is working on."""

    def __init__(self, job: Job) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_work, args=(theirs, job), daemon=True)
        with deaf_to_interruptions():
            self._process.start()
        theirs.close()  # so that the end of the process is the end of the connection
        self.task: VideoTask | None = None

    def give(self, task: VideoTask, predictions: VideoPredictions) -> None:
        self.task = task
        # A process that is dead already is found out when its answer is waited for.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send((task, predictions))

    def answer(self) -> VideoOutcome | Failure | None:
        """None if the process is dead."""
        try:
            answer: VideoOutcome | Failure = self.connection.recv()
        except (EOFError, ConnectionResetError):
            return None
        return answer

    def stop(self) -> None:
        self.connection.close()
        if self.task is not None:
            self._process.terminate()
        self._process.join(_STOPPING)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def score_in_workers(
    job: Job,
    tasks: Sequence[VideoTask],
    predictions_of: Callable[[str], VideoPredictions],
    workers: int,
) -> Iterator[VideoOutcome]:
    """The outcomes of all tasks, in the order in which they are done."""
    waiting = deque(tasks)
    tries = dict.fromkeys((task.place for task in tasks), 0)
    crew: dict[Connection, Worker] = {}

    def hire() -> None:
        worker = Worker(job)
        crew[worker.connection] = worker
        task = waiting.popleft()
        tries[task.place] += 1
        worker.give(task, predictions_of(task.video))

    try:
        for _ in range(min(workers, len(tasks))):
            hire()
        while crew:
            for connection in wait(list(crew)):
                worker = crew[connection]  # type: ignore[index]  # only connections were waited for
                answer, task = worker.answer(), worker.task
                worker.task = None
                if answer is None and task is not None:
                    _check_tries(task, tries[task.place])
                    waiting.appendleft(task)
                elif isinstance(answer, Failure):
                    _raise(answer, task)
                elif answer is not None:
                    yield answer
                if answer is not None and waiting:
                    task = waiting.popleft()
                    tries[task.place] += 1
                    worker.give(task, predictions_of(task.video))
                    continue
                del crew[worker.connection]
                worker.stop()
                if waiting:
                    hire()
    finally:
        for worker in crew.values():
            worker.stop()


def _work(connection: Connection, job: Job) -> None:
    """What a worker process does until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked at the start
    warnings.simplefilter("ignore", SlowKernelWarning)  # the parent has said it
    while True:
        try:
            task, predictions = connection.recv()
        except (EOFError, ConnectionResetError):
            return
        try:
            answer: VideoOutcome | Failure = job.score(task, predictions)
        except RvosbenchError as error:
            answer = Failure(type(error), error.problems, "")
        except Exception:
            answer = Failure(None, (), traceback.format_exc())
        try:
            connection.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            return


def _check_tries(task: VideoTask, tries: int) -> None:
    if tries >= TRIES:
        raise RvosbenchError(
            Problem(
                Code.WORKER_DIED,
                path=task.video,
                expected="a worker process that lives until the video is scored",
                found=f"{TRIES} of them were killed over it, perhaps for want of memory",
                fix="run again with --resume and --workers 1, or on a machine with more memory",
            )
        )


def _raise(failure: Failure, task: VideoTask | None) -> None:
    if failure.kind is not None:
        raise failure.kind(*failure.problems)
    raise RuntimeError(f"while scoring {task.video if task else 'a video'}:\n{failure.trace}")
