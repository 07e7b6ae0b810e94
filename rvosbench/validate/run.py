"""All rules on one submission, and the verdict of one server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rvosbench.errors import DatasetError, PredictionsRefused, Problem, ProblemLog, Severity
from rvosbench.progress import Progress, Silent
from rvosbench.protocols.catalogue import choose, default
from rvosbench.validate import names, root, suspicion
from rvosbench.validate.heads import check_heads, size_unknown
from rvosbench.validate.judgement import judged
from rvosbench.validate.missing import WRITE, Absent, in_order, missing_predictions, wanted_of
from rvosbench.validate.servers import OWN, Server, find
from rvosbench.validate.submission import Submission, open_submission
from rvosbench.validate.values import look_at_all, look_at_some

if TYPE_CHECKING:
    from rvosbench.protocols.base import Protocol, Wanted
    from rvosbench.splits.split import Split

SAMPLED = 200  # masks that are decoded where not all are
_PALETTES = 10  # of these, masks whose palette might hide them


@dataclass(frozen=True, slots=True)
class Verdict:
    """`form` is what was recognised, None if nothing was. `counts` says what was looked at."""

    dataset: str
    split: str
    server: Server
    form: str | None
    deep: bool
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]

    @property
    def accepted(self) -> bool:
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "split": self.split,
            "server": self.server.name,
            "accepted": self.accepted,
            "form": self.form,
            "deep": self.deep,
            "counts": dict(self.counts),
            "problems": [problem.as_json() for problem in self.problems],
        }


def validate(
    source: Path,
    split: Split,
    server: str = OWN,
    *,
    deep: bool = False,
    progress: Progress | None = None,
) -> Verdict:
    """Raises only what is wrong with the question: an unknown server, a split that cannot be scored."""
    judge = find(server, split.manifest.dataset)
    return _Examination(Path(source), split, judge, deep, progress or Silent()).verdict()


class _Examination:
    def __init__(self, source: Path, split: Split, server: Server, deep: bool, progress: Progress) -> None:
        self._split = split
        self._server = server
        self._deep = deep
        self._progress = progress
        self._log = ProblemLog()
        self._counts: dict[str, int] = {"videos": len(split.videos), "expressions": len(split.expressions)}
        self._submission: Submission = open_submission(source, split, self._log)

    def verdict(self) -> Verdict:
        found = self._submission.predictions
        explained = names.explain(self._submission, self._log)
        root.wrong_root(self._submission, self._server, self._log)
        root.wrong_form(self._submission, self._server, self._log)
        protocols = self._protocols()
        if found is not None and protocols:
            wanted = {
                name: wanted_of(video, found.kind, protocols) for name, video in self._split.videos.items()
            }
            self._missing(wanted, protocols)
            self._pictures(wanted)
        about = self._split.manifest
        return Verdict(
            about.dataset,
            about.split,
            self._server,
            None if found is None else found.form,
            self._deep,
            self._counts,
            tuple(judged(self._log, self._server, explained)),
        )

    def _protocols(self) -> Sequence[Protocol]:
        """That of the dataset, if it can score what was handed in."""
        official = default(self._split.manifest.dataset)
        if (obstacle := official.obstacle(self._split)) is not None:
            raise DatasetError(obstacle)
        if self._submission.predictions is None:
            return ()
        try:
            chosen = choose(None, self._split, self._submission.predictions.kind)
        except PredictionsRefused as error:
            self._log.include(error.problems)
            return ()
        return chosen.protocols

    def _missing(self, wanted: Mapping[str, Sequence[Wanted]], protocols: Sequence[Protocol]) -> None:
        found = self._submission.predictions
        if found is None:
            return
        log = ProblemLog()
        absent = [
            missing_predictions(
                self._split.videos[name], every, found.of_video(name), Severity.ERROR, WRITE, log
            )
            for name, every in wanted.items()
        ]
        self._counts["frames"] = sum(one.asked for one in absent)
        self._counts["missing"] = sum(one.missing for one in absent)
        self._log.include(_with_consequence(in_order(log), self._server, absent, wanted))

    def _pictures(self, wanted: Mapping[str, Sequence[Wanted]]) -> None:
        found = self._submission.predictions
        if found is None:
            return
        sizes: Mapping[str, tuple[int, int]] = {}
        palettes: list[tuple[Wanted, str]] = []
        every = [one for of_video in wanted.values() for one in of_video]
        log = ProblemLog()
        if self._submission.tree is not None:
            self._progress.start("headers", self._counts["frames"], "mask")
            seen = check_heads(self._submission, every, log, self._progress, _PALETTES)
            self._progress.finish()
            sizes, palettes = seen.sizes, seen.palettes
            self._counts["headers"] = seen.checked
            size_unknown(self._submission, self._log)
        if self._deep:
            # What the first bytes tell is found again, with all the rest.
            log = ProblemLog()
            self._look_at_all(wanted, sizes, log)
        elif self._submission.tree is not None:
            some = list(dict.fromkeys([*_spread(self._split, every, SAMPLED), *palettes]))
            sampled = ProblemLog()
            decoded = look_at_some(self._split, found, some, sizes, sampled)
            self._counts["decoded"] = decoded
            self._log.include(log)
            log = ProblemLog()
            log.include(_of_sample(problem, decoded) for problem in sampled)
        self._log.include(log)

    def _look_at_all(
        self,
        wanted: Mapping[str, Sequence[Wanted]],
        sizes: Mapping[str, tuple[int, int]],
        log: ProblemLog,
    ) -> None:
        found = self._submission.predictions
        if found is None:
            return
        self._progress.start("masks", self._counts["frames"], "mask")
        looked = look_at_all(self._split, found, wanted, sizes, log, self._progress)
        self._progress.finish()
        self._counts["decoded"] = looked.decoded
        for name in ("empty", "constant", "exact"):
            self._counts[name] = sum(getattr(one, name) is True for one in looked.signs)
        suspicion.judge(looked.signs, log)
        suspicion.equal_scores(looked.scores, found.source, log)


def _spread(split: Split, wanted: Sequence[Wanted], most: int) -> list[tuple[Wanted, str]]:
    """Some masks from all over the split: the middle frame of every n-th expression."""
    scored = [one for one in wanted if one.frames]
    step = max(1, -(-len(scored) // most))
    return [(one, split.videos[one.video].frames[one.frames[len(one.frames) // 2]]) for one in scored[::step]]


def _of_sample(problem: Problem, decoded: int) -> Problem:
    said = f"so in {problem.count:,} of {decoded:,} masks that were looked at; --deep looks at all"
    return replace(problem, found=f"{problem.found} ({said})")


def _with_consequence(
    problems: Iterable[Problem],
    server: Server,
    absent: Sequence[Absent],
    wanted: Mapping[str, Sequence[Wanted]],
) -> list[Problem]:
    """For MeViS, what becomes of missing predictions in the official mean."""
    found = list(problems)
    if server.name != "mevis" or not found:
        return found
    zero = sum(len(every) for one, every in zip(absent, wanted.values(), strict=True) if one.whole)
    dropped = sum(one.expressions for one in absent if not one.whole)
    does = [
        does
        for count, does in (
            (zero, f"score {zero:,} expressions as 0"),
            (dropped, f"silently drop {dropped:,} expressions from its mean"),
        )
        if count
    ]
    says = f"; the official script would {' and '.join(does)}"
    return [replace(found[0], found=found[0].found + says), *found[1:]]
