"""Sentences that are true of a scene, and of nothing else in it.

A sentence is a noun phrase, which says who could be meant, and perhaps a clause, which says who of them is.
It is only made if the clause has a clear answer for everyone the noun phrase fits. Where a clause stands, it
is needed: the noun phrase alone fits several. So `kind` says what a reader must look at:

    appearance   shape, colour, pattern or size tell the object
    position     and only where it is tells it from its likes
    motion       and only what it does tells it from its likes
    multi        several objects are meant
    none         nothing in the video is meant, though the words come close
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from rvosbench.sample import conduct
from rvosbench.sample.conduct import Conduct, Question, observe
from rvosbench.sample.dice import Dice
from rvosbench.sample.scene import BIG, COLOURS, LITTLE, PATTERNS, Look
from rvosbench.sample.shapes import SHAPES, plural
from rvosbench.sample.world import World


class Kind(StrEnum):
    APPEARANCE = "appearance"
    POSITION = "position"
    MOTION = "motion"
    MULTI = "multi"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Sentence:
    """`targets` are indices into the cast. `attributes` says which of colour, pattern, size, position and
    motion the words speak of; the shape is always among them or left open."""

    text: str
    targets: tuple[int, ...]
    kind: Kind
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clause:
    """What a noun phrase may be followed by, for one object and for several."""

    question: Question
    kind: Kind
    one: tuple[str, ...]
    several: tuple[str, ...] = ()


CLAUSES = (
    Clause(
        conduct.moves_left,
        Kind.MOTION,
        ("moving to the left", "that goes left", "heading to the left"),
        ("moving to the left", "that go left"),
    ),
    Clause(
        conduct.moves_right,
        Kind.MOTION,
        ("moving to the right", "that goes right", "heading to the right"),
        ("moving to the right", "that go right"),
    ),
    Clause(conduct.moves_up, Kind.MOTION, ("moving up", "that rises", "floating upwards"), ("moving up",)),
    Clause(
        conduct.moves_down, Kind.MOTION, ("moving down", "that sinks", "drifting downwards"), ("moving down",)
    ),
    Clause(
        conduct.stands_still,
        Kind.MOTION,
        ("that stays where it is", "that does not move", "standing still"),
        ("that do not move", "standing still"),
    ),
    Clause(conduct.moves, Kind.MOTION, ("that moves",), ("that move", "on the move")),
    Clause(
        conduct.turns_around,
        Kind.MOTION,
        ("that turns around", "that goes and comes back"),
        ("that turn around",),
    ),
    Clause(conduct.stops, Kind.MOTION, ("that stops", "that moves and then stops"), ("that stop",)),
    Clause(
        conduct.starts_late,
        Kind.MOTION,
        ("that waits before it moves", "that stands at first and then sets off"),
        ("that wait before they move",),
    ),
    Clause(
        conduct.enters_left,
        Kind.MOTION,
        ("that enters from the left", "coming in from the left"),
        ("that enter from the left",),
    ),
    Clause(
        conduct.enters_right,
        Kind.MOTION,
        ("that enters from the right", "coming in from the right"),
        ("that enter from the right",),
    ),
    Clause(
        conduct.leaves_left,
        Kind.MOTION,
        ("that leaves on the left", "going away to the left"),
        ("that leave on the left",),
    ),
    Clause(
        conduct.leaves_right,
        Kind.MOTION,
        ("that leaves on the right", "going away to the right"),
        ("that leave on the right",),
    ),
    Clause(conduct.enters, Kind.MOTION, ("that comes into view",), ("that come into view",)),
    Clause(conduct.leaves, Kind.MOTION, ("that leaves the scene",), ("that leave the scene",)),
    Clause(conduct.hops, Kind.MOTION, ("that hops", "hopping up and down"), ("that hop",)),
    Clause(conduct.orbits, Kind.MOTION, ("going around in a circle",), ("going around in circles",)),
    Clause(conduct.spins, Kind.MOTION, ("that spins", "spinning on the spot"), ("that spin",)),
    Clause(
        conduct.hides,
        Kind.MOTION,
        ("that hides behind another and comes out again", "passing behind another one"),
    ),
    Clause(conduct.on_the_left, Kind.POSITION, ("on the left",), ("on the left",)),
    Clause(conduct.on_the_right, Kind.POSITION, ("on the right",), ("on the right",)),
    Clause(conduct.at_the_top, Kind.POSITION, ("at the top",), ("at the top",)),
    Clause(conduct.at_the_bottom, Kind.POSITION, ("at the bottom",), ("at the bottom",)),
)

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}
ANY = "shape"


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun phrase: looks it fits are those whose stated properties agree."""

    shape: str | None = None
    colour: str | None = None
    pattern: str | None = None
    size: int | None = None

    def fits(self, look: Look) -> bool:
        return all(
            wanted is None or wanted == found
            for wanted, found in (
                (self.shape, look.shape),
                (self.colour, look.colour),
                (self.pattern, look.pattern),
                (self.size, look.size),
            )
        )

    @property
    def attributes(self) -> frozenset[str]:
        return frozenset(name for name in ("colour", "pattern", "size") if getattr(self, name) is not None)

    def words(self, *, several: bool = False) -> str:
        size = {None: "", BIG: "big", LITTLE: "small"}[self.size]
        noun = self.shape or ANY
        words = (size, self.pattern or "", self.colour or "", plural(noun) if several else noun)
        return " ".join(word for word in words if word)


def vocabulary() -> tuple[str, ...]:
    """Every word that a sentence can have, in order."""
    clauses = [text for clause in CLAUSES for text in (*clause.one, *clause.several)]
    nouns = [*SHAPES, ANY, *map(plural, (*SHAPES, ANY))]
    words = ["the", "big", "small", *PATTERNS, *COLOURS, *nouns, *NUMBERS.values()]
    return tuple(sorted({*words, *(word for text in clauses for word in text.split())}))


def every_sentence(world: World, dice: Dice) -> list[Sentence]:
    """All that can be said, without repeating a text; the dice choose among wordings."""
    looks = [actor.look for actor in world.scene.cast]
    conducts = [observe(world, index) for index in range(len(looks))]
    found: dict[str, Sentence] = {}
    for noun in _nouns(looks):
        for sentence in _about(noun, looks, conducts, dice):
            found.setdefault(sentence.text, sentence)
    for sentence in _absent(looks):
        found.setdefault(sentence.text, sentence)
    return list(found.values())


def _nouns(looks: list[Look]) -> Iterator[Noun]:
    """Noun phrases that fit somebody, the simple ones first."""
    yield Noun()
    makers: tuple[Callable[[Look], Noun], ...] = (
        lambda look: Noun(look.shape),
        lambda look: Noun(None, look.colour),
        lambda look: Noun(look.shape, look.colour),
        lambda look: Noun(look.shape, None, _pattern(look)),
        lambda look: Noun(look.shape, look.colour, _pattern(look)),
        lambda look: Noun(None, None, None, _size(look)),
        lambda look: Noun(look.shape, None, None, _size(look)),
        lambda look: Noun(look.shape, look.colour, None, _size(look)),
    )
    seen = {Noun()}
    for make in makers:
        for look in looks:
            noun = make(look)
            if noun not in seen and _contrasts(noun, looks):
                seen.add(noun)
                yield noun


def _contrasts(noun: Noun, looks: list[Look]) -> bool:
    """Big and small are said only where the same words would else fit one of another size."""
    others = replace(noun, size=None)
    return noun.size is None or any(others.fits(look) and look.size != noun.size for look in looks)


def _pattern(look: Look) -> str | None:
    return None if look.pattern == "plain" else look.pattern


def _size(look: Look) -> int | None:
    return look.size if look.size in (BIG, LITTLE) else None


def _about(noun: Noun, looks: list[Look], conducts: list[Conduct], dice: Dice) -> Iterator[Sentence]:
    who = tuple(index for index, look in enumerate(looks) if noun.fits(look))
    if len(who) == 1:
        yield Sentence(f"the {noun.words()}", who, Kind.APPEARANCE, noun.attributes)
        return
    if len(who) < len(looks):
        yield Sentence(
            f"the {NUMBERS[len(who)]} {noun.words(several=True)}", who, Kind.MULTI, noun.attributes
        )
    for clause in CLAUSES:
        answers = [clause.question(conducts[index]) for index in who]
        if None in answers:
            continue
        meant = tuple(index for index, answer in zip(who, answers, strict=True) if answer)
        attributes = noun.attributes | {str(clause.kind)}
        if not meant:
            yield Sentence(f"the {noun.words()} {dice.choice(clause.one)}", (), Kind.NONE, attributes)
        elif len(meant) == 1:
            text = f"the {noun.words()} {dice.choice(clause.one)}"
            yield Sentence(text, meant, clause.kind, attributes)
        elif len(meant) < len(who) and clause.several:
            text = f"the {NUMBERS[len(meant)]} {noun.words(several=True)} {dice.choice(clause.several)}"
            yield Sentence(text, meant, Kind.MULTI, attributes)


def _absent(looks: list[Look]) -> Iterator[Sentence]:
    """Looks that nobody has, though somebody has the shape and somebody the colour."""
    there = {(look.shape, look.colour) for look in looks}
    for shape in SHAPES:
        for colour in COLOURS:
            near = {shape, colour} <= {word for pair in there for word in pair}
            if near and (shape, colour) not in there:
                yield Sentence(f"the {colour} {shape}", (), Kind.NONE, frozenset({"colour"}))
