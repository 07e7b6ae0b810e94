"""Is a converted split still what it was when it was made, and are its source and its frames still there?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rvosbench.errors import Code, Problem, ProblemLog
from rvosbench.io.frames import FramesError, open_frames
from rvosbench.io.manifest import AnnotationFile, Manifest
from rvosbench.io.tables import TABLES, open_table, table_path
from rvosbench.masks.rle import RleError, to_mask
from rvosbench.progress import Progress, Silent
from rvosbench.schema import ExpressionRecord, Mask, ObjectRecord, VideoRecord
from rvosbench.splits import source_files
from rvosbench.splits.checks import check_video
from rvosbench.splits.fingerprint import Fingerprint
from rvosbench.splits.split import Split, Video, open_folder

_CONVERT_AGAIN = "convert the split again"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`checked` counts what was looked at: rows, masks, frames, source files."""

    manifest: Manifest
    checked: Mapping[str, int]
    problems: tuple[Problem, ...]

    @property
    def healthy(self) -> bool:
        return not self.problems


def examine(folder: Path, *, deep: bool = False, progress: Progress | None = None) -> Diagnosis:
    """Every row, every mask, the presence of every frame. `deep` also decodes every frame and reads every
    source file for its checksum."""
    progress = progress or Silent()
    log = ProblemLog()
    split = open_folder(folder)
    checked = dict.fromkeys(("videos", "objects", "masks", "expressions", "frames", "source_files"), 0)
    _check_tables(split, log)
    digest = Fingerprint()
    ordered = sorted(split.videos.values(), key=lambda video: video.name)
    progress.start(f"doctor {split.manifest.dataset}:{split.manifest.split}", len(ordered), "video")
    for video in ordered:
        record = _record(video, split, log)
        check_video(record, log)
        digest.add(record)
        checked["videos"] += 1
        checked["objects"] += len(record.objects)
        checked["masks"] += sum(len(thing.masks) for thing in record.objects)
        checked["expressions"] += len(record.expressions)
        checked["frames"] += _check_frames(video, log, deep=deep)
        progress.advance()
    progress.finish()
    if digest.hexdigest() != split.manifest.fingerprint:
        log.add(
            Code.FINGERPRINT_DIFFERS,
            folder,
            expected=f"fingerprint {split.manifest.fingerprint[:8]}, as in the manifest",
            found=digest.hexdigest()[:8],
            fix=_CONVERT_AGAIN,
        )
    checked["source_files"] = _check_sources(split.manifest, log, deep=deep)
    return Diagnosis(split.manifest, checked, log.errors + log.warnings)


def _check_tables(split: Split, log: ProblemLog) -> None:
    for name, about in split.manifest.tables.items():
        path = table_path(split.folder, name)
        if name not in TABLES:
            continue
        rows = open_table(split.folder, name).metadata.num_rows
        if rows != about["rows"]:
            log.add(
                Code.SPLIT_DAMAGED,
                path,
                expected="as many rows as the manifest says",
                found=f"{rows} instead of {about['rows']}",
                fix=_CONVERT_AGAIN,
            )
        elif source_files.checksum(path) != about["sha256"]:
            log.add(
                Code.SPLIT_DAMAGED,
                path,
                expected="the file that the conversion wrote",
                found="other bytes",
                fix=_CONVERT_AGAIN,
            )


def _record(video: Video, split: Split, log: ProblemLog) -> VideoRecord:
    """The video as the records of the schema, each mask decoded and measured again."""
    masks: dict[str, list[Mask]] = {name: [] for name in video.objects}
    last = ("", -1)
    for name, row in video.mask_rows.measured(video.name) if video.mask_rows else ():
        where = f"{video.name}, object {name}, frame {row.frame}"
        if (name, row.frame) <= last or name not in masks:
            log.add(
                Code.ROWS_INCONSISTENT,
                where,
                expected="mask rows of listed objects, sorted by object and frame, each once",
                found="a row out of order" if name in masks else "an object that is not listed",
                fix=_CONVERT_AGAIN,
            )
        last = (name, row.frame)
        masks.setdefault(name, []).append(_measured_again(row, video, where, log))
    return VideoRecord(
        video=video.name,
        height=video.height,
        width=video.width,
        frames=video.frames,
        objects=tuple(
            ObjectRecord(one.name, one.source_id, one.category, one.role, tuple(masks[one.name]))
            for one in video.objects.values()
        ),
        expressions=tuple(
            ExpressionRecord(
                row["expression"],
                row["text"],
                None if row["objects"] is None else tuple(row["objects"]),
                row["annotator"],
                row["kind"],
                None if row["frames"] is None else tuple(row["frames"]),
            )
            for row in video.expression_rows
        ),
    )


def _measured_again(row: Mask, video: Video, where: str, log: ProblemLog) -> Mask:
    try:
        mask = to_mask(row.frame, row.counts, video.height or 0, video.width or 0)
    except RleError as error:
        log.add(
            Code.BAD_RLE, where, expected="a mask of the video's size", found=str(error), fix=_CONVERT_AGAIN
        )
        return row
    if mask != row:
        log.add(
            Code.ROWS_INCONSISTENT,
            where,
            expected="the area and the box of the mask",
            found=f"area {row.area} and box {row.bbox}",
            fix=_CONVERT_AGAIN,
        )
    return row


def _check_frames(video: Video, log: ProblemLog, *, deep: bool) -> int:
    """How many frames were found. The size is that of the first one, or of all with `deep`."""
    if video.frames_uri is None:
        return 0
    fix = "put the frames back where they were, or convert again with the folder they are in now"
    try:
        pictures = open_frames(video.frames_uri, video.folder, video.frames)
        missing = set(pictures.missing())
        for stem in sorted(missing):
            log.add(
                Code.MISSING_FRAME, f"{video.name}/{stem}", expected="every frame", found="not there", fix=fix
            )
        for index in range(len(video.frames) if deep else 1):
            if video.frames[index] not in missing:
                height, width = pictures.read(index).shape[:2]
                if (height, width) != (video.height, video.width):
                    log.add(
                        Code.WRONG_SIZE,
                        f"{video.name}/{video.frames[index]}",
                        expected="frames of the size of the masks",
                        found=f"{width}x{height} instead of {video.width}x{video.height}",
                        fix=fix,
                    )
    except FramesError as error:
        log.add(
            Code.UNREADABLE_FILE, video.name, expected="frames that can be read", found=str(error), fix=fix
        )
        return 0
    return len(video.frames) - len(missing)


def _check_sources(manifest: Manifest, log: ProblemLog, *, deep: bool) -> int:
    """How many annotation files of the release are still as they were. A release that was put away is fine:
    the split does not need it."""
    source = Path(manifest.source)
    if not source.exists():
        return 0
    root = source_files.root_of(source)
    return sum(_check_source(entry, root, log, deep=deep) for entry in manifest.annotations)


def _check_source(entry: AnnotationFile, root: Path, log: ProblemLog, *, deep: bool) -> int:
    path = root / entry.path
    try:
        now = source_files.stamp(path, root)
        changed = now.stamp != entry.stamp or now.files != entry.files
        # Times change when files are copied; contents decide.
        if (changed or deep) and (not now.files or source_files.checksum(path) != entry.sha256):
            log.warn(
                Code.SOURCE_CHANGED,
                path,
                expected="the annotation files that the split was made from",
                found="other contents" if now.files else "nothing there",
                fix="convert again to take the change over; the split itself is unharmed",
            )
    except OSError as error:
        log.warn(
            Code.SOURCE_CHANGED,
            path,
            expected="annotation files that can be read",
            found=str(error),
            fix="check the disk; the split itself is unharmed",
        )
        return 0
    return now.files
