"""One finished video: its world, what is said of it, and its pictures, painted when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rvosbench.masks import rle
from rvosbench.sample import encode
from rvosbench.sample.backdrop import THEMES
from rvosbench.sample.dice import Dice
from rvosbench.sample.paint import paint
from rvosbench.sample.recipe import Recipe
from rvosbench.sample.scenarios import SCENARIOS
from rvosbench.sample.scene import stage_scene
from rvosbench.sample.selection import select
from rvosbench.sample.sentences import Kind, Sentence, every_sentence
from rvosbench.sample.world import World, play
from rvosbench.schema import Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")

TAKES = 30  # how often a scene is tried again before the least bad one is taken


class Group(StrEnum):
    """What a video is for; every layout makes splits of its own names of these."""

    TRAIN = "train"
    VALID = "valid"
    TEST = "test"


@dataclass(frozen=True)
class Film:
    """`sentences` are those the video comes with; `truths` are all that hold of it."""

    group: Group
    number: int
    fps: int
    world: World = field(repr=False)
    sentences: tuple[Sentence, ...] = field(repr=False)
    truths: tuple[Sentence, ...] = field(repr=False)

    @property
    def name(self) -> str:
        return self.world.scene.name

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.world.scene.height, self.world.scene.width

    @property
    def length(self) -> int:
        return self.world.scene.frames

    @property
    def actors(self) -> range:
        return range(len(self.world.scene.cast))

    def category(self, actor: int) -> str:
        return self.world.scene.cast[actor].look.shape

    @cached_property
    def pictures(self) -> NDArray[np.uint8]:
        """[frame, height, width, 3], RGB."""
        return np.stack(list(paint(self.world)))

    @cached_property
    def jpegs(self) -> tuple[bytes, ...]:
        return tuple(encode.jpeg(picture) for picture in self.pictures)

    @cached_property
    def pngs(self) -> tuple[bytes, ...]:
        return tuple(encode.png(picture) for picture in self.pictures)

    @cached_property
    def masks(self) -> tuple[dict[int, Mask], ...]:
        """Frame -> actor -> what is seen of it; absent where nothing is."""
        return tuple(
            {label - 1: mask for label, mask in rle.labels_to_masks(frame, labels).items()}
            for frame, labels in enumerate(self.world.labels)
        )

    def union(self, actors: tuple[int, ...], frame: int) -> NDArray[np.bool_]:
        chosen = np.zeros(256, np.bool_)
        chosen[[actor + 1 for actor in actors]] = True
        mask: NDArray[np.bool_] = chosen[self.world.labels[frame]]
        return mask

    def said_of(self, actor: int) -> tuple[Sentence, ...]:
        """Every true sentence that means this one actor, those the video comes with first."""
        truths = dict.fromkeys((*self.sentences, *self.truths))
        return tuple(sentence for sentence in truths if sentence.targets == (actor,))


def shoot(recipe: Recipe, seed: int) -> Iterator[Film]:
    """All films of a recipe, one after the other; the same recipe and seed give the same films."""
    groups = [Group.TRAIN] * recipe.train + [Group.VALID] * recipe.valid + [Group.TEST] * recipe.test
    for number, group in enumerate(groups):
        yield shoot_one(recipe, seed, number, group)


def shoot_one(recipe: Recipe, seed: int, number: int, group: Group) -> Film:
    """The first good take, or the least bad of many; only two are in memory at a time."""
    best = _take(recipe, seed, number, group, 0)
    least = faults(best, recipe)
    for take in range(1, TAKES):
        if not least:
            break
        film = _take(recipe, seed, number, group, take)
        if (found := faults(film, recipe)) < least:
            best, least = film, found
    return best


def _take(recipe: Recipe, seed: int, number: int, group: Group, take: int) -> Film:
    key = ("sample", seed, recipe.name)
    scenario = _in_turn(SCENARIOS, Dice(*key, "scenarios"), number)
    theme = _in_turn(range(len(THEMES)), Dice(*key, "themes"), number)
    name = f"{scenario.name}-{number + 1:02d}"
    dice = Dice(*key, number, take)
    world = play(stage_scene(scenario, recipe, name, dice, theme + len(THEMES) * number))
    truths = every_sentence(world, dice.named("wording"))
    chosen = select(truths, recipe.sentences, dice.named("selection"))
    return Film(group, number, recipe.fps, world, tuple(chosen), tuple(truths))


def _in_turn(options: Sequence[T], dice: Dice, number: int) -> T:
    """Every option comes once before any comes again, in an order of its own each time round."""
    round_, place = divmod(number, len(options))
    return dice.named(round_).shuffled(options)[place]


def faults(film: Film, recipe: Recipe) -> int:
    """How many things make a take less than good; 0 is good."""
    visible, in_frame = film.world.visible, film.world.in_frame
    there = 2 * in_frame >= in_frame.max(axis=0)
    seen = there & (2 * visible >= in_frame)
    hidden = int((3 * seen.sum(axis=0) < 2 * there.sum(axis=0)).sum())
    kinds = {sentence.kind for sentence in film.sentences}
    missing = len({Kind.MOTION, Kind.MULTI, Kind.NONE} - kinds)
    missing += kinds.isdisjoint({Kind.APPEARANCE, Kind.POSITION})
    unnamed = sum(not film.said_of(actor) for actor in film.actors)
    always_seen = any(visible[:, actor].min() > 0 and film.said_of(actor) for actor in film.actors)
    few = max(0, recipe.sentences * 2 // 3 - len(film.sentences))
    return 4 * hidden + missing + unnamed + 2 * (not always_seen) + few
