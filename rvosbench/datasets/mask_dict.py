"""`mask_dict.json`, the form in which MeViS and its kin keep masks:

{anno_id: [RLE or null, one for each frame of its video], ...}

That of a train split is half a gigabyte in the order of anno_ids, while the tables are in the order of
videos. So it is streamed once, and what it holds is laid aside in a scratch file from which the masks of one
video are fetched. Memory holds one object at a time, however large the file is.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from rvosbench.errors import Code, Problem, ProblemLog, RvosbenchError
from rvosbench.masks import rle
from rvosbench.masks.rle_batch import to_masks
from rvosbench.progress import Progress
from rvosbench.schema import Mask

_FIX = "download the file again"
_MAX_DEPTH = 6  # a well-formed file has 4: anno_ids, frames, mask, size
_MAX_SIDE = 65535  # the most that a JPEG can have
_ROWS = pa.schema([pa.field("frame", pa.int32(), False), pa.field("counts", pa.binary(), False)])


@dataclass(frozen=True, slots=True)
class Owner:
    """The video that an anno_id belongs to, and the number of its frames."""

    video: str
    frames: int


@dataclass
class SpilledMasks:
    """What a `mask_dict.json` holds of the wanted anno_ids. Can be pickled into worker processes."""

    source: str
    file: Path
    owners: Mapping[str, Owner]
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    """anno_id -> (offset, length) of its rows in `file`; an object that is never seen has none."""
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Video -> (height, width) of its masks, as the first of them says."""
    orphans: int = 0
    orphan_masks: int = 0

    def masks(self, anno_id: str, log: ProblemLog) -> tuple[Mask, ...]:
        """The masks of one object, checked and measured."""
        if anno_id not in self.places:
            return ()
        size = self.sizes[self.owners[anno_id].video]
        frames, counts = self._fetch(*self.places[anno_id])
        try:
            found = to_masks(frames, counts, *size)
        except rle.RleError:
            found = [
                self._mask(anno_id, frame, one, size, log) for frame, one in zip(frames, counts, strict=True)
            ]
        return tuple(mask for mask in found if mask is not None)

    def _mask(
        self, anno_id: str, frame: int, counts: bytes, size: tuple[int, int], log: ProblemLog
    ) -> Mask | None:
        try:
            return rle.to_mask(frame, counts, *size)
        except rle.RleError as error:
            log.add(
                Code.BAD_RLE,
                f"{self.source}: anno_id {anno_id}, frame {frame}",
                expected="COCO compressed counts that fill the stated size",
                found=str(error),
                fix=_FIX,
            )
        return None

    def _fetch(self, offset: int, length: int) -> tuple[list[int], list[bytes]]:
        """Read, not mapped: mapped pages count as memory of the process."""
        with self.file.open("rb") as file:
            file.seek(offset)
            batch = pa.ipc.read_record_batch(pa.py_buffer(file.read(length)), _ROWS)
        return batch.column("frame").to_pylist(), batch.column("counts").to_pylist()


def spill(
    path: Path, owners: Mapping[str, Owner], scratch: Path, progress: Progress, log: ProblemLog
) -> SpilledMasks:
    """Reads the whole file once. Reports everything that is wrong with it, and the wanted masks it lacks."""
    spilled = SpilledMasks(path.name, scratch / "masks.arrow", owners)
    seen: set[str] = set()
    with _SpillFile(spilled.file) as file:
        try:
            for anno_id, entry in _entries(path, progress):
                if anno_id in seen:
                    _report_twice(path.name, anno_id, log)
                elif anno_id in owners:
                    rows = _Entry(path.name, anno_id, owners[anno_id], log).rows(entry, spilled.sizes)
                    if rows:
                        spilled.places[anno_id] = file.add(rows)
                else:
                    spilled.orphans += 1
                    spilled.orphan_masks += sum(map(bool, entry)) if isinstance(entry, list) else 0
                seen.add(anno_id)
        except _Unreadable as error:
            log.include([error.problem])
        else:
            _report_unknown(path.name, {name: owners[name] for name in owners if name not in seen}, log)
    return spilled


def _report_twice(source: str, anno_id: str, log: ProblemLog) -> None:
    log.add(Code.DUPLICATE_ID, source, expected="each anno_id once", found=f"{anno_id} again", fix=_FIX)


def _report_unknown(source: str, missing: Mapping[str, Owner], log: ProblemLog) -> None:
    for anno_id, owner in missing.items():
        log.add(
            Code.UNKNOWN_MASK,
            source,
            expected="masks of every anno_id that an expression names",
            found=f"no anno_id {anno_id}, which video {owner.video} names",
            fix="take both files from the same release and split",
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    """The value of one anno_id, looked over before it is laid aside; the counts themselves are read later."""

    source: str
    anno_id: str
    owner: Owner
    log: ProblemLog

    def rows(self, entry: Any, sizes: dict[str, tuple[int, int]]) -> list[tuple[int, bytes]]:
        """(frame, counts) wherever there is a mask. The first mask of a video decides its size."""
        if not isinstance(entry, list):
            self._structure("", "a list with one mask or null for each frame", entry)
            return []
        if len(entry) != self.owner.frames:
            self.log.add(
                Code.WRONG_LENGTH,
                f"{self.source}: anno_id {self.anno_id}",
                expected="as many masks or nulls as the video has frames",
                found=f"{len(entry)} for the {self.owner.frames} frames of {self.owner.video}",
                fix="take both files from the same release and split",
            )
        rows = []
        empty = b""
        for frame, value in enumerate(entry):
            if not value:  # the official evaluator asks for truth, not for null
                continue
            read = self._read(frame, value)
            if read is None:
                continue
            size, counts = read
            if sizes.setdefault(self.owner.video, size) != size:
                self._wrong_size(frame, size, sizes[self.owner.video])
                continue
            empty = empty or rle.empty(*size)
            if counts != empty:
                rows.append((frame, counts))
        return rows

    def _read(self, frame: int, value: Any) -> tuple[tuple[int, int], bytes] | None:
        try:
            (height, width), counts = value["size"], value["counts"]
            if type(height) is type(width) is int and 0 < height <= _MAX_SIDE and 0 < width <= _MAX_SIDE:
                return (height, width), counts.encode()
        except (TypeError, KeyError, ValueError, AttributeError):
            pass
        self._structure(f", frame {frame}", '{"size": [height, width], "counts": "..."}', value)
        return None

    def _structure(self, where: str, expected: str, value: Any) -> None:
        self.log.add(
            Code.BAD_STRUCTURE,
            f"{self.source}: anno_id {self.anno_id}{where}",
            expected=expected,
            found=reprlib.repr(value),  # short, however long or deep the value is
            fix=_FIX,
        )

    def _wrong_size(self, frame: int, size: tuple[int, int], first: tuple[int, int]) -> None:
        self.log.add(
            Code.WRONG_SIZE,
            f"{self.source}: anno_id {self.anno_id}, frame {frame}",
            expected="masks of one size in one video",
            found=f"{size[1]}x{size[0]}, others in {self.owner.video} are {first[1]}x{first[0]}",
            fix=_FIX,
        )


class _Unreadable(Exception):
    def __init__(self, code: Code, path: Path, *, expected: str, found: str, fix: str = _FIX) -> None:
        super().__init__(found)
        self.problem = Problem(code, str(path), expected, found, fix, examples=(f"{path}: {found}",))


def _entries(path: Path, progress: Progress) -> Iterator[tuple[str, Any]]:
    """The keys and values of one huge JSON object, one at a time."""
    import ijson  # whoever only scores starts sooner

    try:
        with path.open("rb") as file:
            progress.start(path.name, path.stat().st_size, "byte")
            head = file.peek().lstrip()[:20]
            if head and not head.startswith(b"{"):
                raise _another_form(path, f"a file that begins with {head.decode(errors='replace')!r}")
            yield from _pairs(_Counted(file, progress.advance), path)
    except FileNotFoundError:
        raise _Unreadable(
            Code.MISSING_FILE,
            path,
            expected="the masks of the split",
            found="it is not there",
            fix="complete the release; `rvosbench describe DATASET` shows its layout",
        ) from None
    except OSError as error:
        raise _Unreadable(
            Code.UNREADABLE_FILE,
            path,
            expected="a file that can be read",
            found=str(error.strerror),
            fix="check its rights and the disk",
        ) from error
    except (ijson.JSONError, ValueError) as error:
        raise _not_json(path, str(error)) from error
    finally:
        progress.finish()


def _pairs(file: _Counted, path: Path) -> Iterator[tuple[str, Any]]:
    """Like `ijson.kvitems`, which a few kilobytes of `[` would bring to use all memory there is."""
    import ijson
    from ijson.common import ObjectBuilder

    depth, key, builder = 0, "", ObjectBuilder()
    for event, value in ijson.basic_parse(file, use_float=True):  # without it, absurd numbers end the process
        if depth == 0 and event in ("start_array", "number", "string", "boolean", "null"):
            raise _another_form(path, "a list or a single value")
        if depth == 1 and event == "map_key":
            key, builder = value, ObjectBuilder()
            continue
        if event in ("start_map", "start_array"):
            depth += 1
            if depth == 1:
                continue
        elif event in ("end_map", "end_array"):
            depth -= 1
            if depth == 0:
                continue
        if depth > _MAX_DEPTH:
            raise _another_form(path, f"something nested deeper at anno_id {key}")
        builder.event(event, value)
        if depth == 1:
            yield key, builder.value


def _another_form(path: Path, found: str) -> _Unreadable:
    return _Unreadable(Code.BAD_STRUCTURE, path, expected="an object of anno_ids, each a list", found=found)


def _not_json(path: Path, message: str) -> _Unreadable:
    if "UTF8" in message or "utf-8" in message:
        return _Unreadable(Code.NOT_UTF8, path, expected="text in utf-8", found="bytes that are not utf-8")
    found = message.strip().splitlines()[0].removeprefix("parse error: ").removeprefix("lexical error: ")
    if "trailing" not in found and "Additional" not in found and not _ends(path):
        found = f"the file ends too early, after {path.stat().st_size} bytes"
    return _Unreadable(Code.INVALID_JSON, path, expected="a whole JSON document", found=found)


def _ends(path: Path) -> bool:
    """Whether the file ends as an object does. What a parser says of a half word depends on the word."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 64))
        return file.read().rstrip().endswith(b"}")


@dataclass(frozen=True, slots=True)
class _Counted:
    """A file that tells how much of it was read."""

    file: BinaryIO
    advance: Callable[[int], None]

    def read(self, size: int = -1) -> bytes:
        content = self.file.read(size)
        self.advance(len(content))
        return content


class _SpillFile(AbstractContextManager["_SpillFile"]):
    """Record batches one after another, each of which can be fetched by its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0
        with self._writing():
            self._file = path.open("wb")

    def add(self, rows: list[tuple[int, bytes]]) -> tuple[int, int]:
        """The place of the rows: offset and length."""
        frames, counts = zip(*rows, strict=True)
        columns = [pa.array(frames, pa.int32()), pa.array(counts, pa.binary())]
        content = pa.RecordBatch.from_arrays(columns, schema=_ROWS).serialize()
        with self._writing():
            self._file.write(content)
        start = self._end
        self._end += content.size
        return start, content.size

    def __exit__(self, *_: object) -> None:
        with self._writing():
            self._file.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RvosbenchError(
                Problem(
                    Code.CANNOT_WRITE,
                    str(self._path),
                    expected="room for the masks while the split is converted",
                    found=str(error),
                    fix="free some space, or choose another disk with --data",
                )
            ) from error
