"""Reads COCO results one by one and checks each. Scores and counts stay in memory, in arrays and one long
string: a tenth of what the document would take."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from rvosbench.errors import Code, ProblemLog
from rvosbench.predictions.base import Scored
from rvosbench.predictions.counts import most_results, too_many_results, wrong_counts
from rvosbench.predictions.image_ids import ImageIds, Sample
from rvosbench.predictions.json_items import items

if TYPE_CHECKING:
    from rvosbench.splits.split import Split

_CHECKED_AT_ONCE = 2048  # counts whose runs are summed together
_WAITING = 1 << 20  # bytes of counts, after which they are checked even if they are few
_LARGEST = 1 << 16  # characters of a result beside its mask
_PRINTED_BYTES = ("b'", 'b"')
_HOW = (
    'pycocotools.mask.encode(mask), then rle["counts"] = rle["counts"].decode("ascii"); '
    "`rvosbench describe DATASET --format` shows the form"
)


class CocoRows:
    """Scores and counts, one after the other."""

    def __init__(self) -> None:
        self.samples = array("l")
        self.scores = array("d")
        self._ends = array("q", [0])
        self._counts = bytearray()

    def add(self, sample: int, score: float, counts: bytes) -> None:
        self.samples.append(sample)
        self.scores.append(score)
        self._counts += counts
        self._ends.append(len(self._counts))

    def counts(self, row: int) -> bytes:
        return bytes(memoryview(self._counts)[self._ends[row] : self._ends[row + 1]])

    def scored(self, row: int, height: int, width: int) -> Scored:
        return Scored(self.scores[row], self.counts(row), height, width)


class CocoReader:
    def __init__(self, source: Path, split: Split) -> None:
        self.log = ProblemLog()
        self.results = CocoRows()
        self._source = source
        self._split = split
        self._ids = ImageIds(split)
        self._samples: dict[str, int | str] = {}  # image id -> place in `_known`, or what is wrong with it
        self._known: list[Sample] = []
        self._sizes: list[list[int]] = []  # of the known samples
        self._unchecked: defaultdict[tuple[int, ...], list[tuple[int, bytes]]] = defaultdict(list)
        self._waiting = 0
        self._seen = 0
        self._boxes = 0

    def read(self) -> None:
        most = most_results(self._split)
        for item in self._items():
            if self._seen >= most:
                too_many_results(self._source, most, "more", self.log)
                break
            self._take(item)
            self._seen += 1
        for size in list(self._unchecked):
            self._check(size)
        if self._boxes:
            self.log.warn(
                Code.FIELD_IGNORED,
                self._source,
                expected="results without the key 'bbox'",
                found=f"it stands in {self._boxes:,} results, and is ignored",
                fix="leave it out: pycocotools would take areas from it instead of from the masks",
            )

    def by_video(self) -> dict[str, dict[tuple[str, str], list[int]]]:
        """Video -> sample -> its results, in the order of the file."""
        found: dict[str, dict[tuple[str, str], list[int]]] = {}
        samples = np.array(self.results.samples, np.int64)
        for row in np.argsort(samples, kind="stable").tolist():
            video, expression, stem = self._known[samples[row]]
            found.setdefault(video, {}).setdefault((expression, stem), []).append(row)
        return found

    def _items(self) -> Iterator[Any]:
        try:
            with self._source.open(encoding="utf-8-sig") as file:
                yield from items(file, self._longest(), self._key_twice)
        except OSError as error:
            self.log.add(
                Code.UNREADABLE_FILE,
                self._source,
                expected="a file that can be read",
                found=str(error.strerror),
                fix="check its rights and the disk",
            )
        except (ValueError, RecursionError) as error:
            self.log.add(
                Code.INVALID_JSON,
                self._source,
                expected="a JSON list of results",
                found=f"after {self._seen:,} results: {' '.join(str(error).split())[:160]}",
                fix="write the file again; json.dump does it right, but for NaN",
            )

    def _longest(self) -> int:
        """How many characters a result may have: a mask has no more runs than pixels, and of those that are
        written with two characters each no more than half."""
        sizes = (video.size for video in self._split.videos.values())
        return 2 * max((height * width for height, width in sizes), default=0) + _LARGEST

    def _key_twice(self, key: str) -> None:
        self.log.add(
            Code.DUPLICATE_ID,
            self._here,
            expected="each key once in a result",
            found=f"{key!r:.60} more than once",
            fix="write each key once: readers differ in which of two they take",
        )

    @property
    def _here(self) -> str:
        return self._place(self._seen)

    def _place(self, number: int) -> str:
        return f"{self._source.name}: result {number}"

    def _take(self, item: Any) -> None:
        if not isinstance(item, dict):
            self._malformed(f"a {type(item).__name__}")
            return
        if "bbox" in item:
            self._boxes += 1
        sample = self._sample(item.get("image_id"))
        score = self._score(item.get("score"))
        counts = self._mask(item.get("segmentation"), sample)
        if sample is not None and score is not None and counts is not None and not self.log.has_errors:
            self.results.add(sample, score, counts)

    def _sample(self, image: Any) -> int | None:
        if not isinstance(image, str):
            self._malformed(f"image_id {image!r:.60}")
            return None
        known = self._samples.get(image)
        if known is None:
            known = self._samples[image] = self._new_sample(image)
        if isinstance(known, int):
            return known
        self.log.add(
            Code.UNKNOWN_IMAGE,
            self._here,
            expected="an image_id of a scored sample: v_<video>_f_<n>_i_<instance> for A2D-Sentences, "
            "v_<video>_f_<n> for JHMDB-Sentences, with n not padded",
            found=known,
            fix="predict the samples of this split alone; for JHMDB-Sentences, convert it with the list of "
            "--samples that was predicted",
        )
        return None

    def _new_sample(self, image: str) -> int | str:
        sample = self._ids.sample(image)
        if isinstance(sample, str):
            return sample
        self._known.append(sample)
        self._sizes.append(list(self._split.videos[sample[0]].size))
        return len(self._known) - 1

    def _score(self, score: Any) -> float | None:
        if isinstance(score, (int, float)) and score is not True and score is not False:
            try:
                if math.isfinite(score):
                    return float(score)
            except OverflowError:
                pass
        self.log.add(
            Code.BAD_SCORE,
            self._here,
            expected="a finite number as score",
            found=f"{score!r:.60}",
            fix="give each result the confidence of its query; 1 if there is none",
        )
        return None

    def _mask(self, segmentation: Any, sample: int | None) -> bytes | None:
        if not isinstance(segmentation, dict) or not _is_size(size := segmentation.get("size")):
            self._malformed(f"segmentation {segmentation!r:.60}")
            return None
        counts = segmentation.get("counts")
        if not isinstance(counts, str) or counts.startswith(_PRINTED_BYTES):
            self._bad_counts(self._here, _kind_of_counts(counts))
            return None
        if sample is None or not self._size_agrees(size, sample):
            return None
        content = counts.encode("utf-8", "replace")
        waiting = self._unchecked[tuple(size)]
        waiting.append((self._seen, content))
        self._waiting += len(content)
        if len(waiting) >= _CHECKED_AT_ONCE or self._waiting >= _WAITING:
            for one in list(self._unchecked):
                self._check(one)
            self._waiting = 0
        return content

    def _size_agrees(self, size: list[int], sample: int) -> bool:
        wanted = self._sizes[sample]
        if size == wanted:
            return True
        turned = "; height and width have changed places" if size == wanted[::-1] else ""
        self.log.add(
            Code.WRONG_SIZE,
            self._here,
            expected="size [height, width], as the annotated frames have",
            found=f"{size} where {self._known[sample][0]} has {wanted}{turned}",
            fix="resize the masks to the frames before you encode them",
        )
        return False

    def _check(self, size: tuple[int, ...]) -> None:
        """Whether the counts are masks of this size."""
        height, width = size
        waiting = self._unchecked.pop(size)
        for place, reason in wrong_counts([counts for _, counts in waiting], height, width):
            self._bad_counts(self._place(waiting[place][0]), reason)

    def _malformed(self, found: str) -> None:
        self.log.add(
            Code.BAD_STRUCTURE,
            self._here,
            expected='{"image_id": text, "category_id": 1, "score": number, '
            '"segmentation": {"size": [height, width], "counts": text}}',
            found=found,
            fix=f"write masks as {_HOW}",
        )

    def _bad_counts(self, where: str, found: str) -> None:
        self.log.add(
            Code.BAD_RLE,
            where,
            expected="compressed COCO counts of a mask of that size, as text",
            found=found,
            fix=f"encode with {_HOW}",
        )


def _is_size(size: Any) -> TypeGuard[list[int]]:
    return isinstance(size, list) and len(size) == 2 and type(size[0]) is int and type(size[1]) is int


def _kind_of_counts(counts: Any) -> str:
    if isinstance(counts, str):
        return "the printed form of bytes, b'...'"
    if isinstance(counts, list):
        if counts and all(type(one) is int and 48 <= one < 112 for one in counts):
            return "a list of byte values: compressed counts that were not decoded to text"
        return "a list of numbers: counts that are not compressed"
    return "no counts" if counts is None else f"counts {counts!r:.40}"
