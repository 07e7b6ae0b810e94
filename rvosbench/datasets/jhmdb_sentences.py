"""JHMDB-Sentences: clips of one acting person, a sentence for each clip, a mask of the person in each frame.

All clips are test material. Scored are three frames of each, drawn at random once by whoever published a list
of them; several such lists are about, and scores on different lists are not comparable. So the list is the
user's to name (`--samples`), and the manifest keeps its checksum. Without one no frame is chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from rvosbench.datasets.base import Dataset, DatasetInfo, Options, Release
from rvosbench.datasets.linking import link_folder
from rvosbench.errors import Code, ProblemLog
from rvosbench.io.csv import read_rows
from rvosbench.io.json import expect, read_json
from rvosbench.io.matlab import Array, planes, read_arrays
from rvosbench.masks.rle import array_to_mask
from rvosbench.progress import Silent
from rvosbench.schema import ExpressionRecord, ObjectRecord, Role, VideoRecord

_OBJECT, _EXPRESSION = "1", "0"  # one person and one sentence in each video
_SAMPLES_PER_VIDEO = 3
_FIX_FILE = "compare the file with the official release; download it again if it differs"
_FIX_LIST = "take the list that belongs to this release"


@dataclass(frozen=True, slots=True)
class Samples:
    """The scored frames of one video, as numbers from 1 on, and how many frames the list gives the video."""

    numbers: tuple[int, ...]
    total: int


class JhmdbSentences(Dataset):
    def __init__(self, info: DatasetInfo) -> None:
        self.info = info

    def splits_in(self, source: Path) -> tuple[str, ...]:
        return self.info.splits if (source / "jhmdb_annotation.txt").is_file() else ()

    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> JhmdbRelease | None:
        rows, folder = annotations = [source / "jhmdb_annotation.txt", source / "puppet_mask"]
        sentences = _read_sentences(rows, log)
        if sentences is None:
            return None
        masks = _find_masks(folder, sentences, log)
        samples = None
        if options.samples is not None:
            samples = _read_samples(options.samples, sentences, log)
            if samples is None:
                return None
        else:
            log.warn(
                Code.MISSING_FILE,
                source,
                expected="the list of the frames that are scored",
                found="no --samples FILE",
                fix="convert again with --samples before you evaluate; until then no frame is chosen",
            )
        return JhmdbRelease(
            annotations=annotations,
            notes={"samples": _about(options.samples, samples)},
            sentences=sentences,
            masks={video: path for video, path in masks.items() if samples is None or video in samples},
            samples=samples,
            pictures=source / "Rename_Images",
            options=replace(options, progress=Silent()),
            # Without a list every frame counts as a sample.
            incomparable=() if samples is not None else ("samples",),
        )


@dataclass
class JhmdbRelease(Release):
    annotations: Sequence[Path]
    notes: Mapping[str, Any]
    sentences: Mapping[str, str]
    masks: Mapping[str, Path]
    samples: Mapping[str, Samples] | None
    pictures: Path
    options: Options
    incomparable: Collection[str]
    ground_truth: bool = True

    @property
    def videos(self) -> Sequence[str]:
        return list(self.masks)

    def read(self, video: str, log: ProblemLog) -> VideoRecord | None:
        path = self.masks[video]
        action = path.parent.parent.name
        arrays = read_arrays(path, ("part_mask",), log)
        if arrays is None:
            return None
        masks = planes(arrays["part_mask"])
        if masks is None:
            log.add(
                Code.BAD_STRUCTURE,
                path,
                expected="part_mask as height x width x frames",
                found="x".join(map(str, arrays["part_mask"].shape)),
                fix=_FIX_FILE,
            )
            return None
        size = masks.shape[1], masks.shape[2]
        stems = tuple(f"{number:05d}" for number in range(1, len(masks) + 1))
        pictures = self.pictures / action / video
        uri, _ = link_folder(pictures, stems, self.options, size, log)
        if uri is not None:
            _report_unmasked(pictures, len(masks), video, log)
        return VideoRecord(
            video=video,
            height=size[0],
            width=size[1],
            frames=stems,
            frames_uri=uri,
            objects=(_person(action, masks),),
            expressions=(
                ExpressionRecord(
                    expression=_EXPRESSION,
                    text=self.sentences[video],
                    objects=(_OBJECT,),
                    frames=self._scored(video, len(masks), log),
                ),
            ),
        )

    def _scored(self, video: str, masks: int, log: ProblemLog) -> tuple[int, ...] | None:
        if self.samples is None:
            return None
        chosen = self.samples[video]
        for number in chosen.numbers:
            if number > masks:
                log.add(
                    Code.MISSING_FRAME,
                    video,
                    expected="samples of frames that have a mask",
                    found=f"frame {number}, the last mask is of frame {masks}",
                    fix=_FIX_LIST,
                )
        if chosen.total != masks:
            log.warn(
                Code.WRONG_LENGTH,
                video,
                expected="as many frames with a mask as the list of samples says",
                found=f"{masks} instead of {chosen.total}",
                fix=f"compare puppet_mask with the official release, or {_FIX_LIST}",
            )
        return tuple(sorted(number - 1 for number in chosen.numbers))


def _person(action: str, masks: Array) -> ObjectRecord:
    encoded = (array_to_mask(index, mask) for index, mask in enumerate(masks))
    return ObjectRecord(
        object=_OBJECT,
        source_id=_OBJECT,
        category=action,
        role=Role.TARGET,
        masks=tuple(mask for mask in encoded if mask is not None),
    )


def _read_sentences(path: Path, log: ProblemLog) -> dict[str, str] | None:
    rows = read_rows(path, log, columns=2, header=("video_id", "query"))
    if rows is None:
        return None
    sentences: dict[str, str] = {}
    for where, (name, text) in rows:
        video = name.strip()
        if video not in sentences:
            sentences[video] = text
        elif sentences[video] == text:
            fix = "nothing to do: it is taken once"
            log.warn(Code.REPAIRED, where, expected="each row once", found=f"{video} again", fix=fix)
        else:
            expected, found = "one sentence for each video", f"another one of {video}"
            log.add(Code.DUPLICATE_ID, where, expected=expected, found=found, fix=_FIX_FILE)
    return sentences


def _find_masks(folder: Path, videos: Mapping[str, str], log: ProblemLog) -> dict[str, Path]:
    """puppet_mask/<action>/<video>/puppet_mask.mat; only this tree says which action a video shows."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*/*/puppet_mask.mat")):
        video = path.parent.name
        if video in found:
            other = found[video].parent.parent.name
            expected = "each video under one action"
            log.add(Code.DUPLICATE_ID, path, expected=expected, found=f"also under {other}", fix=_FIX_FILE)
        elif video in videos:
            found[video] = path
    for video in sorted(videos.keys() - found.keys()):
        log.add(
            Code.MISSING_FILE,
            folder / "*" / video / "puppet_mask.mat",
            expected="masks of each video",
            found="none",
            fix="complete the release; `rvosbench describe jhmdb-sentences` shows its layout",
        )
    return found


def _report_unmasked(pictures: Path, masks: int, video: str, log: ProblemLog) -> None:
    beyond = [path for path in pictures.glob("*.png") if path.stem.isdigit() and int(path.stem) > masks]
    if beyond:
        log.warn(
            Code.LEFT_OUT,
            video,
            expected="a mask of each frame",
            found=f"{len(beyond)} frames after the last mask",
            fix="nothing to do: the video ends with its last mask, as for the official loaders",
        )


def _read_samples(path: Path, videos: Mapping[str, str], log: ProblemLog) -> dict[str, Samples] | None:
    """A JSON list of [video, path of the frame, path of the masks, number of frames, sentence]."""
    document = read_json(path, log)
    if document is None or expect(document, list, path, log) is None:
        return None
    numbers: dict[str, list[int]] = {}
    totals: dict[str, int] = {}
    for place, entry in enumerate(document):
        where = f"{path.name}: sample {place + 1}"
        sample = _read_sample(entry, where, log)
        if sample is None:
            continue
        video, number, total = sample
        if video not in videos:
            expected = "samples of videos of jhmdb_annotation.txt"
            log.add(Code.UNKNOWN_VIDEO, where, expected=expected, found=video, fix=_FIX_LIST)
        elif number in numbers.setdefault(video, []):
            found = f"frame {number} of {video} again"
            log.add(Code.DUPLICATE_ID, where, expected="each sample once", found=found, fix=_FIX_LIST)
        else:
            numbers[video].append(number)
            totals[video] = total
    if not numbers:
        log.add(Code.NOTHING_FOUND, path, expected="samples of this dataset", found="none", fix=_FIX_LIST)
        return None
    _compare_samples(numbers, videos, log)
    return {video: Samples(tuple(chosen), totals[video]) for video, chosen in numbers.items()}


def _compare_samples(numbers: Mapping[str, Sequence[int]], videos: Iterable[str], log: ProblemLog) -> None:
    for video in videos:
        chosen = len(numbers.get(video, ()))
        if chosen != _SAMPLES_PER_VIDEO:
            log.warn(
                Code.COUNTS_DIFFER if chosen else Code.LEFT_OUT,
                video,
                expected=f"{_SAMPLES_PER_VIDEO} samples of each video, as published",
                found=str(chosen or "none, so the video is left out"),
                fix=f"scores on another choice of frames are not comparable; {_FIX_LIST}",
            )


def _read_sample(entry: Any, where: str, log: ProblemLog) -> tuple[str, int, int] | None:
    """(video, frame number, number of frames)"""
    if expect(entry, list, where, log) is None:
        return None
    kinds = [type(field) for field in entry]
    if kinds != [str, str, str, int, str]:
        log.add(
            Code.BAD_STRUCTURE,
            where,
            expected="[video, path of the frame, path of the masks, number of frames, sentence]",
            found="[" + ", ".join(kind.__name__ for kind in kinds) + "]",
            fix=_FIX_LIST,
        )
        return None
    name = PurePosixPath(entry[1]).stem
    if not (name.isascii() and name.isdigit() and 0 < int(name) < 100_000):
        expected = "a frame named by its number, from 00001 on"
        log.add(Code.BAD_NAME, where, expected=expected, found=entry[1], fix=_FIX_LIST)
        return None
    return entry[0], int(name), entry[3]


def _about(path: Path | None, samples: Mapping[str, Samples] | None) -> dict[str, Any] | None:
    """What the manifest says of the list: None if there is none, and then nothing can be scored."""
    if path is None or samples is None:
        return None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    count = sum(len(sample.numbers) for sample in samples.values())
    return {"file": path.name, "sha256": digest, "samples": count}


_LAYOUT = """\
jhmdb_annotation.txt                       video_id,query
puppet_mask/<action>/<video>/puppet_mask.mat
Rename_Images/<action>/<video>/<frame>.png frames count from 00001; not needed with --frames none

The list of scored frames is named by --samples FILE: JSON, a list of
  [video, path of the frame, path of the masks, number of frames, sentence]
"""

_PREDICTIONS = """\
COCO results JSON: a list of
  {"image_id": "v_<video>_f_<frame>", "category_id": 1,
   "segmentation": {"size": [height, width], "counts": "<compressed RLE>"}, "score": 0.93}

<frame> counts from 1 and has no leading zeros. A video has one expression, "0".
Each sample (a frame of the --samples list) needs at least one entry. Several entries are ranked by their
scores: all of them count for mAP, the best one for P@K and IoU.
Masks have the size of the frames. Leave `bbox` out: it would change the areas.
predictions.parquet is read, too: one row for each expression, frame and query.
"""

_CITATION = """\
@inproceedings{gavrilyuk2018actor,
  title     = {Actor and Action Video Segmentation from a Sentence},
  author    = {Gavrilyuk, Kirill and Ghodrati, Amir and Li, Zhenyang and Snoek, Cees G. M.},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition (CVPR)},
  year      = {2018}
}
@inproceedings{jhuang2013towards,
  title     = {Towards Understanding Action Recognition},
  author    = {Jhuang, Hueihan and Gall, Juergen and Zuffi, Silvia and Schmid, Cordelia
               and Black, Michael J.},
  booktitle = {IEEE International Conference on Computer Vision (ICCV)},
  pages     = {3192--3199},
  year      = {2013}
}
"""

JHMDB_SENTENCES = JhmdbSentences(
    DatasetInfo(
        id="jhmdb-sentences",
        title="JHMDB-Sentences",
        splits=("test",),
        default_split="test",
        licence="none is named with the sentences; the clips are of HMDB51 (CC BY 4.0); research use",
        citation=_CITATION,
        homepage="https://kgavrilyuk.github.io/publication/actor_action/",
        layout=_LAYOUT,
        predictions=_PREDICTIONS,
        published={"test": {"videos": 928, "frames": 31_838, "expressions": 928, "samples": 2_784}},
        takes=frozenset({"samples"}),
    )
)
