"""Every sentence is true of what it means, and of nothing else: checked against masks and pictures."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from watching import Watched, meaning, watch

from rvosbench.sample import SMALL, TINY, TRAINING, Recipe
from rvosbench.sample.film import Film, Group, shoot, shoot_one
from rvosbench.sample.paint import PAINTS
from rvosbench.sample.scene import BIG, COLOURS, LITTLE, PATTERNS, Look
from rvosbench.sample.sentences import NUMBERS, Kind, Sentence
from rvosbench.sample.shapes import SHAPES, plural

SIZES = {"big": BIG, "small": LITTLE}
SOME = [(TINY, 0, 6), (TINY, 7, 6), (SMALL, 3, 10), (TRAINING, 1, 10)]
CLAUSE = re.compile(r" (?:that|on|at|[a-z]+ing) ")  # what follows is no longer about looks


@cache
def some_films(recipe: Recipe, seed: int, count: int) -> list[Film]:
    return [shoot_one(recipe, seed, number, Group.VALID) for number in range(count)]


def watched(film: Film) -> list[Watched]:
    return [watch(film.world.labels == actor + 1) for actor in film.actors]


def fits(text: str, look: Look) -> bool:
    """Whether these are the looks that the words name."""
    words = CLAUSE.split(text)[0].split()
    shape = next((name for name in SHAPES for word in words if word in (name, plural(name))), look.shape)
    colour = next((word for word in words if word in COLOURS), look.colour)
    pattern = next((word for word in words if word in PATTERNS), look.pattern)
    size = next((SIZES[word] for word in words if word in SIZES), look.size)
    return (shape, colour, pattern, size) == (look.shape, look.colour, look.pattern, look.size)


@pytest.mark.parametrize(("recipe", "seed", "count"), SOME)
def test_a_viewer_of_the_masks_agrees_with_every_sentence(recipe: Recipe, seed: int, count: int) -> None:
    judged = Counter[str]()
    disagreements = []
    for film in some_films(recipe, seed, count):
        seen = watched(film)
        for sentence in film.truths:
            judge = meaning(sentence.text)
            for actor, actor_seen in enumerate(seen):
                if not fits(sentence.text, film.world.scene.cast[actor].look):
                    assert actor not in sentence.targets, (film.name, sentence)
                    continue
                verdict = judge(actor_seen) if judge else True
                judged[str(verdict)] += 1
                if verdict not in (None, actor in sentence.targets):
                    disagreements.append((film.name, actor, sentence.text, sentence.targets))
    assert disagreements == []
    assert judged["None"] < 0.15 * judged.total(), judged
    assert judged["True"] > 50 and judged["False"] > 50, judged


@pytest.mark.parametrize(("recipe", "seed", "count"), SOME[:3])
def test_the_number_of_targets_is_the_one_that_the_words_say(recipe: Recipe, seed: int, count: int) -> None:
    numbers = {word: number for number, word in NUMBERS.items()}
    for film in some_films(recipe, seed, count):
        for sentence in film.truths:
            said = numbers.get(sentence.text.split()[1], 1)
            assert len(sentence.targets) == (0 if sentence.kind is Kind.NONE else said), sentence


def test_motion_and_position_are_needed_where_they_are_said(films: list[Film]) -> None:
    for film in films:
        looks = [actor.look for actor in film.world.scene.cast]
        for sentence in film.truths:
            alike = sum(fits(sentence.text, look) for look in looks)
            if sentence.kind in (Kind.MOTION, Kind.POSITION):
                assert alike >= 2, sentence
            if sentence.kind is Kind.APPEARANCE:
                assert alike == 1, sentence


def test_an_actor_has_the_colour_that_is_said_of_it(films: list[Film]) -> None:
    """The hue and saturation of its pixels are nearest to those of the named paint."""
    names = list(PAINTS)
    paints = np.array([PAINTS[name] for name in names], np.float64)
    for film in films:
        for index, actor in enumerate(film.world.scene.cast):
            frame = int(np.argmax(film.world.visible[:, index]))
            pixels = film.pictures[frame][film.world.mask(index, frame)].astype(np.float64)
            middle = np.median(pixels, axis=0)
            assert names[int(np.argmin(_distance(paints, middle)))] == actor.look.colour, film.name


def _distance(paints: NDArray[np.float64], colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between colours whatever their brightness, which light and patterns change; white has no colour."""
    directions = paints / np.linalg.norm(paints, axis=1, keepdims=True)
    distance: NDArray[np.float64] = np.linalg.norm(directions - colour / np.linalg.norm(colour), axis=1)
    return distance


def test_an_absent_look_is_made_of_what_is_there(films: list[Film]) -> None:
    """ "the red star" where there is none is only said if something is red and something is a star."""
    found = 0
    for film in films:
        looks = [actor.look for actor in film.world.scene.cast]
        for sentence in film.truths:
            if sentence.kind is Kind.NONE and meaning(sentence.text) is None:
                _, colour, shape = sentence.text.split()
                assert any(look.colour == colour for look in looks)
                assert any(look.shape == shape for look in looks)
                assert not any((look.colour, look.shape) == (colour, shape) for look in looks)
                found += 1
    assert found


@pytest.mark.parametrize(("recipe", "seed", "count"), [(TINY, 0, 6), (SMALL, 3, 10)])
def test_the_sentences_of_a_video_are_varied(recipe: Recipe, seed: int, count: int) -> None:
    for film in some_films(recipe, seed, count):
        texts = [sentence.text for sentence in film.sentences]
        kinds = {sentence.kind for sentence in film.sentences}
        assert len(texts) == len(set(texts)) <= recipe.sentences
        assert {Kind.MOTION, Kind.MULTI, Kind.NONE} <= kinds and len(kinds) >= 4
        without_target = sum(not sentence.targets for sentence in film.sentences)
        assert 6 * (without_target - 1) < recipe.sentences


def test_several_sentences_may_mean_one_object(films: list[Film]) -> None:
    def most(film: Film) -> int:
        return max(Counter(one.targets for one in film.sentences if len(one.targets) == 1).values())

    assert max(most(film) for film in films) >= 2


def test_the_training_recipe_has_at_least_four_objects_of_one_size_in_every_video() -> None:
    for film in some_films(TRAINING, 1, 10):
        sizes = {actor.look.size for actor in film.world.scene.cast}
        largest = film.world.in_frame.max(axis=0)
        assert len(film.actors) >= 4 and len(sizes) == 1
        assert largest.max() < 1.12 * largest.min()


def test_films_are_the_same_for_the_same_seed_and_others_for_another(films: list[Film]) -> None:
    again = list(shoot(TINY, 0))
    other = list(shoot(TINY, 1))
    for film, same, different in zip(films, again, other, strict=True):
        assert np.array_equal(film.world.labels, same.world.labels)
        assert [one.text for one in film.sentences] == [one.text for one in same.sentences]
        assert not np.array_equal(film.world.labels, different.world.labels)


def test_who_is_in_front_hides_who_is_behind(films: list[Film]) -> None:
    hidden = 0
    for film in films:
        depth = film.world.scene.depth
        for frame, shapes in enumerate(film.world.silhouettes):
            for behind, before in pairwise(depth):
                both = np.zeros((2, *film.size), np.bool_)
                for place, actor in enumerate((behind, before)):
                    both[place][shapes[actor].window] = shapes[actor].mask
                assert not (film.world.mask(behind, frame) & both[1]).any()
                hidden += int((both[0] & both[1]).sum())
    assert hidden > 0


def test_shapes_enter_leave_cross_and_hide() -> None:
    """What the sample is for: all of it happens within a dozen videos."""
    films = some_films(SMALL, 3, 10)
    said = {meaning(sentence.text) for film in films for sentence in film.sentences if sentence.targets}
    names = {film.name.split("-")[0] for film in films}
    assert {"crossing", "visitor", "hideaway", "farewell"} <= names
    assert len(said) >= 15


def test_kinds_and_attributes_agree(films: list[Film]) -> None:
    def wanted(sentence: Sentence) -> set[str]:
        return {str(sentence.kind)} & {"motion", "position"}

    for film in films:
        for sentence in film.truths:
            assert wanted(sentence) <= sentence.attributes
