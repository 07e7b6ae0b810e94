"""Which of all true sentences a video gets: all kinds, all objects, no crowd of near repetitions."""

from __future__ import annotations

from collections import Counter

from rvosbench.sample.dice import Dice
from rvosbench.sample.sentences import Kind, Sentence

# One round of choices; rounds repeat until there are enough. Motion comes twice: this field is about it.
ROUND = (Kind.MOTION, Kind.APPEARANCE, Kind.POSITION, Kind.MOTION, Kind.MULTI, Kind.NONE)


def select(sentences: list[Sentence], most: int, dice: Dice) -> list[Sentence]:
    """At most `most` sentences, and at most one in six without a target, in a shuffled order."""
    waiting = {kind: dice.shuffled([one for one in sentences if one.kind is kind]) for kind in Kind}
    chosen: list[Sentence] = []
    said: Counter[object] = Counter()
    while len(chosen) < most and any(waiting.values()):
        before = len(chosen)
        for kind in ROUND:
            full = kind is Kind.NONE and sum(one.kind is kind for one in chosen) * 6 >= most
            if len(chosen) < most and waiting[kind] and not full:
                best = min(waiting[kind], key=lambda one: _staleness(one, said))
                waiting[kind].remove(best)
                chosen.append(best)
                said.update([best.targets, _predicate(best), *best.targets])
        if len(chosen) == before:
            break
    return dice.shuffled(chosen)


def _staleness(sentence: Sentence, said: Counter[object]) -> tuple[int, int]:
    """Whether the same is said already; then how often its objects were named."""
    named = sum(said[target] for target in sentence.targets) // max(1, len(sentence.targets))
    return said[sentence.targets] + said[_predicate(sentence)], named


def _predicate(sentence: Sentence) -> str:
    """The words after the noun phrase; those of an appearance are its first ones."""
    words = sentence.text.split()
    return " ".join(words[-2:]) if len(words) > 3 else " ".join(words[:2])
