"""From predictions in any form to the archive that a server wants. Nothing is resized, and nothing that is
missing is made up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, DatasetError, PredictionsRefused, Problem, ProblemLog, Severity, UsageError
from rvosbench.pack.video import Files, files_of
from rvosbench.pack.zip_file import ZipWriter
from rvosbench.predictions.recognise import recognise
from rvosbench.predictions.writer import whole_file
from rvosbench.progress import Progress, Silent
from rvosbench.protocols.catalogue import choose
from rvosbench.validate.decoding import in_turn
from rvosbench.validate.judgement import explained_refusal, judged
from rvosbench.validate.missing import WRITE, in_order, missing_predictions, wanted_of
from rvosbench.validate.rules import refused_by
from rvosbench.validate.run import validate
from rvosbench.validate.servers import Server, find

if TYPE_CHECKING:
    from rvosbench.predictions.base import Kind, Predictions
    from rvosbench.protocols.base import Wanted
    from rvosbench.splits.split import Split

_REPAIRED = {Code.WRAPPING_FOLDER, Code.FOREIGN_FILES, Code.PALETTE_UNLIKE_GRAY}
"""Warnings about the source that the archive gives no reason for any more."""


@dataclass(frozen=True, slots=True)
class Packed:
    """`form` is what was recognised in the source; `problems` are warnings."""

    file: Path
    server: Server
    form: str
    files: int
    size: int
    problems: tuple[Problem, ...]


def pack(
    source: Path,
    split: Split,
    server: str,
    out: Path,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Packed:
    """Writes the archive, and has it validated before it takes its name. Raises PredictionsRefused with
    everything that keeps it from being made."""
    judge = find(server, split.manifest.dataset)
    _check_target(out, force=force)
    return _Packing(Path(source), split, judge, progress or Silent()).into(out)


class _Packing:
    def __init__(self, source: Path, split: Split, server: Server, progress: Progress) -> None:
        self._split = split
        self._server = server
        self._progress = progress
        self._log = ProblemLog()
        try:
            self._predictions: Predictions = recognise(source, split)
            self._to: Kind = self._kind()
            self._wanted = self._all_there()
        except PredictionsRefused as error:
            raise PredictionsRefused(*explained_refusal(error.problems, source, split)) from None
        self._log.include(self._predictions.notes)

    def into(self, out: Path) -> Packed:
        with whole_file(out) as path:
            with path.open("wb") as file:
                archive = ZipWriter(file)
                self._progress.start("packing", self._frames, "mask")
                for files, every in zip(in_turn(self._work()), self._wanted.values(), strict=True):
                    self._log.include(files.log)
                    if not self._log.has_errors:
                        for name, content in files.found:
                            archive.add(self._place(name), content)
                    self._progress.advance(sum(len(one.frames) for one in every))
                self._progress.finish()
                archive.close()
            self._refuse_errors()
            verdict = validate(path, self._split, self._server.name, progress=self._progress)
            if not verdict.accepted:
                raise PredictionsRefused(*verdict.problems)
            size = path.stat().st_size
        return Packed(out, self._server, self._predictions.form, archive.files, size, tuple(self._warnings()))

    def _kind(self) -> Kind:
        """What is written: what the server reads."""
        found = self._predictions.kind
        wanted = self._server.kind or ("labels" if found == "labels" else "masks")
        ranked = self._server.kind is None and found == "queries"
        if ranked or (found == "labels" and wanted == "masks"):
            why = "ranked queries, of which files of masks can hold one" if ranked else self._predictions.form
            raise PredictionsRefused(
                Problem(
                    Code.WRONG_FORM,
                    str(self._predictions.source),
                    expected="masks of expressions, from which an archive of masks can be made",
                    found=why,
                    fix="hand it in as it is" if ranked else "write one mask for each expression",
                )
            )
        choose(None, self._split, found)  # or it is refused
        return wanted

    def _all_there(self) -> Mapping[str, Sequence[Wanted]]:
        """What is asked for of each video; everything that is missing is refused."""
        protocols = choose(None, self._split, self._predictions.kind).protocols
        log = ProblemLog()
        found = {}
        for name, video in self._split.videos.items():
            found[name] = wanted_of(video, self._predictions.kind, protocols)
            of_video = self._predictions.of_video(name)
            missing_predictions(video, found[name], of_video, Severity.ERROR, WRITE, log)
        if log.has_errors:
            raise PredictionsRefused(*in_order(log))
        return found

    @property
    def _frames(self) -> int:
        return sum(len(one.frames) for every in self._wanted.values() for one in every)

    def _work(self) -> Iterator[Callable[[], Files]]:
        for name, wanted in self._wanted.items():
            video = self._split.videos[name]
            if video.height is None or video.width is None:
                raise DatasetError(
                    Problem(
                        Code.NO_FRAMES,
                        name,
                        expected="a video of known size",
                        found="neither frames nor masks were there when it was converted",
                        fix="convert again with --frames link",
                    )
                )
            of_video = self._predictions.of_video(name)
            yield partial(files_of, video, video.size, wanted, of_video, self._predictions.kind, self._to)

    def _place(self, name: str) -> str:
        return f"{self._server.root}/{name}" if self._server.root else name

    def _refuse_errors(self) -> None:
        """Also what would become one mask without a word: a map of several objects."""
        found = [
            replace(one, severity=Severity.ERROR)
            if one.code is Code.LABEL_MAP and (one.code, one.severity) in refused_by(self._server.name)
            else one
            for one in self._log
        ]
        if any(one.severity is Severity.ERROR for one in found):
            raise PredictionsRefused(*judged(found, self._server))

    def _warnings(self) -> list[Problem]:
        return [one for one in self._log if one.code not in _REPAIRED]


def _check_target(out: Path, *, force: bool) -> None:
    found = None
    if out.suffix != ".zip":
        found = f"a name that ends in {out.suffix or 'nothing'}"
    elif out.is_dir():
        found = "a folder"
    elif out.exists() and not force:
        found = "something is there already"
    if found is not None:
        raise UsageError(
            Problem(
                Code.CANNOT_WRITE,
                str(out),
                expected="a new file whose name ends in .zip",
                found=found,
                fix="choose another name, or replace the file with --force",
            )
        )
