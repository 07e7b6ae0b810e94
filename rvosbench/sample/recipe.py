"""How much is made: from a set for tests to one for benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

from rvosbench.errors import Code, Problem, UsageError


@dataclass(frozen=True, slots=True)
class Recipe:
    """`radius` is that of a circle of ordinary size, in pixels; `train`, `valid` and `test` count videos;
    `objects` is the least and the greatest number in a video; `sentences` is the most a video gets."""

    name: str
    width: int
    height: int
    frames: int
    radius: int
    train: int
    valid: int
    test: int
    objects: tuple[int, int]
    sentences: int
    same_size: bool = False
    fps: int = 12

    @property
    def videos(self) -> int:
        return self.train + self.valid + self.test


TINY = Recipe("tiny", 96, 64, 8, 8, train=3, valid=2, test=1, objects=(3, 4), sentences=6, fps=4)
SMALL = Recipe("small", 320, 180, 24, 22, train=4, valid=6, test=2, objects=(4, 5), sentences=6)
TRAINING = Recipe(
    "training", 160, 96, 16, 11, train=240, valid=32, test=8, objects=(4, 6), sentences=12, same_size=True
)
LARGE = Recipe("large", 854, 480, 48, 52, train=4, valid=24, test=2, objects=(4, 7), sentences=12, fps=24)

RECIPES = {recipe.name: recipe for recipe in (TINY, SMALL, TRAINING, LARGE)}


def find_recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                path="--recipe",
                expected="one of " + ", ".join(RECIPES),
                found=name,
                fix="choose one of these",
            )
        )
    return RECIPES[name]
