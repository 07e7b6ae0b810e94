"""Does it read the text? What a result would be worth if sentences were exchanged, what sentences that mean
the same are answered by, and what sentences that mean different things are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rvosbench.analysis.language_of_video import CompareVideo, SentencePair, Swapped
from rvosbench.analysis.over_videos import over_videos, paying_workers
from rvosbench.analysis.paired import interval_of
from rvosbench.analysis.wording import wordings
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.metrics.base import mean_over_units
from rvosbench.metrics.boundary import F
from rvosbench.metrics.jf import JF_MEAN
from rvosbench.metrics.region import J
from rvosbench.progress import Progress, Silent

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Key, Opened
    from rvosbench.splits.split import Split
    from rvosbench.statistics.intervals import Interval

LEAK = 0.8
"""Mean J from which on two answers are nearly the same: they cannot both be right about different objects."""
WORDINGS = ("static", "motion", "position", "none of these")


@dataclass(frozen=True, slots=True)
class Supported:
    """A mean, and what it is a mean of. `value` is None where there is nothing; `interval` where there is no
    more than one video."""

    value: float | None
    interval: Interval | None
    count: int
    videos: int

    def as_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "interval": None if self.interval is None else self.interval.as_json(),
            "count": self.count,
            "videos": self.videos,
        }


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of sentences, and `share`, what is said of them. `silent` are those both of which are answered by
    nothing at all: they are left out. `notable` are the examples, the most notable first."""

    share: Supported
    sentences: int
    silent: int
    notable: tuple[SentencePair, ...]

    def as_json(self, opened: Opened, number: int) -> dict[str, Any]:
        return {
            **self.share.as_json(),
            "sentences": self.sentences,
            "silent": self.silent,
            "pairs": [
                {
                    "video": pair.video,
                    "expressions": [pair.one, pair.other],
                    "texts": [opened.sentences[pair.video, name].text for name in (pair.one, pair.other)],
                    "J": pair.j,
                    "frames": pair.frames,
                }
                for pair in self.notable[:number]
            ],
        }


@dataclass(frozen=True)
class Language:
    """All scores are of the units that have another sentence beside them; `alone` are left out, but not from
    `largest` and `wording`."""

    opened: Opened
    measure: str
    alone: int
    real: Supported
    others: Supported
    others_if_right: Supported
    gain: Supported
    """`real` less `others`, unit by unit."""
    score: Supported
    largest: Supported
    paraphrases: Pairs
    leaks: Pairs
    wording: Mapping[str, Supported]

    def as_json(self, number: int = 5) -> dict[str, Any]:
        figures = ("real", "others", "others_if_right", "gain", "score", "largest")
        return {
            "name": self.opened.name,
            "result": self.opened.result.label,
            "measure": self.measure,
            "alone": self.alone,
            **{name: getattr(self, name).as_json() for name in figures},
            "paraphrases": self.paraphrases.as_json(self.opened, number),
            "leaks": {"threshold": LEAK, **self.leaks.as_json(self.opened, number)},
            "wording": {name: self.wording[name].as_json() for name in WORDINGS},
        }


def read(
    opened: Opened, split: Split, *, workers: int | None = None, progress: Progress | None = None
) -> Language:
    """`split` is the one that `open_split` gives."""
    check_sentences(opened)
    opened.require_masks()
    progress = progress or Silent()
    masks: Counter[str] = Counter()
    for unit in opened.units:
        masks[unit.video] += unit.frames
    total = sum(masks.values())
    progress.start(f"language of {opened.name}", total, "mask")
    swapped: dict[Key, Swapped] = {}
    pairs: list[SentencePair] = []
    work = CompareVideo(opened.name, opened.result, opened.folder, split.folder)
    videos = [video for video in split.videos if masks[video]]
    for video, found in zip(videos, over_videos(work, videos, workers or paying_workers(total)), strict=True):
        swapped |= found.swapped
        pairs += found.pairs
        progress.advance(masks[video])
    progress.finish()
    return _language(opened, swapped, pairs)


def check_sentences(opened: Opened) -> None:
    """That each unit answers a sentence."""
    if any(unit.object is not None for unit in opened.units):
        raise UsageError(
            Problem(
                Code.NOT_OF_SENTENCES,
                f"{opened.folder}, protocol {opened.result.protocol}",
                expected="a protocol that scores each sentence by itself",
                found="one that scores objects, whichever sentence they were found by",
                fix="evaluate with --protocol all, and add --protocol per-expression here",
            )
        )


def score_of(opened: Opened, measure: str) -> Supported:
    """The score of another result, to be put beside."""
    keys = (J.info.key, F.info.key) if measure == JF_MEAN.key else (J.info.key,)
    return _supported(
        [(unit.video, sum(unit.values.get(key) or 0.0 for key in keys) / len(keys)) for unit in opened.units]
    )


def _language(opened: Opened, swapped: Mapping[Key, Swapped], pairs: Sequence[SentencePair]) -> Language:
    keys = [(unit.video, unit.unit) for unit in opened.units]
    texts = {
        (unit.video, unit.unit): opened.sentences[unit.video, unit.expression or ""].text
        for unit in opened.units
    }
    kinds = {key: wordings(text) or {WORDINGS[-1]} for key, text in texts.items()}

    def mean(of: Callable[[Swapped], float | None], chosen: Sequence[Key]) -> Supported:
        return _supported([(key[0], of(swapped[key])) for key in chosen], least=-1.0 if of is _gain else 0.0)

    beside = [key for key in keys if swapped[key].others is not None]
    known = [pair for pair in pairs if pair.j is not None]
    same, apart = ([pair for pair in known if pair.same is kind] for kind in (True, False))
    silent = Counter(pair.same for pair in pairs if pair.j is None)
    leaking = [pair for pair in apart if _j(pair) >= LEAK]
    return Language(
        opened=opened,
        measure=J.info.key if any(unit.frame is not None for unit in opened.units) else JF_MEAN.key,
        alone=len(keys) - len(beside),
        real=mean(lambda one: one.real, beside),
        others=mean(lambda one: one.others, beside),
        others_if_right=mean(lambda one: one.others_if_right, beside),
        gain=mean(_gain, beside),
        score=mean(lambda one: one.real, keys),
        largest=mean(lambda one: one.largest, keys),
        paraphrases=Pairs(
            _supported([(pair.video, pair.j) for pair in same]),
            _sentences(same),
            silent[True],
            tuple(sorted(same, key=_j)),
        ),
        leaks=Pairs(
            _supported([(pair.video, float(_j(pair) >= LEAK)) for pair in apart]),
            _sentences(apart),
            silent[False],
            tuple(sorted(leaking, key=_j, reverse=True)),
        ),
        wording={
            name: mean(lambda one: one.real, [key for key in keys if name in kinds[key]]) for name in WORDINGS
        },
    )


def _supported(values: Sequence[tuple[str, float | None]], least: float = 0.0) -> Supported:
    """`least` is what a value can be; the most is 1."""
    known = [(video, value) for video, value in values if value is not None]
    videos = [video for video, _ in known]
    interval = interval_of([value for _, value in known], videos)
    return Supported(
        mean_over_units(value for _, value in known),
        None if interval is None else interval.within(least, 1.0),
        len(known),
        len(set(videos)),
    )


def _sentences(pairs: Sequence[SentencePair]) -> int:
    return len({(pair.video, name) for pair in pairs for name in (pair.one, pair.other)})


def _gain(one: Swapped) -> float | None:
    return None if one.others is None else one.real - one.others


def _j(pair: SentencePair) -> float:
    return pair.j or 0.0
