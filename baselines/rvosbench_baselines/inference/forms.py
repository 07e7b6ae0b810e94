"""The forms in which a run hands in its predictions, and which of them a dataset wants.

Whatever the form, a video is written apart from the others, by the writers of the core, and is there whole or
not at all. Folders of pictures take it over when it is whole; files are put together from all that are there.
"""

from __future__ import annotations

import contextlib
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.predictions.writer import (
    CocoWriter,
    MaskWriter,
    PaletteTreeWriter,
    ParquetWriter,
    PngTreeWriter,
    open_pictures,
    whole_file,
)
from rvosbench.splits.staging import scratch
from rvosbench_baselines.base import Answer, Prediction
from rvosbench_baselines.inference.label_maps import LabelMaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.splits.split import Split, Video

Add = Callable[[Prediction], None]


class Form(ABC):
    name: str
    answers: tuple[Answer, ...] = ("masks",)
    """What it is made from, best first."""
    every_frame = False
    """Whether it needs all frames, and not only those that are scored."""

    @abstractmethod
    def place(self, parts: Path, video: str) -> Path:
        """Where a video that is whole lies, until it is taken over."""

    @abstractmethod
    def part(self, place: Path, video: Video, split: Split) -> contextlib.AbstractContextManager[Add]:
        """Writes one video; it is whole when the block has ended, and not there if it failed."""

    @abstractmethod
    def take_over(self, place: Path, video: Video, out: Path) -> None:
        """Move what is whole to where it belongs; nothing where all videos make one file."""

    @abstractmethod
    def taken_over(self, video: Video, out: Path) -> bool:
        """Whether a video is where it belongs."""


class PngForm(Form):
    """<video>/<expression>/<frame>.png"""

    name = "png"

    def place(self, parts: Path, video: str) -> Path:
        return parts / f"{video}.part"

    @contextlib.contextmanager
    def part(self, place: Path, video: Video, split: Split) -> Iterator[Add]:
        with PngTreeWriter(place) as writer:
            yield _masks_into(writer, video)

    def take_over(self, place: Path, video: Video, out: Path) -> None:
        _move(place / video.name, out / video.name)
        shutil.rmtree(place, ignore_errors=True)

    def taken_over(self, video: Video, out: Path) -> bool:
        return (out / video.name).is_dir()


class LabelForm(Form):
    """anno_<annotator>/<video>/<frame>.png"""

    name = "davis"
    answers = ("probabilities", "masks")
    every_frame = True

    def place(self, parts: Path, video: str) -> Path:
        return parts / f"{video}.part"

    @contextlib.contextmanager
    def part(self, place: Path, video: Video, split: Split) -> Iterator[Add]:
        with PaletteTreeWriter(place) as writer, scratch(place) as folder:
            maps = LabelMaps(video, folder)
            yield lambda prediction: maps.add(prediction.expression, prediction.frame, _soft(prediction))
            for annotator in maps.annotators:
                for stem, labels in zip(video.frames, maps.frames(annotator), strict=True):
                    writer.add_labels(annotator, video.name, [stem], labels[None])

    def take_over(self, place: Path, video: Video, out: Path) -> None:
        for folder in sorted(place.glob("anno_*")):
            (out / folder.name).mkdir(exist_ok=True)
            _move(folder / video.name, out / folder.name / video.name)
        shutil.rmtree(place, ignore_errors=True)

    def taken_over(self, video: Video, out: Path) -> bool:
        annotators = {one.annotator for one in video.expressions.values()}
        return all((out / f"anno_{annotator}" / video.name).is_dir() for annotator in annotators)


class OneFile(Form):
    """All videos in one file, made anew from their parts at the end of each run."""

    file: str
    """Its name."""

    @abstractmethod
    def put_together(self, parts: Sequence[Path], split: Split, target: Path) -> None:
        """The file, from the parts of all videos in their order."""

    def take_over(self, place: Path, video: Video, out: Path) -> None:
        return

    def taken_over(self, video: Video, out: Path) -> bool:
        return False


class ZipForm(OneFile):
    """A folder form, packed."""

    name = "zip"
    file = "predictions.zip"

    def __init__(self, inside: Form) -> None:
        self._inside = inside
        self.answers, self.every_frame = inside.answers, inside.every_frame

    def place(self, parts: Path, video: str) -> Path:
        return self._inside.place(parts, video)

    def part(self, place: Path, video: Video, split: Split) -> contextlib.AbstractContextManager[Add]:
        return self._inside.part(place, video, split)

    def put_together(self, parts: Sequence[Path], split: Split, target: Path) -> None:
        with open_pictures(target) as pictures:
            for part in parts:
                for path in sorted(part.rglob("*.png")):
                    pictures.put(path.relative_to(part).as_posix(), path.read_bytes())


class CocoForm(OneFile):
    """COCO results: every query with its score where the model gives them."""

    name = "coco"
    file = "predictions.json"
    answers = ("queries", "masks")

    def place(self, parts: Path, video: str) -> Path:
        return parts / f"{video}.json"

    @contextlib.contextmanager
    def part(self, place: Path, video: Video, split: Split) -> Iterator[Add]:
        with CocoWriter(place, split) as writer:
            yield _masks_into(writer, video)

    def put_together(self, parts: Sequence[Path], split: Split, target: Path) -> None:
        between = ""
        with whole_file(target) as path, path.open("w", encoding="utf-8") as file:
            file.write("[")
            for part in parts:
                with part.open(encoding="utf-8") as lines:
                    for line in lines:
                        if line.startswith("{"):  # a result on each, between brackets
                            file.write(f"{between}\n{line.rstrip().removesuffix(',')}")
                            between = ","
            file.write("\n]\n")


class ParquetForm(OneFile):
    """`predictions.parquet`"""

    name = "parquet"
    file = "predictions.parquet"

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self.answers = answers

    def place(self, parts: Path, video: str) -> Path:
        return parts / f"{video}.parquet"

    @contextlib.contextmanager
    def part(self, place: Path, video: Video, split: Split) -> Iterator[Add]:
        with ParquetWriter(place) as writer:
            yield _masks_into(writer, video)

    def put_together(self, parts: Sequence[Path], split: Split, target: Path) -> None:
        with ParquetWriter(target) as writer:
            for part in parts:
                for row in _rows(part):
                    writer.add_counts(
                        row["video"],
                        row["expression"],
                        row["frame"],
                        row["counts"],
                        row["height"],
                        row["width"],
                        row["score"],
                        row["query"],
                    )


def forms_of(dataset: str) -> dict[str, Form]:
    """Name -> form, for those that make sense for a dataset; the first is what its protocol wants."""
    from rvosbench.protocols.catalogue import default
    from rvosbench.protocols.samples import SampleProtocol

    protocol = default(dataset)
    ranked = isinstance(protocol, SampleProtocol)
    pictures: Form = LabelForm() if "labels" in protocol.info.kinds else PngForm()
    found: list[Form] = [pictures, *([] if isinstance(pictures, PngForm) else [PngForm()])]
    found += [ZipForm(pictures), ParquetForm(("queries", "masks") if ranked else ("masks",))]
    if ranked:
        found.insert(0, CocoForm())
    return {form.name: form for form in found}


def choose_form(name: str | None, dataset: str) -> Form:
    forms = forms_of(dataset)
    if name is None:
        return next(iter(forms.values()))
    if name not in forms:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--form {name}",
                expected=f"one of {', '.join(forms)} for {dataset}",
                found=name,
                fix=f"leave --form out for {next(iter(forms))}, which its protocol wants",
            )
        )
    return forms[name]


def _rows(part: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(part) as file:
        for batch in file.iter_batches():
            yield from batch.to_pylist()


def _move(source: Path, target: Path) -> None:
    """Another process on the same folder may be doing just this."""
    try:
        if not target.exists():
            source.rename(target)
    except OSError:
        if not target.exists():
            raise


def _masks_into(writer: MaskWriter, video: Video) -> Add:
    def add(prediction: Prediction) -> None:
        stems = [video.frames[prediction.frame]]
        if prediction.mask is not None:
            writer.add(video.name, prediction.expression, stems, prediction.mask[None])
        for place, query in enumerate(prediction.queries):
            writer.add(video.name, prediction.expression, stems, query.mask[None], [query.score], place)

    return add


def _soft(prediction: Prediction) -> NDArray[np.float32]:
    if prediction.probabilities is not None:
        return prediction.probabilities
    return np.asarray(prediction.mask, np.float32)
