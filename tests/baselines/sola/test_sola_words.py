"""Bare words, which the reduced variant is given in place of those of a text model."""

from __future__ import annotations

import torch
from rvosbench_baselines.sola.words import LONGEST, BareWords


def words(text: str) -> torch.Tensor:
    return BareWords(24, "cpu").of(text)


def test_a_word_is_the_same_in_all_sentences_and_cases() -> None:
    red = words("the red circle")[2]
    assert torch.equal(red, words("Red")[1])
    assert torch.equal(words("the red circle")[[0, -1]], words("a star")[[0, -1]])
    assert not torch.equal(red, words("the blue circle")[2])


def test_no_two_words_of_many_have_one_direction() -> None:
    found = words(" ".join(f"word{number}" for number in range(400)))
    assert found.shape == (402, 24)
    alike = torch.corrcoef(found).fill_diagonal_(0)
    assert float(alike.max()) < 0.99


def test_a_sentence_without_end_is_cut_as_roberta_cuts_it() -> None:
    assert len(words("on and " * 1000)) == LONGEST
