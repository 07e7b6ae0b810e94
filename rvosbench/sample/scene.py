"""A scene: who is there, how each one looks and what it does. Nothing is drawn yet."""

from __future__ import annotations

from dataclasses import dataclass

from rvosbench.sample.dice import Dice
from rvosbench.sample.motion import Act, Stage, Track, cosine, mirrored, perform, sine
from rvosbench.sample.raster import UNIT
from rvosbench.sample.recipe import Recipe
from rvosbench.sample.scenarios import PASSERS_BY, Part, Scenario
from rvosbench.sample.shapes import ONE, ROUND, SHAPES, outline

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white")
PATTERNS = ("plain", "striped", "dotted")
ORDINARY, BIG, LITTLE = 100, 150, 68  # per cent of the recipe's radius


@dataclass(frozen=True, slots=True)
class Look:
    shape: str
    colour: str
    pattern: str
    size: int


@dataclass(frozen=True, slots=True)
class Actor:
    """`radius` is in units; `reach` is the distance of its farthest tip from its centre."""

    look: Look
    track: Track
    radius: int
    reach: int


@dataclass(frozen=True, slots=True)
class Scene:
    """`depth` lists the actors from the farthest to the nearest; width and height are in pixels."""

    name: str
    width: int
    height: int
    frames: int
    cast: tuple[Actor, ...]
    depth: tuple[int, ...]
    backdrop: int


def corners(actor: Actor, frame: int) -> list[tuple[int, int]]:
    """The outline of an actor in a frame, in units of the picture."""
    pose = actor.track[frame]
    sin, cos = sine(pose.turn), cosine(pose.turn)
    tall = actor.radius * pose.height // 256
    wide = actor.radius * 256 // pose.height
    # Squashed about its lower end, so that it stays on the ground.
    sunk = (actor.radius - tall) if pose.height != 256 else 0
    return [
        (
            pose.x + ((x * cos - y * sin) // 16384) * wide // ONE,
            pose.y + sunk + ((x * sin + y * cos) // 16384) * tall // ONE,
        )
        for x, y in outline(actor.look.shape)
    ]


def stage_scene(scenario: Scenario, recipe: Recipe, name: str, dice: Dice, backdrop: int) -> Scene:
    parts = _with_passers_by(scenario.parts, recipe, dice.named("passers-by"))
    looks = _looks(parts, recipe, dice.named("looks"))
    width, height = recipe.width * UNIT, recipe.height * UNIT
    mirror = dice.named("mirror").chance(50)
    lanes = _evenly(height, 1 + max(part.lane for part in parts), dice.named("lanes"))
    columns = _evenly(width, len(parts), dice.named("columns"))
    cast = []
    for index, (part, look) in enumerate(zip(parts, looks, strict=True)):
        radius = recipe.radius * UNIT * look.size // 100
        reach = radius * _tip(look.shape) // ONE
        stage = Stage(
            width,
            height,
            recipe.frames,
            reach,
            _inside(lanes[part.lane], reach, height),
            _inside(columns[index], reach, width),
        )
        track = perform(part.act, stage, dice.named("track", index))
        cast.append(Actor(look, mirrored(track, width) if mirror else track, radius, reach))
    return Scene(
        name,
        recipe.width,
        recipe.height,
        recipe.frames,
        tuple(cast),
        _depth(parts, dice.named("depth")),
        backdrop,
    )


def _with_passers_by(parts: tuple[Part, ...], recipe: Recipe, dice: Dice) -> tuple[Part, ...]:
    least, most = recipe.objects
    wanted = dice.between(least, most)
    lanes = 1 + max(part.lane for part in parts)
    more = [
        Part(dice.choice(PASSERS_BY), dice.below(3), dice.below(4), dice.below(lanes))
        for _ in range(max(0, wanted - len(parts)))
    ]
    return (*parts[:wanted], *more)


def _looks(parts: tuple[Part, ...], recipe: Recipe, dice: Dice) -> list[Look]:
    shapes, colours = dice.shuffled(SHAPES), dice.shuffled(COLOURS)
    spun = {part.shape for part in parts if part.act is Act.SPIN}
    for number in sorted(spun):
        # One does not see a circle spin: what spins gets a shape that shows it.
        if shapes[number] in ROUND:
            other = next(i for i in range(len(shapes)) if i not in spun and shapes[i] not in ROUND)
            shapes[number], shapes[other] = shapes[other], shapes[number]
    patterns = {key: _pattern(dice) for key in sorted({(part.shape, part.colour) for part in parts})}
    sizes = {number: _size(recipe, dice) for number in sorted({part.shape for part in parts})}
    return [
        Look(
            shapes[part.shape],
            colours[part.colour],
            patterns[part.shape, part.colour],
            BIG if part.in_front and not recipe.same_size else sizes[part.shape],
        )
        for part in parts
    ]


def _pattern(dice: Dice) -> str:
    return "plain" if dice.chance(65) else dice.choice(PATTERNS[1:])


def _size(recipe: Recipe, dice: Dice) -> int:
    if recipe.same_size or dice.chance(60):
        return ORDINARY
    return dice.choice((BIG, LITTLE))


def _tip(shape: str) -> int:
    farthest = max(x * x + y * y for x, y in outline(shape))
    root = ONE
    while root * root < farthest:
        root += 16
    return root


def _evenly(size: int, count: int, dice: Dice) -> list[int]:
    """Places at even distances, shuffled, each moved a little."""
    step = size // count
    return [
        step * place + step // 2 + step * dice.between(-12, 12) // 100
        for place in dice.shuffled(range(count))
    ]


def _inside(place: int, reach: int, size: int) -> int:
    return min(max(place, reach), size - reach)


def _depth(parts: tuple[Part, ...], dice: Dice) -> tuple[int, ...]:
    order = dice.shuffled(range(len(parts)))
    return tuple(sorted(order, key=lambda index: parts[index].in_front))
