"""What two results are results of, side by side: data, protocol, predictions, sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rvosbench.errors import MAX_EXAMPLES

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Key, Opened


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that is not the same. `of_scoring`: the same predictions would score otherwise."""

    name: str
    first: str
    second: str
    of_scoring: bool

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class SentenceChanges:
    """Among the sentences of two data sets. `changed` are all that both have and that are not the same:
    `texts` of them have another text, `targets` the same text for other objects. Examples are of those whose
    text can tell something: that are new, gone, or worded in another way."""

    only_first: int
    only_second: int
    changed: int
    texts: int
    targets: int
    examples: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"examples": list(self.examples)}


def differing(first: Opened, second: Opened) -> tuple[Aspect, ...]:
    """In the order in which one should look at them."""
    one, other = first.result, second.result
    named = [f"{of.dataset}:{of.split} ({of.dataset_fingerprint[:8]})" for of in (one, other)]
    pairs: list[tuple[str, str, str, list[str] | None, bool]] = [
        ("data", one.dataset_fingerprint, other.dataset_fingerprint, named, True),
        ("protocol", one.protocol, other.protocol, None, True),
        ("scoring version", str(one.scoring_version), str(other.scoring_version), None, True),
        (
            "predictions",
            one.predictions_sha256,
            other.predictions_sha256,
            [one.predictions_sha256[:8], other.predictions_sha256[:8]],
            False,
        ),
        (
            "missing frames",
            str(one.counts.get("missing", 0)),
            str(other.counts.get("missing", 0)),
            None,
            False,
        ),
        ("form of the predictions", str(one.notes.get("form")), str(other.notes.get("form")), None, False),
    ]
    return tuple(
        Aspect(name, shown[0] if shown else here, shown[1] if shown else there, of_scoring)
        for name, here, there, shown, of_scoring in pairs
        if here != there
    )


def same_masks(first: Opened, second: Opened, names: Sequence[Key]) -> frozenset[Key]:
    """Those of the units whose masks are the same in both, as far as both keep them. Without kept masks the
    sum over all predictions decides for all of them."""
    if first.result.predictions_sha256 == second.result.predictions_sha256:
        return frozenset(names)
    if not (first.has_masks and second.has_masks):
        return frozenset()
    wanted = set(names)
    found = set()
    by_unit = first.result.protocol == second.result.protocol
    for video in sorted({video for video, _ in names}):
        masks = [_masks_of(opened, video, by_unit=by_unit) for opened in (first, second)]
        found |= {name for name, own in masks[0].items() if name in wanted and masks[1].get(name) == own}
    return frozenset(found)


def _masks_of(opened: Opened, video: str, *, by_unit: bool) -> dict[Key, dict[str, bytes]]:
    found = {}
    for unit, masks in opened.masks_by_unit(video):
        name = unit.unit if by_unit or unit.expression is None else f"{unit.expression} {unit.frame or ''}"
        found[video, name.strip()] = dict(masks)
    return found


def sentence_changes(first: Opened, second: Opened) -> SentenceChanges:
    """Nothing, where the data are the same."""
    if first.result.dataset_fingerprint == second.result.dataset_fingerprint:
        return SentenceChanges(0, 0, 0, 0, 0, ())
    one, other = first.sentences, second.sentences
    changed = [name for name, sentence in one.items() if name in other and other[name] != sentence]
    texts = [name for name in changed if one[name].text != other[name].text]
    targets = [
        name
        for name in changed
        if one[name].text == other[name].text and one[name].objects != other[name].objects
    ]
    examples = [f"{'/'.join(name)}: {one[name].text} -> {other[name].text}" for name in texts]
    for opened, here, there in ((first, one, other), (second, other, one)):
        examples += [
            f"{'/'.join(name)}: {here[name].text} (only in {opened.name})"
            for name in here
            if name not in there
        ]
    return SentenceChanges(
        len(one.keys() - other.keys()),
        len(other.keys() - one.keys()),
        len(changed),
        len(texts),
        len(targets),
        tuple(examples[:MAX_EXAMPLES]),
    )
