"""Ground truth kept as predictions are: `<video>/<expression>/<frame>.png`, binary masks of one sentence.

So the masks of Ref-YouTube-VOS valid were published in 2026. Sentences about one object repeat its masks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rvosbench.datasets.label_maps import read_label_maps
from rvosbench.datasets.linking import Size
from rvosbench.errors import Code, ProblemLog
from rvosbench.schema import Mask


@dataclass(frozen=True, slots=True)
class ExpressionMasks:
    """The objects that were found, by name, and which of them each expression means."""

    size: Size | None
    objects: Mapping[str, tuple[Mask, ...]]
    named: Mapping[str, str]


def read_expression_masks(
    folder: Path,
    expressions: Sequence[str],
    stems: Sequence[str],
    names: Mapping[str, str],
    log: ProblemLog,
) -> ExpressionMasks:
    """The masks of one video. `names` says for each expression which object it means; where it does not,
    equal masks are one object, named after the first expression that shows it."""
    size: Size | None = None
    objects: dict[str, tuple[Mask, ...]] = {}
    named: dict[str, str] = {}
    first_with: dict[tuple[Mask, ...], str] = {}
    for expression in expressions:
        found = _read_one(folder / expression, stems, size, log)
        if found is None:
            continue
        size, masks = found
        name = names.get(expression) or first_with.setdefault(masks, expression)
        if objects.setdefault(name, masks) != masks:
            log.add(
                Code.BAD_STRUCTURE,
                folder / expression,
                expected="equal masks for all sentences about one object",
                found=f"other masks for object {name} than in an expression before",
                fix="convert without --expressions: these masks do not need it",
            )
        named[expression] = name
    return ExpressionMasks(size, objects, named)


def _read_one(
    folder: Path, stems: Sequence[str], size: Size | None, log: ProblemLog
) -> tuple[Size, tuple[Mask, ...]] | None:
    maps = read_label_maps(folder, stems, log, size=size, every_frame=False)
    if maps is None:
        return None
    if len(maps.missing) == len(stems):
        log.add(
            Code.NOTHING_FOUND,
            folder,
            expected="masks named after the frames of the video",
            found="none",
            fix="extract the annotations of the release again",
        )
    elif maps.missing:
        log.warn(
            Code.MISSING_FRAME,
            folder,
            expected="a mask for every listed frame",
            found=f"none for {len(maps.missing)} of {len(stems)}, such as {maps.missing[0]}",
            fix="nothing to do if the release is so: the object counts as absent there",
        )
    if len(maps.masks) > 1:
        log.add(
            Code.WRONG_MODE,
            folder,
            expected="binary masks: background 0 and one value for the object",
            found="the values " + ", ".join(map(str, list(maps.masks)[:5])),
            fix="use the masks as released; masks that were resized smoothly have lost their edges",
        )
    if maps.size is None:
        return None
    return maps.size, next(iter(maps.masks.values()), ())
