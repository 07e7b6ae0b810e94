"""Ref-YouTube-VOS: sentences for the videos of YouTube-VOS, as released for the competitions since 2021.

Which of the listed videos a split has is a question of its own: see `ref_youtube_vos_videos`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from rvosbench.datasets.base import Dataset, DatasetInfo, Options, Release
from rvosbench.datasets.expression_masks import read_expression_masks
from rvosbench.datasets.label_maps import label_name, object_records, read_label_maps
from rvosbench.datasets.linking import Linked, Size, link_folder
from rvosbench.datasets.meta_expressions import MetaVideo, read_meta_expressions
from rvosbench.datasets.meta_objects import Categories, categories_of, read_meta_objects
from rvosbench.datasets.ref_youtube_vos_videos import choose_videos, meta_file
from rvosbench.errors import Code, ProblemLog
from rvosbench.progress import Silent
from rvosbench.schema import ExpressionRecord, ObjectRecord, Role, VideoRecord

_FIX_MAPPING = "give the file that belongs to this release"

INFO = DatasetInfo(
    id="ref-youtube-vos",
    title="Ref-YouTube-VOS",
    splits=("train", "valid", "test"),
    default_split="valid",
    licence="CC BY 4.0 for the annotations; the videos are for non-commercial research only",
    homepage="https://youtube-vos.org/dataset/rvos/",
    citation="""@inproceedings{seo2020urvos,
  title     = {{URVOS}: Unified Referring Video Object Segmentation Network with a Large-Scale Benchmark},
  author    = {Seo, Seonguk and Lee, Joon-Young and Han, Bohyung},
  booktitle = {European Conference on Computer Vision (ECCV)},
  year      = {2020}
}
""",
    layout="""SRC/
  meta_expressions/{train,valid,test}/meta_expressions.json
  train/JPEGImages/<video>/<frame>.jpg
  train/Annotations/<video>/<frame>.png                 palette PNG, pixel value = object
  train/meta.json                                       optional: categories of the objects
  valid/JPEGImages/<video>/<frame>.jpg
  valid/Annotations/<video>/<expression>/<frame>.png    optional: binary masks of each expression
  valid/Annotations/<video>/<frame>.png                 or palette PNGs, with --expressions FILE
  test/JPEGImages/<video>/<frame>.jpg
SRC may also be one meta_expressions.json alone, with --frames none.
""",
    predictions="""Annotations/<video>/<expression>/<frame>.png
One 8-bit gray PNG for every frame that meta_expressions.json lists, 0 background and 255 object, of the size
of the frame and named as listed (00000, 00005, ...). Valid has 202 videos with 834 expressions; masks of the
305 test videos may be there too and are ignored.
""",
    # Objects are not compared: 6,388 were published for train, and count only those that sentences name.
    published={
        "train": {"videos": 3471, "expressions": 12913},
        "valid": {"videos": 202, "expressions": 834, "frames": 5486, "samples": 22046},
        "test": {"videos": 305, "expressions": 1262},
    },
    takes=frozenset({"expressions"}),
)


@dataclass(frozen=True, slots=True)
class Masks:
    """The form of the masks, and a file in the form of train that names the object of each sentence: for
    train the meta file itself; masks of single expressions can do without."""

    form: Literal["label maps", "expression masks"]
    mapping: Mapping[str, MetaVideo] | None


@dataclass
class RefYoutubeVosRelease(Release):
    """The frames of a video lie in the first of `frame_folders` that has a folder for it."""

    annotations: Sequence[Path]
    meta: Mapping[str, MetaVideo]
    frame_folders: Sequence[Path]
    annotation_folder: Path
    options: Options
    masks: Masks | None
    ground_truth: bool
    categories: Categories | None
    notes: Mapping[str, Any]

    @property
    def videos(self) -> Sequence[str]:
        return list(self.meta)

    def read(self, video: str, log: ProblemLog) -> VideoRecord | None:
        meta = self.meta[video]
        found = self._found(meta, log)
        frames_uri, size = self._linked(meta, found.size, log)
        height, width = size or (None, None)
        sentences = [
            ExpressionRecord(one.expression, one.text, found.objects_of(one.expression, self.ground_truth))
            for one in meta.expressions
        ]
        return VideoRecord(
            video, height, width, meta.frames, frames_uri, None, found.objects, tuple(sentences)
        )

    def _found(self, meta: MetaVideo, log: ProblemLog) -> _Found:
        folder = self.annotation_folder / meta.video
        if self.masks is None:
            return _Found()
        named = _named(meta, self.masks.mapping, log)
        if self.masks.form == "label maps":
            maps = read_label_maps(folder, meta.frames, log)
            if maps is None:
                return _Found()
            categories = None if self.categories is None else self.categories.get(meta.video, {})
            objects = object_records(maps.masks, set(named.values()), categories, meta.video, log)
            return _Found(maps.size, objects, named)
        ids = [one.expression for one in meta.expressions]
        shown = read_expression_masks(folder, ids, meta.frames, named, log)
        categories = (self.categories or {}).get(meta.video, {})
        objects = tuple(
            ObjectRecord(name, name, categories.get(name), Role.TARGET, masks)
            for name, masks in shown.objects.items()
        )
        return _Found(shown.size, objects, shown.named)

    def _linked(self, meta: MetaVideo, size: Size | None, log: ProblemLog) -> Linked:
        places = [folder / meta.video for folder in self.frame_folders]
        place = next((path for path in places if os.path.isdir(path)), places[0])  # noqa: PTH112  (never raises)
        if self.masks is None or self.masks.form == "label maps":
            return link_folder(place, meta.frames, self.options, size, log)
        uri, found = link_folder(place, meta.frames, self.options, None, log)
        if size is not None and found is not None and found != size:
            log.warn(
                Code.WRONG_SIZE,
                place,
                expected="frames of the size of their masks",
                found=f"frames of {found[1]}x{found[0]}, masks of {size[1]}x{size[0]}",
                fix="nothing to do if the release is so: predictions must have the size of the masks",
            )
        return uri, size or found


@dataclass(frozen=True, slots=True)
class _Found:
    """What the annotations of one video show, and which object each expression means."""

    size: Size | None = None
    objects: tuple[ObjectRecord, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)

    def objects_of(self, expression: str, ground_truth: bool) -> tuple[str, ...] | None:
        if not ground_truth:
            return None
        return (self.named[expression],) if expression in self.named else ()


def _named(meta: MetaVideo, mapping: Mapping[str, MetaVideo] | None, log: ProblemLog) -> dict[str, str]:
    """Expression -> object, as far as there is a mapping."""
    if mapping is None:
        return {}
    entry = mapping.get(meta.video)
    known = {one.expression: one for one in entry.expressions} if entry else {}
    named = {}
    for sentence in meta.expressions:
        where = f"{meta.video}, expression {sentence.expression}"
        other = known.get(sentence.expression)
        if other is None:
            log.add(
                Code.UNKNOWN_OBJECT,
                where,
                expected="every expression of the split in the file of --expressions",
                found="it is not there",
                fix=_FIX_MAPPING,
            )
        elif other.text.split() != sentence.text.split():
            log.add(
                Code.BAD_STRUCTURE,
                where,
                expected="the same sentence under the same id in the file of --expressions",
                found=f"{other.text!r} for {sentence.text!r}",
                fix=_FIX_MAPPING,
            )
        elif name := label_name(other.more.get("obj_id"), where, log):
            named[sentence.expression] = name
    return named


class RefYoutubeVos(Dataset):
    info = INFO

    def splits_in(self, source: Path) -> tuple[str, ...]:
        if source.is_file():
            return (_split_of(source),)
        found = [split for split in INFO.splits if meta_file(source, split).is_file()]
        if "valid" in found and "test" not in found and (source / "test" / "JPEGImages").is_dir():
            found.append("test")
        return tuple(found)

    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> Release | None:
        if source.is_file() and (options.frames != "none" or split == "train"):
            log.add(
                Code.BAD_OPTION,
                source,
                expected="the folder of the release, which holds frames and annotations",
                found="one file",
                fix="give that folder; for valid and test a file alone is enough with --frames none",
            )
            return None
        chosen = choose_videos(source, split, log)
        if chosen is None:
            return None
        annotations = source / split / "Annotations"
        masks = _masks(annotations, split, chosen.meta, options, log)
        categories, described = _categories(source / split / "meta.json", split, masks, log)
        # Some keep the frames of test where YouTube-VOS has them, among those of valid.
        places = (split, "valid") if split == "test" else (split,)
        return RefYoutubeVosRelease(
            annotations=[*chosen.files, *described, *([annotations] if masks else [])],
            meta=chosen.meta,
            frame_folders=[source / place / "JPEGImages" for place in places],
            annotation_folder=annotations,
            options=replace(options, progress=Silent()),
            masks=masks,
            ground_truth=masks is not None,
            categories=categories,
            notes=chosen.notes | ({"masks": masks.form} if masks else {}),
        )


def _split_of(file: Path) -> str:
    """The split of a file that stands alone: what its folder says, else valid, the one that is asked for."""
    folder = file.absolute().parent.name
    return folder if folder in INFO.splits else INFO.default_split


def _masks(
    annotations: Path, split: str, meta: Mapping[str, MetaVideo], options: Options, log: ProblemLog
) -> Masks | None:
    """In which form the masks are there, and what says which objects the sentences mean."""
    if split == "train":
        if not annotations.is_dir():
            log.add(
                Code.MISSING_FILE,
                annotations,
                expected="the masks of train",
                found="no such folder",
                fix="extract train.zip of the release",
            )
        return Masks("label maps", meta)
    if split == "test":
        return None
    if not annotations.is_dir():
        if options.expressions is not None:
            log.add(
                Code.BAD_OPTION,
                options.expressions,
                expected=f"the masks that --expressions is about, in {annotations}",
                found="no such folder",
                fix="extract the annotations of valid there, or leave --expressions out",
            )
        return None
    mapping = None if options.expressions is None else read_meta_expressions(options.expressions, log)
    if _has_folder_per_expression(annotations, meta):
        return Masks("expression masks", mapping)
    if options.expressions is None:
        log.warn(
            Code.LEFT_OUT,
            annotations,
            expected="to know which object each expression means",
            found="label maps, but no file that says it",
            fix="give one with --expressions, in the form of the meta_expressions.json of train; "
            "without it valid has no ground truth",
        )
        return None
    return Masks("label maps", mapping)


def _has_folder_per_expression(annotations: Path, meta: Mapping[str, MetaVideo]) -> bool:
    return any(
        os.path.isdir(annotations / name / sentence.expression)  # noqa: PTH112  (raises for no name)
        for name, video in meta.items()
        for sentence in video.expressions
    )


def _categories(
    meta_json: Path, split: str, masks: Masks | None, log: ProblemLog
) -> tuple[Categories | None, Sequence[Path]]:
    """The categories of the objects, as far as the release or the file of --expressions has them, and the
    files of the release that were read for it."""
    if split == "train" and meta_json.is_file():
        return read_meta_objects(meta_json, log), [meta_json]
    if split == "train" or masks is None or masks.mapping is None:
        return None, []
    objects = {name: video.more.get("objects") for name, video in masks.mapping.items()}
    found = {
        name: categories_of(entry, f"--expressions: {name}", log)
        for name, entry in objects.items()
        if isinstance(entry, dict)
    }
    return found or None, []


REF_YOUTUBE_VOS = RefYoutubeVos()
