"""The little stories that the videos tell.

Each part has an act, a shape and a colour. Shapes and colours are numbers here: equal numbers are equal
looks, and the dice say which look a number stands for. In every story some shapes look alike, so that only
what they do, or where they are, tells them apart. Parts with the same lane meet.
"""

from __future__ import annotations

from dataclasses import dataclass

from rvosbench.sample.motion import Act


@dataclass(frozen=True, slots=True)
class Part:
    act: Act
    shape: int
    colour: int
    lane: int
    in_front: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    parts: tuple[Part, ...]


SCENARIOS = (
    Scenario(
        "crossing",
        (
            Part(Act.RIGHT, 0, 0, 1),
            Part(Act.LEFT, 0, 0, 1),
            Part(Act.STAY, 1, 1, 0),
            Part(Act.RETURN, 1, 2, 2),
        ),
    ),
    Scenario(
        "visitor",
        (
            Part(Act.ENTER, 0, 0, 1),
            Part(Act.STAY, 0, 0, 2),
            Part(Act.LEAVE, 1, 1, 0),
            Part(Act.HOP, 1, 1, 2),
        ),
    ),
    Scenario(
        "roundtrip",
        (
            Part(Act.RETURN, 0, 0, 0),
            Part(Act.RIGHT, 0, 0, 1),
            Part(Act.STAY, 1, 1, 2),
            Part(Act.LEFT, 1, 2, 1),
        ),
    ),
    Scenario(
        "hideaway",
        (
            Part(Act.RIGHT, 0, 0, 1),
            Part(Act.STAY, 1, 1, 1, in_front=True),
            Part(Act.STAY, 0, 0, 0),
            Part(Act.STAY, 1, 2, 2),
        ),
    ),
    Scenario(
        "parade",
        (
            Part(Act.RIGHT, 0, 0, 0),
            Part(Act.LEFT, 0, 1, 1),
            Part(Act.RIGHT, 0, 1, 2),
            Part(Act.STAY, 1, 2, 3),
        ),
    ),
    Scenario(
        "hopscotch",
        (
            Part(Act.HOP_AWAY, 0, 0, 2),
            Part(Act.STAY, 0, 0, 1),
            Part(Act.STAY, 1, 1, 0),
            Part(Act.HOP, 1, 1, 2),
        ),
    ),
    Scenario(
        "carousel",
        (
            Part(Act.ORBIT, 0, 0, 1),
            Part(Act.STAY, 0, 0, 1),
            Part(Act.SPIN, 1, 1, 2),
            Part(Act.STAY, 1, 1, 0),
        ),
    ),
    Scenario(
        "traffic",
        (
            Part(Act.STOP, 0, 0, 0),
            Part(Act.RIGHT, 0, 0, 1),
            Part(Act.START, 1, 1, 2),
            Part(Act.LEFT, 1, 1, 3),
        ),
    ),
    Scenario(
        "farewell",
        (
            Part(Act.LEAVE, 0, 0, 1),
            Part(Act.RISE, 0, 0, 1),
            Part(Act.STAY, 1, 1, 2),
            Part(Act.THROUGH, 1, 2, 0),
        ),
    ),
    Scenario(
        "seesaw",
        (
            Part(Act.RISE, 0, 0, 1),
            Part(Act.SINK, 0, 0, 1),
            Part(Act.STAY, 1, 0, 2),
            Part(Act.STAY, 1, 1, 0),
        ),
    ),
)

# What joins where a recipe wants more objects than the story has parts.
PASSERS_BY = (Act.STAY, Act.RIGHT, Act.LEFT, Act.HOP, Act.RETURN, Act.SPIN, Act.STOP)
