"""What the sentences of one MeViS video mean: which anno_ids, in lists beside each sentence.

{"exp": text, "anno_id": [n, ...], "obj_id": [n, ...]}; an empty list says that nothing in the video is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rvosbench.datasets.mask_dict import Owner
from rvosbench.datasets.meta_expressions import MetaExpression, MetaVideo
from rvosbench.datasets.meta_objects import categories_of
from rvosbench.errors import Code, ProblemLog
from rvosbench.io.json import expect, member
from rvosbench.schema import ExpressionRecord

_FIX = "compare the file with the official release; download it again if it differs"


@dataclass(frozen=True, slots=True)
class Sentences:
    """`source_ids` has every anno_id that some sentence of the video names, with its obj_id."""

    frames: tuple[str, ...]
    expressions: tuple[ExpressionRecord, ...]
    source_ids: Mapping[str, str]
    categories: Mapping[str, str]


def read_sentences(video: MetaVideo, source: str, log: ProblemLog, *, hidden: bool) -> Sentences:
    """`hidden`: the release keeps to itself what the sentences mean."""
    where = f"{source}: {video.video}"
    source_ids: dict[str, str] = {}
    expressions = []
    for sentence in video.expressions:
        there = f"{where}, expression {sentence.expression}"
        targets = None if hidden else _targets(sentence, source_ids, there, log)
        kind = sentence.more.get("kind")
        if kind is not None and expect(kind, str, f"{there}: kind", log) is None:
            kind = None
        expressions.append(ExpressionRecord(sentence.expression, sentence.text, targets, kind=kind))
    objects = video.more.get("objects")
    if objects is not None and expect(objects, dict, f"{where}: objects", log) is None:
        objects = None
    categories = categories_of(objects or {}, where, log)
    return Sentences(video.frames, tuple(expressions), source_ids, categories)


def _targets(
    sentence: MetaExpression, source_ids: dict[str, str], where: str, log: ProblemLog
) -> tuple[str, ...] | None:
    anno_ids = _ids(sentence, "anno_id", where, log)
    if anno_ids is None:
        return None
    given = sentence.more.get("obj_id")
    obj_ids = [str(value) for value in given] if isinstance(given, list) else []
    if len(anno_ids) != len(obj_ids):  # masks are found by anno_id; obj_id only tells where an object is from
        log.warn(
            Code.WRONG_LENGTH,
            where,
            expected="as many obj_id as anno_id",
            found=f"{len(obj_ids)} obj_id for {len(anno_ids)} anno_id",
            fix="nothing to do: they are left out; obj_id changes no score",
        )
        obj_ids = [""] * len(anno_ids)
    for anno_id, obj_id in zip(anno_ids, obj_ids, strict=True):
        if source_ids.setdefault(anno_id, obj_id) != obj_id:
            log.warn(
                Code.BAD_STRUCTURE,
                where,
                expected="one obj_id for each anno_id",
                found=f"anno_id {anno_id} is obj_id {obj_id} here and {source_ids[anno_id]} before",
                fix="nothing to do: the first is kept; obj_id changes no score",
            )
    if len(set(anno_ids)) < len(anno_ids):
        log.warn(
            Code.REPAIRED,
            where,
            expected="each anno_id once",
            found=f"[{', '.join(anno_ids)}]",
            fix="nothing to do: a union holds each object once",
        )
    return tuple(dict.fromkeys(anno_ids))


def _ids(sentence: MetaExpression, key: str, where: str, log: ProblemLog) -> list[str] | None:
    values = member(dict(sentence.more), key, list, where, log)
    if values is None:
        return None
    whole = [expect(value, int, f"{where}: {key}", log) for value in values]
    return None if None in whole else [str(value) for value in whole]


def owners(videos: Mapping[str, Sentences], source: str, log: ProblemLog) -> dict[str, Owner]:
    """anno_id -> its video. The ids count through a whole split, so no two videos share one."""
    found: dict[str, Owner] = {}
    for name, sentences in videos.items():
        for anno_id in sentences.source_ids:
            owner = found.setdefault(anno_id, Owner(name, len(sentences.frames)))
            if owner.video != name:
                log.add(
                    Code.OBJECT_IN_TWO_VIDEOS,
                    f"{source}: {name}",
                    expected="each anno_id in one video",
                    found=f"anno_id {anno_id}, which {owner.video} names too",
                    fix=_FIX,
                )
    return found


def never_visible(expressions: Iterable[ExpressionRecord], with_masks: Mapping[str, object]) -> int:
    """How many sentences name objects of which no frame shows any. They count as targeted all the same: what
    a sentence means is decided by its list, not by what the camera caught."""
    return sum(
        bool(sentence.objects) and with_masks.keys().isdisjoint(sentence.objects or ())
        for sentence in expressions
    )
