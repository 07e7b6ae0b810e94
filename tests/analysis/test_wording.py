"""What a sentence goes by: fixed lists of words, and directions that are no positions."""

from __future__ import annotations

import pytest

from rvosbench.analysis.wording import MOTION, POSITION, STATIC, wordings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the pink flower at the top", {"static", "position"}),
        ("A person in a red T-shirt.", {"static"}),
        ("The bird flying away", {"motion"}),
        ("the truck on the left, moving to the right", {"position", "motion"}),
        ("moving to the left", {"motion"}),
        ("a dog walking left to right", {"motion"}),
        ("walking to the left of the car", {"motion", "position"}),
        ("the cat to the left of the dog", {"position"}),
        ("the second panda", {"position"}),
        ("a cat", set()),
        ("", set()),
    ],
)
def test_a_sentence_can_be_of_several_kinds_or_of_none(text: str, expected: set[str]) -> None:
    assert wordings(text) == expected


def test_words_are_compared_whole() -> None:
    assert wordings("a leftover runway") == frozenset()


def test_no_word_is_in_two_lists() -> None:
    assert not STATIC & MOTION and not MOTION & POSITION and not STATIC & POSITION
