"""Long-RVOS: sentences about videos of a minute, in which objects leave, return and are hidden.

Every object has a folder of binary masks, one PNG for each frame in which it can be seen: a file that is not
there says that the object is not there. A sentence means one object and is static, dynamic or hybrid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rvosbench.datasets.base import Dataset, DatasetInfo, Options, Release
from rvosbench.datasets.label_maps import read_label_maps, stems_in
from rvosbench.datasets.linking import Size, link_folder
from rvosbench.datasets.meta_expressions import MetaExpression, MetaVideo, read_meta_expressions
from rvosbench.errors import Code, ProblemLog, Severity
from rvosbench.progress import Silent
from rvosbench.schema import ExpressionRecord, Mask, ObjectRecord, Role, VideoRecord

META = "meta_expressions.json"
KINDS = ("static", "dynamic", "hybrid")
MAY_LACK_MASKS = "test"  # whether its masks are there differs between copies of the release
NOT_SCORED = "train"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
_FIX_MASKS = "extract the annotations of the release again"
_FIX_SENTENCES = "compare the file with the official release; download it again if it differs"

INFO = DatasetInfo(
    id="long-rvos",
    title="Long-RVOS",
    splits=("train", "valid", "test"),
    default_split="valid",
    licence="Apache-2.0, as its page on the Hugging Face hub says",
    homepage="https://isee-laboratory.github.io/Long-RVOS/",
    citation="""@article{liang2025longrvos,
  title   = {{Long-RVOS}: A Comprehensive Benchmark for Long-term Referring Video Object Segmentation},
  author  = {Liang, Tianming and Jiang, Haichao and Yang, Yuting and Tan, Chaolei and Li, Shuai and
             Zheng, Wei-Shi and Hu, Jian-Fang},
  journal = {arXiv preprint arXiv:2505.12702},
  year    = {2025}
}
""",
    layout="""SRC/
  {train,valid,test}/
    meta_expressions.json
    JPEGImages/<video>/<frame>.jpg              not needed with --frames none
    Annotations/<video>/<object>/<frame>.png    binary masks; none where the object cannot be seen; test may
                                                lack the whole folder
""",
    predictions="""<video>/<expression>/<frame>.png
One 8-bit gray PNG for every frame that meta_expressions.json lists, 0 background and 255 object, of the size
of the frame and named as listed. A frame in which the target cannot be seen is answered by an empty mask.
""",
    # Objects and expressions were published only for all splits together: 6,703 and 24,689.
    published={"train": {"videos": 1855}, "valid": {"videos": 112}, "test": {"videos": 226}},
)


@dataclass
class LongRvosRelease(Release):
    """`found` is what is wrong with the file of sentences, to be reported together with what is wrong with
    the masks. `needs_kind`: the evaluation of this split takes each type of sentence apart."""

    annotations: Sequence[Path]
    folder: Path
    listed: Mapping[str, MetaVideo]
    options: Options
    ground_truth: bool
    needs_kind: bool
    found: ProblemLog
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def videos(self) -> Sequence[str]:
        return list(self.listed)

    def prepare(self, options: Options, log: ProblemLog) -> None:
        log.include(self.found)

    def read(self, video: str, log: ProblemLog) -> VideoRecord:
        meta = self.listed[video]
        expressions = tuple(self._expression(video, one, log) for one in meta.expressions)
        size: Size | None = None
        objects: tuple[ObjectRecord, ...] = ()
        if self.ground_truth:
            named = {name for one in expressions for name in one.objects or ()}
            size, objects = _read_objects(self.folder / "Annotations" / video, meta.frames, named, log)
        pictures = self.folder / "JPEGImages" / video
        uri, size = link_folder(pictures, meta.frames, self.options, size, log)
        height, width = size or (None, None)
        return VideoRecord(video, height, width, meta.frames, uri, objects=objects, expressions=expressions)

    def _expression(self, video: str, meta: MetaExpression, log: ProblemLog) -> ExpressionRecord:
        where = f"{META}: {video}, expression {meta.expression}"
        kind = _kind(meta.more, where, log, needed=self.needs_kind)
        if not self.ground_truth:
            return ExpressionRecord(meta.expression, meta.text, None, kind=kind)
        name = _object_name(meta.more.get("obj_id"), where, log)
        return ExpressionRecord(meta.expression, meta.text, () if name is None else (name,), kind=kind)


def _kind(more: Mapping[str, Any], where: str, log: ProblemLog, *, needed: bool) -> str | None:
    kind = more.get("type")
    if kind in KINDS:
        return str(kind)
    harmless = "type" not in more and not needed
    log.add(
        Code.BAD_STRUCTURE,
        where,
        expected="a type: " + ", ".join(KINDS),
        found=repr(kind)[:80] if "type" in more else "none",
        fix="nothing to do if the release is so: the sentence has no kind" if harmless else _FIX_SENTENCES,
        severity=Severity.WARNING if harmless else Severity.ERROR,
    )
    return None


def _object_name(value: object, where: str, log: ProblemLog) -> str | None:
    """The `obj_id` of a sentence as the name of a folder. The official evaluator takes it as it stands, the
    loader as a number; where the two differ, as for 01, it is a problem."""
    text = str(value)
    if _NUMBER.fullmatch(text):
        return text
    log.add(
        Code.BAD_STRUCTURE,
        where,
        expected="an obj_id: the number that is the name of a folder of masks",
        found=repr(value)[:80],
        fix=_FIX_SENTENCES,
    )
    return None


def _read_objects(
    folder: Path, stems: Sequence[str], named: set[str], log: ProblemLog
) -> tuple[Size | None, tuple[ObjectRecord, ...]]:
    """Every object that has a folder or that a sentence names, in the order of their numbers."""
    there = stems_in(folder, ("",), log)  # folders, which have no suffix
    numbers = {name for name in there or () if _NUMBER.fullmatch(name)}
    for name in sorted((there or set()) - numbers):
        log.warn(
            Code.LEFT_OUT,
            folder / name,
            expected="folders that are named by the numbers of objects",
            found="another name",
            fix="nothing to do if it is not part of the release",
        )
    size: Size | None = None
    records = []
    for name in sorted(numbers | named, key=int):
        masks: tuple[Mask, ...] = ()
        if name in numbers:
            size, masks = _read_masks(folder / name, stems, size, log)
        elif there is not None:
            log.add(
                Code.MISSING_FILE,
                folder / name,
                expected="a folder of masks for every object that a sentence names",
                found="none",
                fix=_FIX_MASKS,
            )
        role = Role.TARGET if name in named else Role.DISTRACTOR
        records.append(ObjectRecord(name, name, None, role, masks))
    return size, tuple(records)


def _read_masks(
    folder: Path, stems: Sequence[str], size: Size | None, log: ProblemLog
) -> tuple[Size | None, tuple[Mask, ...]]:
    """The masks of one object, and their size. The release has 255 for the object; like the official
    evaluator this takes whatever is not 0."""
    there = stems_in(folder, (".png",), log)
    if there is None:
        return size, ()
    _check_names(folder, there, stems, log)
    own = ProblemLog()
    maps = read_label_maps(folder, stems, own, size=size, every_frame=False)
    log.include(own)
    if maps is None:
        return size, ()
    if len(maps.masks) > 1:
        log.add(
            Code.WRONG_MODE,
            folder,
            expected="binary masks: background 0 and one value for the object",
            found="the values " + ", ".join(map(str, list(maps.masks)[:5])),
            fix="use the masks as released; masks that were resized smoothly have lost their edges",
        )
    if not maps.masks and len(maps.missing) < len(stems) and not own.has_errors:
        log.warn(
            Code.UNKNOWN_OBJECT,
            folder,
            expected="an object that can be seen in some frame",
            found="masks without any pixel",
            fix="nothing to do if the release is so: the object is kept without masks",
        )
    return maps.size, next(iter(maps.masks.values()), ())


def _check_names(folder: Path, there: set[str], stems: Sequence[str], log: ProblemLog) -> None:
    others = there.difference(stems)
    found = f"{len(others)} others, such as {min(others)}.png" if others else "none"
    if len(others) == len(there):
        log.add(
            Code.NOTHING_FOUND,
            folder,
            expected="masks named after the frames of the video",
            found=found,
            fix=_FIX_MASKS,
        )
    elif others:
        log.warn(
            Code.LEFT_OUT,
            folder,
            expected=f"masks of frames that {META} lists, and no others",
            found=found,
            fix="nothing to do if the release is so: the official evaluator does not read them",
        )


class LongRvos(Dataset):
    info = INFO

    def splits_in(self, source: Path) -> tuple[str, ...]:
        return tuple(split for split in INFO.splits if (source / split / META).is_file())

    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> LongRvosRelease | None:
        folder = source / split
        found = ProblemLog()
        listed = read_meta_expressions(folder / META, found)
        masks = folder / "Annotations"
        ground_truth = masks.is_dir()
        if not ground_truth and split != MAY_LACK_MASKS:
            found.add(
                Code.MISSING_FILE,
                masks,
                expected=f"the masks of {split}",
                found="no such folder",
                fix=f"extract Annotations.tar.gz of {split}",
            )
            listed = None
        if listed is None:
            log.include(found)
            return None
        return LongRvosRelease(
            annotations=[folder / META, *([masks] if ground_truth else [])],
            folder=folder,
            listed=listed,
            options=replace(options, progress=Silent()),
            ground_truth=ground_truth,
            needs_kind=ground_truth and split != NOT_SCORED,
            found=found,
        )


LONG_RVOS = LongRvos()
