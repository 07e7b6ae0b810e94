"""What an actor verifiably did, in three values: True and False with a clear margin, None in between.

The answers come from the finished scene, never from the act it was cast for. A sentence may use an answer
only if nobody it could be about is in between. All limits are whole percentages of the frame's width or
height.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from rvosbench.sample.motion import TURN, Pose
from rvosbench.sample.raster import UNIT
from rvosbench.sample.scene import Actor, corners
from rvosbench.sample.world import World

Answer = bool | None

FAR, NEAR = 20, 3  # this much is a journey; this little is none
STEP = 1  # a step below this much is standing
PAUSE = 28  # per cent of the frames that a pause must last


@dataclass(frozen=True)
class Conduct:
    """The figures of one actor. Ways are sums of steps in one direction while it is in the frame, in per
    cent of the frame's width (left, right) or height (up, down)."""

    left: int
    right: int
    up: int
    down: int
    path: tuple[Pose, ...]  # while in the frame
    first: str  # where it is in the first frame: "inside", "partly", or beyond which side it is
    last: str
    still_before: int  # frames at the beginning, or at the end, in which it stays where it is
    still_after: int
    turned: int  # in 1/1024 of a turn, backwards and forwards alike
    covered: int  # how much of it others hid at most, in per cent, while it was wholly in the frame
    uncovered_around: bool  # all of it was seen both before and after that
    places: tuple[tuple[int, int], ...]  # x and y in per cent of the frame, wherever it is well seen
    frames: int

    @property
    def across(self) -> int:
        return self.left + self.right

    @property
    def along(self) -> int:
        return self.up + self.down

    @property
    def wholly_there(self) -> bool:
        return self.first == self.last == "inside"


def observe(world: World, index: int) -> Conduct:
    actor, scene = world.scene.cast[index], world.scene
    where = [_where(actor, frame, scene.width * UNIT, scene.height * UNIT) for frame in range(scene.frames)]
    there = [frame for frame, place in enumerate(where) if place in ("inside", "partly")]
    path = tuple(actor.track[frame] for frame in there)
    ways = _ways(path, scene.width * UNIT, scene.height * UNIT)
    still = [
        abs(b.x - a.x) * 100 < STEP * scene.width * UNIT and abs(b.y - a.y) * 100 < STEP * scene.height * UNIT
        for a, b in pairwise(actor.track)
    ]
    covered, around = _covering(world, index, where)
    return Conduct(
        *ways,
        path=path,
        first=where[0],
        last=where[-1],
        still_before=_run(still),
        still_after=_run(still[::-1]),
        turned=sum(abs(b.turn - a.turn) for a, b in pairwise(path)),
        covered=covered,
        uncovered_around=around,
        places=_places(world, index),
        frames=scene.frames,
    )


def _where(actor: Actor, frame: int, width: int, height: int) -> str:
    points = corners(actor, frame)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if max(xs) <= 0:
        return "left"
    if min(xs) >= width:
        return "right"
    return "inside" if min(*xs, *ys) >= 0 and max(xs) <= width and max(ys) <= height else "partly"


def _ways(path: tuple[Pose, ...], width: int, height: int) -> tuple[int, int, int, int]:
    left = right = up = down = 0
    for before, after in pairwise(path):
        dx, dy = after.x - before.x, after.y - before.y
        left, right = left + max(0, -dx), right + max(0, dx)
        up, down = up + max(0, -dy), down + max(0, dy)
    return left * 100 // width, right * 100 // width, up * 100 // height, down * 100 // height


def _run(flags: list[bool]) -> int:
    """How many frames stand still at the beginning: none if the first step already moves."""
    length = next((index for index, flag in enumerate(flags) if not flag), len(flags))
    return length + 1 if length else 0


def _covering(world: World, index: int, where: list[str]) -> tuple[int, bool]:
    hidden = [
        100 - int(world.visible[frame, index]) * 100 // max(1, int(world.in_frame[frame, index]))
        for frame, place in enumerate(where)
        if place == "inside"
    ]
    if not hidden:
        return 0, False
    at = hidden.index(max(hidden))
    return hidden[at], any(part <= 2 for part in hidden[:at]) and any(part <= 2 for part in hidden[at:])


def _places(world: World, index: int) -> tuple[tuple[int, int], ...]:
    """Where it is in the frames in which at least a third of it is seen."""
    actor, scene = world.scene.cast[index], world.scene
    usual = int(world.in_frame[:, index].max())
    return tuple(
        (pose.x * 100 // (scene.width * UNIT), pose.y * 100 // (scene.height * UNIT))
        for frame, pose in enumerate(actor.track)
        if 3 * int(world.visible[frame, index]) >= usual > 0
    )


def moves_left(one: Conduct) -> Answer:
    return _heads(one.left, one.right, one.along)


def moves_right(one: Conduct) -> Answer:
    return _heads(one.right, one.left, one.along)


def moves_up(one: Conduct) -> Answer:
    return _heads(one.up, one.down, one.across)


def moves_down(one: Conduct) -> Answer:
    return _heads(one.down, one.up, one.across)


def _heads(ahead: int, back: int, aside: int) -> Answer:
    if ahead >= FAR and back <= NEAR and aside <= NEAR:
        return True
    return False if ahead <= NEAR else None


def moves(one: Conduct) -> Answer:
    if one.across >= FAR or one.along >= FAR:
        return True
    return False if stands_still(one) else None


def stands_still(one: Conduct) -> Answer:
    if (
        one.wholly_there
        and one.across == one.along == 0
        and one.turned == 0
        and one.still_after == one.frames
    ):
        return True
    return False if one.across + one.along >= FAR else None


def turns_around(one: Conduct) -> Answer:
    if min(one.left, one.right) >= FAR and one.along <= NEAR:
        return True
    return False if min(one.left, one.right) <= NEAR and min(one.up, one.down) <= NEAR else None


def stops(one: Conduct) -> Answer:
    """Moves and then stands for the rest of the video."""
    if one.last not in ("inside", "partly"):
        return False
    pause = one.still_after * 100 >= PAUSE * one.frames
    if one.across + one.along >= FAR and one.last == "inside" and pause and min(one.up, one.down) <= NEAR:
        return True
    never_moved = one.across + one.along == 0 and one.turned == 0
    return False if one.still_after == 0 or never_moved else None


def starts_late(one: Conduct) -> Answer:
    """Stands at first and moves then."""
    if one.first != "inside":
        return None
    if one.across + one.along >= FAR and one.still_before * 100 >= PAUSE * one.frames:
        return True
    never_moved = one.across + one.along == 0 and one.turned == 0
    return False if one.still_before == 0 or never_moved else None


def enters_left(one: Conduct) -> Answer:
    return _comes(one.first, "left", one)


def enters_right(one: Conduct) -> Answer:
    return _comes(one.first, "right", one)


def leaves_left(one: Conduct) -> Answer:
    return _comes(one.last, "left", one)


def leaves_right(one: Conduct) -> Answer:
    return _comes(one.last, "right", one)


def enters(one: Conduct) -> Answer:
    return _either(enters_left(one), enters_right(one))


def leaves(one: Conduct) -> Answer:
    return _either(leaves_left(one), leaves_right(one))


def _comes(where: str, side: str, one: Conduct) -> Answer:
    if where == side and one.across >= FAR:
        return True
    return None if where == "partly" or where == side else False


def _either(one: Answer, other: Answer) -> Answer:
    if one or other:
        return True
    return None if one is None or other is None else False


def hops(one: Conduct) -> Answer:
    highs = [pose.y for pose in one.path]
    turns = [
        index
        for index in range(1, len(highs) - 1)
        if (highs[index] - highs[index - 1]) * (highs[index + 1] - highs[index]) < 0
    ]
    if min(one.up, one.down) >= FAR and len(turns) >= 3 and min(one.left, one.right) <= NEAR:
        return True
    return False if min(one.up, one.down) <= NEAR else None


def orbits(one: Conduct) -> Answer:
    """Goes once around or more, always in the same sense."""
    crosses = [
        (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)
        for a, b, c in zip(one.path, one.path[1:], one.path[2:], strict=False)
    ]
    one_sense = all(cross > 0 for cross in crosses) or all(cross < 0 for cross in crosses)
    if crosses and one_sense and min(one.left, one.right, one.up, one.down) >= NEAR * 4:
        return True
    return False if min(one.left, one.right) <= NEAR or min(one.up, one.down) <= NEAR else None


def spins(one: Conduct) -> Answer:
    if one.turned >= TURN and one.across + one.along <= NEAR:
        return True
    return False if one.turned <= TURN // 3 and max(abs(pose.turn) for pose in one.path) < TURN // 8 else None


def hides(one: Conduct) -> Answer:
    """Passes behind something and comes out again."""
    if one.covered >= 70 and one.uncovered_around and max(one.across, one.along) >= FAR:
        return True
    return False if one.covered <= 20 else None


def on_the_left(one: Conduct) -> Answer:
    return _placed([x for x, _ in one.places], upto=42, beyond=50)


def on_the_right(one: Conduct) -> Answer:
    return _placed([100 - x for x, _ in one.places], upto=42, beyond=50)


def at_the_top(one: Conduct) -> Answer:
    return _placed([y for _, y in one.places], upto=38, beyond=48)


def at_the_bottom(one: Conduct) -> Answer:
    return _placed([100 - y for _, y in one.places], upto=38, beyond=48)


def _placed(distances: list[int], upto: int, beyond: int) -> Answer:
    """Whether it is near a side in all frames in which it is seen, or in none of them."""
    if not distances:
        return None
    if max(distances) <= upto:
        return True
    return False if min(distances) >= beyond else None


Question = Callable[[Conduct], Answer]
