"""Rules on what a PNG says of itself in its first bytes: quick enough for two hundred thousand files. Pixels
are not touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rvosbench.errors import Code, ProblemLog
from rvosbench.masks.planes import KernelError, PngHeader, Reason, read_header
from rvosbench.predictions.layout import largest_png
from rvosbench.protocols.pictures import report_labels_unreadable, report_refused
from rvosbench.validate.submission import Submission, stems_of

if TYPE_CHECKING:
    from rvosbench.progress import Progress
    from rvosbench.protocols.base import Wanted

_LENGTH = 33  # bytes: the signature and the first chunk
_GRAY, _PALETTE = 0, 3
_DEPTHS = (1, 2, 4, 8)

Size = tuple[int, int]


@dataclass
class Heads:
    """What was seen. `sizes` are those of the masks of a video of unknown size, `palettes` names some masks
    whose palette should be looked at."""

    checked: int = 0
    sizes: dict[str, Size] = field(default_factory=dict)
    palettes: list[tuple[Wanted, str]] = field(default_factory=list)


def check_heads(
    submission: Submission, wanted: Sequence[Wanted], log: ProblemLog, progress: Progress, palettes: int
) -> Heads:
    """The first bytes of every file that is asked for and there. Up to `palettes` masks with a palette are
    named in the answer."""
    seen = Heads()
    labels = submission.predictions is not None and submission.predictions.kind == "labels"
    known: dict[bytes, Reason | PngHeader] = {}
    for one in wanted:
        folder = submission.folder(one.name)
        if folder is not None:
            video = submission.split.videos[one.video]
            there = set(folder.names)
            stems = [stem for stem in stems_of(submission.split, one) if f"{stem}.png" in there]
            limit = largest_png(video.height, video.width)
            starts = folder.starts([f"{stem}.png" for stem in stems], _LENGTH, log, limit)
            read = [(stem, start) for stem, start in zip(stems, starts, strict=True) if start is not None]
            for start in {start for _, start in read}.difference(known):
                known[start] = _parsed(start)
            size = _size_of(submission, one, seen, (known[start] for _, start in read))
            _report(one, read, known, size, labels, log)
            _note_palettes(one, read, known, seen, palettes)
            seen.checked += len(read)
        progress.advance(len(one.frames))
    return seen


def is_fine(content: bytes, size: Size) -> bool:
    """Whether nothing was said about the first bytes of this file."""
    found = _parsed(content[:_LENGTH])
    return isinstance(found, PngHeader) and (found.height, found.width) == size


def _parsed(start: bytes) -> Reason | PngHeader:
    try:
        header = read_header(start)
    except KernelError as error:
        return error.reason
    if header.colour_type not in (_GRAY, _PALETTE) or header.depth not in _DEPTHS:
        return Reason.WRONG_MODE
    return header


def _size_of(
    submission: Submission, wanted: Wanted, seen: Heads, found: Iterable[Reason | PngHeader]
) -> Size | None:
    """That of the video; where it is not known, that of most masks of its first expression."""
    video = submission.split.videos[wanted.video]
    if video.height is not None and video.width is not None:
        return video.height, video.width
    if video.name not in seen.sizes:
        sizes = Counter((one.height, one.width) for one in found if isinstance(one, PngHeader))
        if sizes:
            seen.sizes[video.name] = sizes.most_common(1)[0][0]
    return seen.sizes.get(video.name)


def _report(
    wanted: Wanted,
    read: Iterable[tuple[str, bytes]],
    known: dict[bytes, Reason | PngHeader],
    size: Size | None,
    labels: bool,
    log: ProblemLog,
) -> None:
    for stem, start in read:
        found = known[start]
        if isinstance(found, PngHeader):
            if size is None or (found.height, found.width) == size:
                continue
            found = Reason.WRONG_SIZE
        where = f"{wanted.name}/{stem}" + (".png" if labels else "")
        if labels:
            report_labels_unreadable(where, KernelError(found), start, size or (0, 0), log)
        else:
            report_refused(where, found, start, size or (0, 0), log)


def _note_palettes(
    wanted: Wanted,
    read: Iterable[tuple[str, bytes]],
    known: dict[bytes, Reason | PngHeader],
    seen: Heads,
    most: int,
) -> None:
    for stem, start in read:
        if len(seen.palettes) >= most:
            return
        found = known[start]
        if isinstance(found, PngHeader) and found.colour_type == _PALETTE:
            seen.palettes.append((wanted, stem))


def size_unknown(submission: Submission, log: ProblemLog) -> None:
    """Without frames and ground truth no one can tell what size is right."""
    for name, video in submission.split.videos.items():
        if video.height is None or video.width is None:
            log.warn(
                Code.SIZE_UNKNOWN,
                name,
                expected="a split that knows the size of its videos",
                found="masks of this video can only be compared with each other",
                fix="convert the split again with --frames link",
            )
