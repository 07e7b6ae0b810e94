"""Ref-DAVIS17: sentences by Khoreva et al. about the objects of DAVIS 2017, in its unsupervised annotations.

It comes as DAVIS itself beside four text files, or already converted to the form of Ref-YouTube-VOS, as the
field's converter leaves it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rvosbench.datasets import davis_sentences
from rvosbench.datasets.base import Dataset, DatasetInfo, Options, Release
from rvosbench.datasets.davis_sentences import expression, read_sentences
from rvosbench.datasets.label_maps import label_name, object_records, read_label_maps, stems_in
from rvosbench.datasets.linking import link_folder
from rvosbench.datasets.meta_expressions import MetaVideo, read_meta_expressions
from rvosbench.datasets.meta_objects import Categories, read_meta_objects
from rvosbench.errors import Code, ProblemLog
from rvosbench.io.frame_source import IMAGE_SUFFIXES
from rvosbench.io.json import expect, read_json, read_text
from rvosbench.masks.png import PngError, read_labels
from rvosbench.progress import Silent
from rvosbench.schema import ExpressionRecord, VideoRecord

VOID = 255
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
TEXTS = "davis_text_annotations"
META = "meta_expressions.json"
_FOLDERS = {"train": "train", "val": "valid"}  # split -> its name in the converted form

INFO = DatasetInfo(
    id="ref-davis17",
    title="Ref-DAVIS17",
    splits=("train", "val"),
    default_split="val",
    licence="BSD for DAVIS; none is stated for the sentences",
    homepage="https://www.mpi-inf.mpg.de/departments/computer-vision-and-machine-learning/research/"
    "video-segmentation/video-object-segmentation-with-language-referring-expressions",
    citation="""@inproceedings{khoreva2018video,
  title     = {Video Object Segmentation with Language Referring Expressions},
  author    = {Khoreva, Anna and Rohrbach, Anna and Schiele, Bernt},
  booktitle = {Asian Conference on Computer Vision (ACCV)},
  year      = {2018}
}
@article{ponttuset2017davis,
  title   = {The 2017 {DAVIS} Challenge on Video Object Segmentation},
  author  = {Pont-Tuset, Jordi and Perazzi, Federico and Caelles, Sergi and Arbel{\\'a}ez, Pablo and
             Sorkine-Hornung, Alexander and Van Gool, Luc},
  journal = {arXiv:1704.00675},
  year    = {2017}
}
""",
    layout="""SRC/
  DAVIS/JPEGImages/480p/<video>/<frame>.jpg
  DAVIS/Annotations_unsupervised/480p/<video>/<frame>.png   palette PNG, pixel value = object, 255 = void
  DAVIS/ImageSets/2017/{train,val}.txt
  DAVIS/davis_semantics.json                                optional: categories of the objects
  davis_text_annotations/Davis17_annot{1,2}{,_full_video}.txt
or, already converted to the form of Ref-YouTube-VOS:
SRC/
  meta_expressions/{train,valid}/meta_expressions.json
  {train,valid}/JPEGImages/<video>/<frame>.jpg
  {train,valid}/Annotations/<video>/<frame>.png
  {train,valid}/meta.json                                   optional: categories of the objects
""",
    predictions="""anno_0/<video>/<frame>.png ... anno_3/<video>/<frame>.png
For each of the four annotators one palette PNG per frame, all frames, of the size of the frame: pixel value =
object, 0 background, at most 20 objects. Which label stands for which object does not matter.
Or <video>/<expression>/<frame>.png: one 8-bit gray PNG for each expression, 0 background and 255 object;
expression 4k+a is what annotator a says of the k-th object.
""",
    published={
        "train": {"videos": 60},
        "val": {"videos": 30, "frames": 1999, "expressions": 244},
    },
)


@dataclass
class RefDavisRelease(Release):
    """`listed` are the frames of each video where a file lists them; otherwise they are its images."""

    annotations: Sequence[Path]
    sentences: Mapping[str, tuple[ExpressionRecord, ...]]
    listed: Mapping[str, tuple[str, ...]]
    annotation_folder: Path
    frame_folder: Path
    categories: Categories | None
    options: Options
    notes: dict[str, Any]
    ground_truth: bool = True

    @property
    def videos(self) -> Sequence[str]:
        return list(self.sentences)

    def prepare(self, options: Options, log: ProblemLog) -> None:
        """The official evaluator scores as many objects as the first frame has, named or not."""
        counts = {video: _objects_in_first_frame(self.annotation_folder / video) for video in self.videos}
        self.notes["objects_in_first_frame"] = {
            video: count for video, count in sorted(counts.items()) if count
        }

    def read(self, video: str, log: ProblemLog) -> VideoRecord | None:
        stems = self.listed[video] if video in self.listed else self._stems(video, log)
        maps = read_label_maps(self.annotation_folder / video, stems, log)
        if maps is None:
            return None
        sentences = self.sentences[video]
        named = {name for sentence in sentences for name in sentence.objects or ()}
        categories = None if self.categories is None else self.categories.get(video, {})
        objects = object_records(maps.masks, named, categories, video, log, void=VOID)
        frames_uri, size = link_folder(self.frame_folder / video, stems, self.options, maps.size, log)
        height, width = size or (None, None)
        return VideoRecord(video, height, width, stems, frames_uri, None, objects, sentences)

    def _stems(self, video: str, log: ProblemLog) -> tuple[str, ...]:
        """The frames of a video: those that are images, else those that are annotated."""
        folder = self.annotation_folder / video
        annotated = stems_in(folder, (".png",), ProblemLog()) or set()
        images: set[str] | None = None
        if self.options.frames == "link":
            images = stems_in(self.frame_folder / video, IMAGE_SUFFIXES, ProblemLog())
        for stem in sorted(annotated - images) if images else ():
            log.add(
                Code.MISSING_FRAME,
                folder / f"{stem}.png",
                expected="an image for every label map",
                found="there is none",
                fix="extract the frames of the release again, or convert with --frames none",
            )
        return tuple(sorted(images or annotated))


def _objects_in_first_frame(folder: Path) -> int:
    """What cannot be read counts as 0: reading the video will say what is wrong with it."""
    stems = stems_in(folder, (".png",), ProblemLog())
    try:
        labels = read_labels(folder / f"{min(stems)}.png") if stems else None
    except PngError:
        return 0
    return 0 if labels is None else int(labels[labels != VOID].max(initial=0))


class RefDavis(Dataset):
    info = INFO

    def splits_in(self, source: Path) -> tuple[str, ...]:
        davis, texts = _davis(source), _texts(source)
        if davis is not None and texts is not None:
            return tuple(split for split in INFO.splits if _list(davis, split).is_file())
        return tuple(split for split in INFO.splits if _converted(source, split).is_file())

    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> Release | None:
        options = replace(options, progress=Silent())
        davis, texts, converted = _davis(source), _texts(source), _converted(source, split)
        if davis is not None and texts is not None:
            return _open_davis(davis, texts, split, options, converted.is_file(), log)
        if converted.is_file():
            return _open_converted(source, split, options, log)
        log.add(
            Code.MISSING_FILE,
            source,
            expected=f"DAVIS and {TEXTS}, or meta_expressions/{_FOLDERS[split]}/{META}",
            found=f"{'DAVIS' if davis else 'no Annotations_unsupervised/480p of DAVIS'}, "
            f"{'' if texts else 'no '}{TEXTS}, no {META}",
            fix="complete the release: `rvosbench describe ref-davis17` shows both layouts",
        )
        return None


def _davis(source: Path) -> Path | None:
    """The folder of DAVIS with its masks. The field's converter moves them away and leaves empty folders."""
    for folder in (source, source / "DAVIS"):
        if _folders_in(_masks(folder)):
            return folder
    return None


def _masks(davis: Path) -> Path:
    return davis / "Annotations_unsupervised" / "480p"


def _folders_in(path: Path) -> set[str]:
    try:
        return {entry.name for entry in path.iterdir() if entry.is_dir()}
    except OSError:
        return set()


def _texts(source: Path) -> Path | None:
    """The folder of the text files, which lies in or beside the one of DAVIS."""
    places = (source / TEXTS, source / "DAVIS" / TEXTS, source.parent / TEXTS)
    return next((path for path in places if path.is_dir()), None)


def _list(davis: Path, split: str) -> Path:
    return davis / "ImageSets" / "2017" / f"{split}.txt"


def _converted(source: Path, split: str) -> Path:
    return source / "meta_expressions" / _FOLDERS[split] / META


def _open_davis(
    davis: Path, texts: Path, split: str, options: Options, both: bool, log: ProblemLog
) -> RefDavisRelease | None:
    videos = _read_list(_list(davis, split), log)
    if videos is None:
        return None
    masks = _masks(davis)
    known = _folders_in(masks).union(videos)
    for other in INFO.splits:
        known.update(_read_list(_list(davis, other), ProblemLog()) or ())
    semantics = davis / "davis_semantics.json"
    described = [semantics] if semantics.is_file() else []
    notes = {"form": "DAVIS with its text files"}
    if both:
        notes["form"] += "; the converted form beside it was not read"
    return RefDavisRelease(
        annotations=[
            _list(davis, split),
            *(texts / name for name, _ in davis_sentences.FILES),
            *described,
            *(masks / video for video in videos),
        ],
        sentences=read_sentences(texts, videos, known, log),
        listed={},
        annotation_folder=masks,
        frame_folder=davis / "JPEGImages" / "480p",
        categories=_read_semantics(semantics, log) if described else None,
        options=options,
        notes=notes,
    )


def _read_list(path: Path, log: ProblemLog) -> list[str] | None:
    text = read_text(path, log)
    if text is None:
        return None
    videos = text.split()
    if not videos:
        log.add(
            Code.NOTHING_FOUND,
            path,
            expected="the videos of the split",
            found="none",
            fix="download the file again",
        )
    for video in sorted({video for video in videos if videos.count(video) > 1}):
        log.add(
            Code.DUPLICATE_ID, path, expected="each video once", found=video, fix="download the file again"
        )
    return videos


def _read_semantics(path: Path, log: ProblemLog) -> Categories:
    """`davis_semantics.json`: {video: {label: category}}"""
    document = read_json(path, log)
    if document is None or expect(document, dict, path, log) is None:
        return {}
    found: dict[str, dict[str, str]] = {}
    for video, entry in document.items():
        if expect(entry, dict, f"{path}: {video}", log) is not None:
            named = {
                name: expect(value, str, f"{path}: {video}: {name}", log) for name, value in entry.items()
            }
            found[video] = {name: category for name, category in named.items() if category is not None}
    return found


def _open_converted(source: Path, split: str, options: Options, log: ProblemLog) -> RefDavisRelease | None:
    path = _converted(source, split)
    meta = read_meta_expressions(path, log)
    if meta is None:
        return None
    folder = source / _FOLDERS[split]
    meta_json = folder / "meta.json"
    described = [meta_json] if meta_json.is_file() else []
    return RefDavisRelease(
        annotations=[path, *described, folder / "Annotations"],
        sentences={name: _converted_expressions(video, log) for name, video in meta.items()},
        listed={name: video.frames for name, video in meta.items()},
        annotation_folder=folder / "Annotations",
        frame_folder=folder / "JPEGImages",
        categories=read_meta_objects(meta_json, log) if described else None,
        options=options,
        notes={"form": "converted to the form of Ref-YouTube-VOS"},
    )


def _converted_expressions(meta: MetaVideo, log: ProblemLog) -> tuple[ExpressionRecord, ...]:
    """Expression k is by annotator k modulo 4."""
    found = []
    for one in meta.expressions:
        where = f"{meta.video}, expression {one.expression}"
        name = label_name(one.more.get("obj_id"), where, log)
        if not _NUMBER.fullmatch(one.expression):
            log.add(
                Code.BAD_NAME,
                where,
                expected="expressions numbered from 0, four for each object",
                found=repr(one.expression),
                fix="convert DAVIS and its text files instead",
            )
        elif name is not None:
            found.append(expression(int(one.expression), one.text, name))
    return tuple(found)


REF_DAVIS17 = RefDavis()
