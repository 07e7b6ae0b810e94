"""Writes predictions in every form that is read: what reference models hand in.

    with open_writer(Path("predictions.zip"), split) as writer:
        for expression in split.expressions:
            writer.add(expression.video.name, expression.name, stems, masks)

What is written appears whole, when the block ends, or not at all. The same masks in the same order give the
same bytes.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from PIL import Image

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.io.tables import TableWriter
from rvosbench.masks import rle
from rvosbench.masks.png import palette
from rvosbench.predictions.image_ids import image_id, one_sentence_each
from rvosbench.predictions.parquet_checks import COLUMNS
from rvosbench.progress import Silent
from rvosbench.splits.staging import locked, staged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.splits.split import Split

    Masks = NDArray[np.bool_]  # [frames, height, width]

ROWS_PER_GROUP = 512  # as in a converted split: one video is then read by one small read
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can tell
_COMPRESSION = 1  # of PNG files: a mask hardly gets smaller by more


class PredictionWriter(ABC):
    """A context manager; without an error its target is there when the block has ended."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._begin(stack)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @abstractmethod
    def _begin(self, stack: contextlib.ExitStack) -> None:
        """Open the target; `stack` closes it, and is told of an error."""


class MaskWriter(PredictionWriter):
    @abstractmethod
    def add(
        self,
        video: str,
        expression: str,
        stems: Sequence[str],
        masks: Masks,
        scores: Sequence[float] | None = None,
        query: int = 0,
    ) -> None:
        """The masks of one query for these frames. Add one video after the other. Scores and further queries
        are for results that are ranked; files of masks have no room for them."""


class Pictures(ABC):
    """Takes PNG files, by a path with slashes."""

    @abstractmethod
    def put(self, path: str, content: bytes) -> None: ...


class _InFolder(Pictures):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[str] = set()

    def put(self, path: str, content: bytes) -> None:
        parent = path.rpartition("/")[0]
        if parent not in self._made:
            (self._folder / parent).mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        (self._folder / path).write_bytes(content)


class _InZip(Pictures):
    """Stored, not deflated: PNG is compressed already."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def put(self, path: str, content: bytes) -> None:
        entry = zipfile.ZipInfo(path, _EPOCH)
        entry.create_system, entry.external_attr = 3, 0o100644 << 16  # the same on every system
        self._archive.writestr(entry, content)


def _pictures(target: Path, stack: contextlib.ExitStack) -> Pictures:
    if target.suffix != ".zip":
        stack.enter_context(locked(target, Silent()))
        return _InFolder(stack.enter_context(staged(target)))
    path = stack.enter_context(whole_file(target))
    return _InZip(stack.enter_context(zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)))


@contextlib.contextmanager
def open_pictures(target: Path) -> Iterator[Pictures]:
    """Takes PNG files that are written already, into a folder, or into a zip if the target is named so."""
    with contextlib.ExitStack() as stack:
        yield _pictures(target, stack)


class PngTreeWriter(MaskWriter):
    """<video>/<expression>/<frame>.png, 8-bit gray, 0 and 255; in a zip if the target is named so."""

    def _begin(self, stack: contextlib.ExitStack) -> None:
        self._pictures = _pictures(self.target, stack)

    def add(
        self,
        video: str,
        expression: str,
        stems: Sequence[str],
        masks: Masks,
        scores: Sequence[float] | None = None,
        query: int = 0,
    ) -> None:
        if query:
            raise ValueError("a tree of PNG files holds one mask per frame, and no further queries")
        for stem, mask in zip(stems, masks, strict=True):
            self._pictures.put(f"{video}/{expression}/{stem}.png", mask_png(mask))


class PaletteTreeWriter(PredictionWriter):
    """anno_<annotator>/<video>/<frame>.png, 8-bit palette; in a zip if the target is named so."""

    def _begin(self, stack: contextlib.ExitStack) -> None:
        self._pictures = _pictures(self.target, stack)

    def add_labels(self, annotator: int, video: str, stems: Sequence[str], labels: NDArray[np.uint8]) -> None:
        """Label maps [frames, height, width]: 0 is background, each other value an object."""
        for stem, picture in zip(stems, labels, strict=True):
            self._pictures.put(f"anno_{annotator}/{video}/{stem}.png", label_png(picture))


class CocoWriter(MaskWriter):
    """A JSON list of results, one on each line."""

    def __init__(self, target: Path, split: Split) -> None:
        super().__init__(target)
        self._plain = one_sentence_each(split)

    def _begin(self, stack: contextlib.ExitStack) -> None:
        path = stack.enter_context(whole_file(self.target))
        self._file = stack.enter_context(path.open("w", encoding="utf-8"))
        self._between = ""
        self._file.write("[")
        stack.callback(self._end)

    def _end(self) -> None:
        self._file.write("\n]\n")

    def add(
        self,
        video: str,
        expression: str,
        stems: Sequence[str],
        masks: Masks,
        scores: Sequence[float] | None = None,
        query: int = 0,
    ) -> None:
        for stem, mask, score in _scored(stems, masks, scores):
            height, width = mask.shape
            result = {
                "image_id": image_id(video, None if self._plain else expression, stem),
                "category_id": 1,
                "segmentation": {"size": [height, width], "counts": rle.encode(mask).decode("ascii")},
                "score": score,
            }
            self._file.write(f"{self._between}\n{json.dumps(result, allow_nan=False)}")
            self._between = ","


class ParquetWriter(MaskWriter):
    """`predictions.parquet`: a row group ends with a video, so that one video can be read alone."""

    def _begin(self, stack: contextlib.ExitStack) -> None:
        path = stack.enter_context(whole_file(self.target))
        self._table = TableWriter(path, COLUMNS)
        self._video: str | None = None
        stack.callback(self._table.close)

    def add(
        self,
        video: str,
        expression: str,
        stems: Sequence[str],
        masks: Masks,
        scores: Sequence[float] | None = None,
        query: int = 0,
    ) -> None:
        for stem, mask, score in _scored(stems, masks, scores):
            height, width = mask.shape
            self.add_counts(video, expression, stem, rle.encode(mask), height, width, score, query)

    def add_counts(
        self,
        video: str,
        expression: str,
        stem: str,
        counts: bytes,
        height: int,
        width: int,
        score: float = 1.0,
        query: int = 0,
    ) -> None:
        """A mask that is encoded already."""
        if video != self._video and self._table.waiting >= ROWS_PER_GROUP:
            self._table.flush()
        self._video = video
        values = (video, expression, stem, query, score, height, width, counts)
        self._table.add(dict(zip(COLUMNS.names, values, strict=True)))


def open_writer(target: Path, split: Split) -> MaskWriter:
    """The form is in the name of the target: .zip, .json (COCO results), .parquet, or else a folder. A target
    that is there already is refused."""
    _check_target(target)
    match target.suffix:
        case ".json":
            return CocoWriter(target, split)
        case ".parquet":
            return ParquetWriter(target)
    return PngTreeWriter(target)


def open_label_writer(target: Path) -> PaletteTreeWriter:
    _check_target(target)
    return PaletteTreeWriter(target)


def mask_png(mask: NDArray[np.generic]) -> bytes:
    """8-bit gray, 0 and 255."""
    return _png(Image.fromarray(np.where(mask != 0, np.uint8(255), np.uint8(0))))


def label_png(labels: NDArray[np.uint8]) -> bytes:
    """8-bit palette, in the colours of DAVIS."""
    image = Image.fromarray(labels)
    image.putpalette(palette())
    return _png(image)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=_COMPRESSION)
    return file.getvalue()


def _scored(
    stems: Sequence[str], masks: Masks, scores: Sequence[float] | None
) -> Iterator[tuple[str, Masks, float]]:
    return zip(stems, masks, [1.0] * len(stems) if scores is None else map(float, scores), strict=True)


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A new file beside `target` which becomes `target` if the block ends well, and vanishes if not."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.new-", dir=target.parent)
    except OSError as error:
        raise _cannot_write(target, str(error.strerror)) from error
    os.close(handle)
    path = Path(name)
    try:
        yield path
        path.chmod(0o666 & ~_umask())
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _check_target(target: Path) -> None:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise _cannot_write(target, "something is there already")


def _cannot_write(target: Path, found: str) -> UsageError:
    return UsageError(
        Problem(
            Code.CANNOT_WRITE,
            str(target),
            expected="a place for new predictions",
            found=found,
            fix="choose another name, or remove what is there",
        )
    )
