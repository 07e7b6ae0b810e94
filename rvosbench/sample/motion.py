"""How shapes move: every act becomes one pose per frame, in whole numbers.

Positions are in units of `raster.UNIT` to the pixel, turns in 1/1024 of a full turn, clockwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from rvosbench.sample.dice import Dice
from rvosbench.sample.raster import UNIT

TURN = 1024
_SINE = tuple(round(16384 * math.sin(2 * math.pi * step / TURN)) for step in range(TURN))
_UPRIGHT = 256  # the height of a shape that is neither squashed nor stretched


def sine(turn: int) -> int:
    """In 1/16384."""
    return _SINE[turn % TURN]


def cosine(turn: int) -> int:
    return _SINE[(turn + TURN // 4) % TURN]


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the centre of a shape is, how far it has turned, and how tall it is, in 1/256."""

    x: int
    y: int
    turn: int = 0
    height: int = _UPRIGHT


Track = tuple[Pose, ...]


class Act(StrEnum):
    STAY = "stay"
    RIGHT = "right"
    LEFT = "left"
    RISE = "rise"
    SINK = "sink"
    RETURN = "return"
    STOP = "stop"
    START = "start"
    ENTER = "enter"
    LEAVE = "leave"
    THROUGH = "through"
    HOP = "hop"
    HOP_AWAY = "hop away"
    ORBIT = "orbit"
    SPIN = "spin"


@dataclass(frozen=True, slots=True)
class Stage:
    """The room that one shape has: the frame, and the band of it (`lane`, a height) that is its own.
    `column` is where it stands if it does not travel. `reach` is how far its tips are from its centre."""

    width: int
    height: int
    frames: int
    reach: int
    lane: int
    column: int

    @property
    def left(self) -> int:
        return self.reach

    @property
    def right(self) -> int:
        return self.width - self.reach

    @property
    def top(self) -> int:
        return self.reach

    @property
    def bottom(self) -> int:
        return self.height - self.reach

    def across(self, percent: int) -> int:
        return self.left + (self.right - self.left) * percent // 100

    def down(self, percent: int) -> int:
        return self.top + (self.bottom - self.top) * percent // 100

    def moment(self, percent: int) -> int:
        return (self.frames - 1) * percent // 100


Spot = tuple[int, int, int]  # frame, x, y


def perform(act: Act, stage: Stage, dice: Dice) -> Track:
    """The act as seen with the world's left and right; a mirrored scene mirrors the track."""
    match act:
        case Act.STAY:
            return (Pose(stage.column, stage.lane),) * stage.frames
        case Act.HOP:
            x = stage.across(dice.between(15, 85)) if dice.chance(50) else stage.column
            return _hopping(stage, x, x)
        case Act.HOP_AWAY:
            return _hopping(stage, stage.across(dice.between(0, 12)), stage.across(dice.between(75, 100)))
        case Act.ORBIT:
            return _orbiting(stage, dice)
        case Act.SPIN:
            return _spinning(stage, dice)
    return _swaying(_along(_way(act, stage, dice), stage.frames), dice)


def mirrored(track: Track, width: int) -> Track:
    return tuple(Pose(width - pose.x, pose.y, -pose.turn, pose.height) for pose in track)


def _way(act: Act, stage: Stage, dice: Dice) -> Sequence[Spot]:
    """Where the shape is at which moments; between them it moves evenly."""
    end, lane = stage.frames - 1, stage.lane
    near, far = stage.across(dice.between(0, 14)), stage.across(dice.between(86, 100))
    outside_left, outside_right = -stage.reach - UNIT, stage.width + stage.reach + UNIT
    match act:
        case Act.RIGHT:
            return (0, near, lane), (end, far, lane)
        case Act.LEFT:
            return (0, far, lane), (end, near, lane)
        case Act.RISE:
            return (0, stage.column, stage.down(100)), (end, stage.column, stage.down(dice.between(0, 10)))
        case Act.SINK:
            return (0, stage.column, stage.down(0)), (end, stage.column, stage.down(dice.between(90, 100)))
        case Act.RETURN:
            turn = stage.moment(dice.between(45, 58))
            return (0, near, lane), (turn, far, lane), (end, stage.across(dice.between(5, 20)), lane)
        case Act.STOP:
            stop, place = stage.moment(dice.between(45, 58)), stage.across(dice.between(52, 80))
            return (0, near, lane), (stop, place, lane), (end, place, lane)
        case Act.START:
            start = stage.moment(dice.between(45, 55))
            return (0, near, lane), (start, near, lane), (end, stage.across(dice.between(60, 95)), lane)
        case Act.ENTER:
            inside = stage.moment(dice.between(62, 85))
            place = stage.across(dice.between(40, 75))
            return (0, outside_left, lane), (inside, place, lane), (end, place, lane)
        case Act.LEAVE:
            start = stage.across(dice.between(40, 65))
            return (0, start, lane), (stage.moment(88), outside_right, lane), (end, outside_right, lane)
        case _:
            return (0, outside_left, lane), (end, outside_right, lane)


def _along(way: Sequence[Spot], frames: int) -> Track:
    poses = []
    for frame in range(frames):
        (t0, x0, y0), (t1, x1, y1) = next(
            leg for leg in pairwise(way) if leg[1][0] >= frame and leg[1][0] > leg[0][0]
        )
        done, whole = frame - t0, t1 - t0
        poses.append(Pose(x0 + (x1 - x0) * done // whole, y0 + (y1 - y0) * done // whole))
    return tuple(poses)


def _swaying(track: Track, dice: Dice) -> Track:
    """A travelling shape rocks a little, as if it walked; a standing one does not."""
    phase, reach = dice.below(TURN), dice.between(12, 30)
    moved, poses = 0, [track[0]]
    for before, pose in pairwise(track):
        moved += abs(pose.x - before.x) + abs(pose.y - before.y)
        if moved == 0 or (pose.x, pose.y) == (before.x, before.y):
            poses.append(Pose(pose.x, pose.y, poses[-1].turn))
        else:
            rocking = sine(phase + moved * TURN // (40 * UNIT)) - sine(phase)
            poses.append(Pose(pose.x, pose.y, reach * rocking // 32768))
    return tuple(poses)


def _hopping(stage: Stage, start: int, end: int) -> Track:
    """Parabolas, with a squash at each landing; at least two hops, however short the video."""
    hops = max(2, stage.frames // 8)
    ground = min(stage.bottom, max(stage.lane, stage.top + (stage.bottom - stage.top) // 2))
    leap = min(ground - stage.top, stage.height * 30 // 100)
    poses = []
    for frame in range(stage.frames):
        # The share of the present hop that is done, in 1/1024; a video ends on the ground.
        done = frame * hops * 1024 // (stage.frames - 1) % 1024
        up = 4 * leap * done * (1024 - done) // (1024 * 1024)
        squash = max(0, 128 - done, done - 896) * 44 // 128
        x = start + (end - start) * frame // (stage.frames - 1)
        poses.append(Pose(x, ground - up, 0, _UPRIGHT - squash))
    return tuple(poses)


def _orbiting(stage: Stage, dice: Dice) -> Track:
    radius = min(stage.bottom - stage.top, stage.right - stage.left) // 2
    radius = radius * dice.between(85, 100) // 100
    centre_x = min(max(stage.column, stage.left + radius), stage.right - radius)
    centre_y = (stage.top + stage.bottom) // 2
    phase, sense = dice.below(TURN), dice.choice((-1, 1))
    poses = []
    for frame in range(stage.frames):
        turn = phase + sense * frame * TURN * 5 // (4 * (stage.frames - 1))
        poses.append(Pose(centre_x + radius * cosine(turn) // 16384, centre_y + radius * sine(turn) // 16384))
    return tuple(poses)


def _spinning(stage: Stage, dice: Dice) -> Track:
    turns, sense = dice.between(115, 150), dice.choice((-1, 1))
    return tuple(
        Pose(stage.column, stage.lane, sense * frame * TURN * turns // (100 * (stage.frames - 1)))
        for frame in range(stage.frames)
    )
