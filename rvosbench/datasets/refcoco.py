"""RefCOCO, RefCOCO+ and RefCOCOg: sentences about objects in photographs of COCO, as videos of one frame.

SSA, SOC and RefSAM are trained on them before they see a video. A video is an image, an expression a
sentence with its `sent_id`, an object an annotation of COCO; those that no sentence names are distractors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rvosbench.datasets.base import Dataset, DatasetInfo, Options, Release
from rvosbench.datasets.coco_objects import CocoImage, mask_of, read_objects
from rvosbench.datasets.linking import link_folder
from rvosbench.errors import Code, DatasetError, ProblemLog
from rvosbench.io.json import expect, member
from rvosbench.io.plain_pickle import read_pickle
from rvosbench.progress import Silent
from rvosbench.schema import ExpressionRecord, ObjectRecord, Role, VideoRecord

INSTANCES = "instances.json"
IMAGES = ("train2014", "images/train2014", "images/mscoco/images/train2014")
"""Where the photographs lie, seen from the folder of the annotations or from the one above."""
_FIX = "compare the file with the official release; download it again if it differs"


@dataclass(frozen=True, slots=True)
class Reference:
    """What one `ref` says: an object of an image, and the sentences that mean it, by their numbers."""

    target: int
    sentences: Mapping[int, str]


def image_name(number: int) -> str:
    """As COCO calls the photographs of its split train2014, of which all of these are."""
    return f"COCO_train2014_{number:012d}"


@dataclass
class RefCocoRelease(Release):
    annotations: Sequence[Path]
    references: Mapping[str, Sequence[Reference]]
    numbers: Mapping[str, int]
    folder: Path
    options: Options
    found: ProblemLog
    ground_truth: bool = True
    notes: Mapping[str, Any] = field(default_factory=dict)
    images: dict[str, CocoImage] = field(default_factory=dict)

    @property
    def videos(self) -> Sequence[str]:
        return list(self.references)

    def prepare(self, options: Options, log: ProblemLog) -> None:
        log.include(self.found)
        path = self.annotations[1]
        for image in read_objects(path, set(self.numbers.values()), log).values():
            name = image_name(image.number)
            self.images[name] = image
            if image.stem != name:
                log.add(
                    Code.BAD_NAME,
                    f"{path.name}: image {image.number}",
                    expected="an image of COCO's train2014, named by its number",
                    found=ascii(image.stem),
                    fix=_FIX,
                )
        if not self.images and log.has_errors:  # nothing could be said of any image but that it is not there
            raise DatasetError(*log)

    def read(self, video: str, log: ProblemLog) -> VideoRecord | None:
        image = self.images.get(video)
        if image is None:
            log.add(
                Code.UNKNOWN_VIDEO,
                self.annotations[1],
                expected="every image that a sentence is about",
                found=f"no image {self.numbers[video]}",
                fix="take both files from the same release",
            )
            return None
        uri, _ = link_folder(self.folder, (video,), self.options, image.size, log)
        references = self.references[video]
        return VideoRecord(
            video=video,
            height=image.size[0],
            width=image.size[1],
            frames=(video,),
            frames_uri=uri,
            objects=_objects(image, {one.target for one in references}, log),
            expressions=tuple(
                ExpressionRecord(expression=str(number), text=text, objects=(str(one.target),))
                for one in references
                for number, text in one.sentences.items()
            ),
        )


def _objects(image: CocoImage, named: set[int], log: ProblemLog) -> tuple[ObjectRecord, ...]:
    found = []
    for thing in sorted(image.objects, key=lambda one: one.number):
        mask = mask_of(thing, image.size, f"{INSTANCES}: annotation {thing.number}", log)
        role = Role.TARGET if thing.number in named else Role.DISTRACTOR
        name = str(thing.number)
        found.append(ObjectRecord(name, name, thing.category, role, () if mask is None else (mask,)))
    return tuple(found)


class RefCoco(Dataset):
    def __init__(self, info: DatasetInfo, folder: str, references: str) -> None:
        self.info, self._folder, self._references = info, folder, references

    def splits_in(self, source: Path) -> tuple[str, ...]:
        path = self._place(source) / self._references
        refs = read_pickle(path, ProblemLog()) if path.is_file() else []
        if not isinstance(refs, list):  # `open` will say what is wrong with it
            return self.info.splits
        there = {one.get("split") for one in refs if isinstance(one, dict)}
        return tuple(split for split in self.info.splits if split in there)

    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> RefCocoRelease | None:
        folder = self._place(source)
        annotations = [folder / self._references, folder / INSTANCES]
        refs = expect(read_pickle(annotations[0], log) or [], list, annotations[0], log)
        if log.has_errors or refs is None:
            return None
        if not annotations[1].is_file():
            log.add(
                Code.MISSING_FILE,
                annotations[1],
                expected="the objects that sentences are about",
                found="no such file",
                fix=f"complete the release; `rvosbench describe {self.info.id}` shows its layout",
            )
            return None
        found = ProblemLog()
        references, numbers = _references(refs, split, annotations[0].name, found)
        if not references:
            found.add(
                Code.NOTHING_FOUND, annotations[0], expected=f"sentences of {split}", found="none", fix=_FIX
            )
            log.include(found)
            return None
        places = [start / place for start in (folder, folder.parent) for place in IMAGES]
        pictures = next((place for place in places if place.is_dir()), places[0])
        plain = replace(options, progress=Silent())
        return RefCocoRelease(annotations, references, numbers, pictures, plain, found)

    def _place(self, source: Path) -> Path:
        return source if (source / self._references).is_file() else source / self._folder


def _references(
    refs: list[Any], split: str, source: str, log: ProblemLog
) -> tuple[dict[str, list[Reference]], dict[str, int]]:
    """By the name of the image; and the numbers of the images."""
    found: dict[str, list[Reference]] = {}
    numbers: dict[str, int] = {}
    for place, entry in enumerate(refs):
        where = f"{source}: ref {place + 1}"
        ref = expect(entry, dict, where, log)
        if ref is None or member(ref, "split", str, where, log) != split:
            continue
        image, target = (member(ref, key, int, where, log) for key in ("image_id", "ann_id"))
        sentences = _sentences(member(ref, "sentences", list, where, log) or [], where, log)
        if image is not None and target is not None and sentences:
            numbers[image_name(image)] = image
            found.setdefault(image_name(image), []).append(Reference(target, sentences))
    return found, numbers


def _sentences(listed: list[Any], where: str, log: ProblemLog) -> dict[int, str]:
    """`sent` is the sentence in lower case and without marks, `raw` as it was typed; a few have only that."""
    found: dict[int, str] = {}
    for entry in listed:
        sentence = expect(entry, dict, f"{where}, sentences", log)
        if sentence is None:
            continue
        number = member(sentence, "sent_id", int, where, log)
        text = member(sentence, "sent", str, where, log)
        if number is None or text is None:
            continue
        if number in found:
            log.add(Code.DUPLICATE_ID, where, expected="each sent_id once", found=f"{number} again", fix=_FIX)
        raw = sentence.get("raw")
        found[number] = text if text.strip() or not isinstance(raw, str) else raw
    return found


_PREDICTIONS = """\
COCO results JSON: a list of
  {"image_id": "v_<image>_f_<image>_i_<sentence>", "category_id": 1,
   "segmentation": {"size": [height, width], "counts": "<compressed RLE>"}, "score": 0.93}

<image> is COCO_train2014_<12 digits>, <sentence> the sent_id. Each sentence needs at least one entry. Several
are ranked by their scores: all of them count for mAP, the best one for P@K and IoU.
Masks have the size of the image. Leave `bbox` out: it would change the areas.
<image>/<sentence>/<image>.png, 8-bit gray, 0 and 255, and predictions.parquet are read, too.
"""

_YU = """\
@inproceedings{yu2016modeling,
  title     = {Modeling Context in Referring Expressions},
  author    = {Yu, Licheng and Poirson, Patrick and Yang, Shan and Berg, Alexander C. and Berg, Tamara L.},
  booktitle = {European Conference on Computer Vision (ECCV)},
  year      = {2016}
}
"""

_MAO = """\
@inproceedings{mao2016generation,
  title     = {Generation and Comprehension of Unambiguous Object Descriptions},
  author    = {Mao, Junhua and Huang, Jonathan and Toshev, Alexander and Camburu, Oana and Yuille, Alan L.
               and Murphy, Kevin},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition (CVPR)},
  year      = {2016}
}
"""

_NAMED = ("train", "val", "testA", "testB")


def _dataset(
    name: str,
    title: str,
    folder: str,
    by: str,
    splits: tuple[str, ...],
    citation: str,
    published: Mapping[str, Mapping[str, int]],
) -> RefCoco:
    layout = f"""\
SRC/
  {folder}/                              SRC may also be this folder
    {INSTANCES}
    refs({by}).p                         a pickle, read without running anything in it
  images/mscoco/images/train2014/<image>.jpg    or images/train2014, or train2014, here or in {folder}/;
                                                not needed with --frames none
"""
    info = DatasetInfo(
        id=name,
        title=title,
        splits=splits,
        default_split="val",
        licence="none is named with the sentences; annotations of COCO CC BY 4.0, photographs of Flickr",
        citation=citation,
        homepage="https://github.com/lichengunc/refer",
        layout=layout,
        predictions=_PREDICTIONS,
        published=published,
    )
    return RefCoco(info, folder, f"refs({by}).p")


REFCOCO = _dataset(
    "refcoco",
    "RefCOCO",
    "refcoco",
    "unc",
    _NAMED,
    _YU,
    {
        "train": {"videos": 16_994, "expressions": 120_624},
        "val": {"videos": 1_500, "expressions": 10_834},
        "testA": {"videos": 750, "expressions": 5_657},
        "testB": {"videos": 750, "expressions": 5_095},
    },
)

REFCOCO_PLUS = _dataset(
    "refcoco-plus",
    "RefCOCO+",
    "refcoco+",
    "unc",
    _NAMED,
    _YU,
    {
        "train": {"videos": 16_992, "expressions": 120_191},
        "val": {"videos": 1_500, "expressions": 10_758},
        "testA": {"videos": 750, "expressions": 5_726},
        "testB": {"videos": 750, "expressions": 4_889},
    },
)

REFCOCOG = _dataset(
    "refcocog",
    "RefCOCOg",
    "refcocog",
    "umd",
    ("train", "val", "test"),
    _MAO,
    {
        "train": {"videos": 21_899, "expressions": 80_512},
        "val": {"videos": 1_300, "expressions": 4_896},
        "test": {"videos": 2_600, "expressions": 9_602},
    },
)
