"""MeViS: sentences about motion. Version 1 (2023), and version 2 (2024), which adds sentences without target.

All masks of a split are in one file, `mask_dict.json`, keyed by anno_id; a sentence means the union of the
masks of its anno_ids. Masks that no sentence names belong to no video, and are only counted.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rvosbench.datasets.base import Dataset, DatasetInfo, Options, Release
from rvosbench.datasets.linking import Linked, Size, link_folder, link_tar
from rvosbench.datasets.mask_dict import SpilledMasks, spill
from rvosbench.datasets.meta_expressions import read_meta_expressions
from rvosbench.datasets.mevis_sentences import Sentences, never_visible, owners, read_sentences
from rvosbench.errors import Code, ProblemLog
from rvosbench.io.frame_source import FramesError
from rvosbench.progress import Silent
from rvosbench.schema import ObjectRecord, Role, VideoRecord

META_NAMES = ("meta_expressions.json", "meta_expressions_v2.json", "meta_expressions_v2_release.json")
MASKS = "mask_dict.json"
FRAMES = "JPEGImages"
HIDDEN = frozenset({"valid"})
FEW = 3  # videos that are looked for in a tar to know how it is laid out


@dataclass
class MevisRelease(Release):
    """`found` holds what is wrong with the sentences, to be reported together with what is wrong with the
    masks. `options` is without its progress, which does not travel to worker processes."""

    annotations: Sequence[Path]
    folder: Path
    meta: Mapping[str, Sentences]
    options: Options
    ground_truth: bool
    source: str
    found: ProblemLog
    notes: dict[str, Any] = field(default_factory=dict)
    masks: SpilledMasks | None = None
    tar_index: Path | None = None
    tar_root: str = FRAMES
    """The folder of the tar that holds the folders of the videos."""

    @property
    def videos(self) -> Sequence[str]:
        return list(self.meta)

    def prepare(self, options: Options, log: ProblemLog) -> None:
        log.include(self.found)
        if self.ground_truth:
            wanted = owners(self.meta, self.source, log)
            self.masks = spill(self.folder / MASKS, wanted, options.scratch, options.progress, log)
            self.notes |= _notes(self.masks, self.meta)
        if options.frames == "link":
            self._find_frames(options, log)

    def _find_frames(self, options: Options, log: ProblemLog) -> None:
        """Frames in a folder are used as they are; a tar is indexed once, for all videos and for later."""
        folder, tar = self.folder / FRAMES, self.folder / f"{FRAMES}.tar"
        if folder.is_dir():
            return
        if not tar.is_file():
            self.options = replace(self.options, frames="none")  # or every video would report it again
            log.add(
                Code.MISSING_FILE,
                folder,
                expected=f"the frames of the split in {FRAMES} or {FRAMES}.tar",
                found="neither",
                fix="complete the release, or convert with --frames none",
            )
            return
        from rvosbench.io.frames import INDEX_NAME, write_tar_index  # whoever only scores starts sooner

        index = options.scratch / INDEX_NAME
        options.progress.start(tar.name, tar.stat().st_size, "byte")
        try:
            write_tar_index(tar, index, options.progress.advance)
            self.tar_root = self._root_in(tar, index)
            self.tar_index = index
        except FramesError as error:
            self.options = replace(self.options, frames="none")
            log.include(error.problems)
        finally:
            options.progress.finish()

    def _root_in(self, tar: Path, index: Path) -> str:
        """That of the release is `JPEGImages`; tars packed again may hold more or fewer folders."""
        from rvosbench.io.frames import members_below

        for root in (FRAMES, f"{self.folder.name}/{FRAMES}", ""):
            for video in list(self.meta)[:FEW]:
                if members_below(tar, _inside(root, video), index):
                    return root
        return FRAMES

    def read(self, video: str, log: ProblemLog) -> VideoRecord:
        sentences = self.meta[video]
        size = self.masks.sizes.get(video) if self.masks else None
        uri, size = self._link(video, sentences.frames, size, log)
        return VideoRecord(
            video=video,
            height=size[0] if size else None,
            width=size[1] if size else None,
            frames=sentences.frames,
            frames_uri=uri,
            objects=tuple(
                ObjectRecord(
                    object=anno_id,
                    source_id=sentences.source_ids[anno_id],
                    category=sentences.categories.get(anno_id),
                    role=Role.TARGET,
                    masks=self.masks.masks(anno_id, log) if self.masks else (),
                )
                for anno_id in sorted(sentences.source_ids, key=int)
            ),
            expressions=sentences.expressions,
        )

    def _link(self, video: str, stems: Sequence[str], size: Size | None, log: ProblemLog) -> Linked:
        if self.tar_index is None:
            return link_folder(self.folder / FRAMES / video, stems, self.options, size, log)
        tar = self.folder / f"{FRAMES}.tar"
        return link_tar(tar, _inside(self.tar_root, video), stems, self.options, size, log, self.tar_index)

    def complete(self, folder: Path) -> None:
        if self.tar_index is not None:
            shutil.copyfile(self.tar_index, folder / self.tar_index.name)


def _inside(root: str, video: str) -> str:
    return f"{root}/{video}" if root else video


def _notes(masks: SpilledMasks, meta: Mapping[str, Sentences]) -> dict[str, Any]:
    notes: dict[str, Any] = {"orphans": masks.orphans, "orphan_masks": masks.orphan_masks}
    every = [sentence for sentences in meta.values() for sentence in sentences.expressions]
    if count := never_visible(every, masks.places):
        notes["expressions_never_visible"] = count
    return notes


@dataclass(frozen=True)
class Mevis(Dataset):
    info: DatasetInfo
    meta_names: tuple[str, ...] = META_NAMES
    """What the sentences may be called; the first that is there is read."""
    hidden: frozenset[str] = HIDDEN
    """Splits whose masks the authors keep: they may lack them."""

    def splits_in(self, source: Path) -> tuple[str, ...]:
        inside = tuple(split for split in self.info.splits if self._meta_in(source / split))
        if inside or not self._meta_in(source):
            return inside
        return (source.name,) if source.name in self.info.splits else (self.info.default_split,)

    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> MevisRelease | None:
        meta_file = self._locate(source, split)
        if meta_file is None:
            self._report_absent(source / split, log)
            return None
        folder = meta_file.parent
        found = ProblemLog()
        videos = read_meta_expressions(meta_file, found)
        if videos is None:
            log.include(found)
            return None
        ground_truth = split not in self.hidden or (folder / MASKS).is_file()
        meta = {
            name: read_sentences(video, meta_file.name, found, hidden=not ground_truth)
            for name, video in videos.items()
        }
        return MevisRelease(
            annotations=[path for path in (meta_file, folder / MASKS) if path.is_file()],
            folder=folder,
            meta=meta,
            options=replace(options, progress=Silent()),
            ground_truth=ground_truth,
            source=meta_file.name,
            found=found,
        )

    def _locate(self, source: Path, split: str) -> Path | None:
        """In the folder of the split, which `source` may be itself, unless its name says another split."""
        inside = self._meta_in(source / split)
        if inside is None and (source.name == split or source.name not in self.info.splits):
            return self._meta_in(source)
        return inside

    def _meta_in(self, folder: Path) -> Path | None:
        paths = (folder / name for name in self.meta_names)
        return next((path for path in paths if path.is_file()), None)

    def _report_absent(self, folder: Path, log: ProblemLog) -> None:
        log.add(
            Code.MISSING_FILE,
            folder,
            expected="one of " + ", ".join(self.meta_names),
            found="none of them" if folder.is_dir() else "no such folder",
            fix=f"give the folder of the release; `rvosbench describe {self.info.id}` shows its layout",
        )


_LICENCE = "CC BY-NC-SA 4.0"
_HOMEPAGE = "https://henghuiding.github.io/MeViS/"
_LAYOUT = """\
SRC/
  train/  valid_u/                   SRC may also be one of these folders
    JPEGImages/<video>/<frame>.jpg   or JPEGImages.tar, which is not unpacked; not needed with --frames none
    mask_dict.json
    {meta}
  valid/
    JPEGImages/<video>/<frame>.jpg
    {meta_of_valid}
"""
_PREDICTIONS = """\
<video>/<expression>/<frame>.png
One 8-bit gray PNG for every frame that the split lists for the video, 0 background and 255 object, of the
size of the frame. Frames are named as listed (00000, 00001, ...), expressions by their ids (0, 1, ...).
"""
_NO_TARGET = """\
A sentence that means nothing in the video is answered by empty masks in all its frames.
"""
_ICCV = """\
@inproceedings{ding2023mevis,
  title     = {{MeViS}: A Large-scale Benchmark for Video Segmentation with Motion Expressions},
  author    = {Ding, Henghui and Liu, Chang and He, Shuting and Jiang, Xudong and Loy, Chen Change},
  booktitle = {IEEE/CVF International Conference on Computer Vision (ICCV)},
  year      = {2023}
}
"""
_TPAMI = """\
@article{ding2025mevis,
  title   = {{MeViS}: A Multi-Modal Dataset for Referring Motion Expression Video Segmentation},
  author  = {Ding, Henghui and Liu, Chang and He, Shuting and Ying, Kaining and Jiang, Xudong and
             Loy, Chen Change and Jiang, Yu-Gang},
  journal = {IEEE Transactions on Pattern Analysis and Machine Intelligence},
  year    = {2025}
}
"""

MEVIS_V1 = Mevis(
    DatasetInfo(
        id="mevis-v1",
        title="MeViS, version 1",
        splits=("train", "valid_u", "valid"),
        default_split="valid_u",
        licence=_LICENCE,
        citation=_ICCV,
        homepage=_HOMEPAGE,
        layout=_LAYOUT.format(meta=META_NAMES[0], meta_of_valid=META_NAMES[0]),
        predictions=_PREDICTIONS,
        published={
            "train": {"videos": 1662, "expressions": 23051},
            "valid_u": {"videos": 50, "expressions": 793},
            "valid": {"videos": 140, "expressions": 2236},
        },
        checksums={
            "train": {MASKS: "f9d9b01a2a6d7a004e2e7a664ce2b9b1576218e975030f8e4df4f66111fb253f"},
            "valid_u": {MASKS: "6e711a3f713cd95a825f536323e434b4d80f85a8e4e66d0cd662408e8779db50"},
        },
    )
)
MEVIS_V2 = Mevis(
    DatasetInfo(
        id="mevis-v2",
        title="MeViS, version 2",
        splits=("train", "valid_u", "valid"),
        default_split="valid_u",
        licence=_LICENCE,
        citation=_TPAMI + _ICCV,
        homepage=_HOMEPAGE,
        layout=_LAYOUT.format(
            meta="meta_expressions_v2.json            or meta_expressions.json",
            meta_of_valid="meta_expressions_v2_release.json    or one of the names above",
        ),
        predictions=_PREDICTIONS + _NO_TARGET,
        published={
            "train": {"videos": 1662, "expressions": 27502},
            "valid_u": {"videos": 50, "expressions": 907},
            "valid": {"videos": 140, "expressions": 2523},
        },
    ),
    meta_names=(META_NAMES[1], META_NAMES[2], META_NAMES[0]),
)
