"""Where the text encoder has no layer, words are bare: known by their directions, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from rvosbench_baselines.bare_words import direction
from rvosbench_baselines.soc.config import VARIANTS
from rvosbench_baselines.soc.model import Soc
from rvosbench_baselines.soc.text import TextFeatures
from rvosbench_baselines.text import padded, roberta_words
from torch.nn.functional import cosine_similarity

CONFIG = replace(VARIANTS["soc-small"], text=replace(VARIANTS["soc-small"].text, depth=0), dropout=0.0)
WORDS = roberta_words(CONFIG.text.vocabulary, ("the", "red", "blue", "circle", "star"))


@pytest.fixture(scope="module")
def model() -> Soc:
    torch.manual_seed(0)
    return Soc(CONFIG, frozen_text=False).eval()


@torch.no_grad()
def read(model: Soc, *sentences: str) -> TextFeatures:
    ids, present = padded([WORDS.encode(one) for one in sentences], WORDS.pad)
    return model.read(ids, present)


def test_sentences_that_share_no_word_but_an_article_are_far_apart(model: Soc) -> None:
    one, other, again = read(model, "the red circle", "the blue star", "the red circle").sentence
    assert torch.equal(one, again)
    assert cosine_similarity(one, other, dim=0) < 0.7


def test_a_word_is_the_same_in_every_sentence_and_its_ends_and_paddings_are_none(model: Soc) -> None:
    text = read(model, "the red circle", "red")
    assert torch.equal(text.words[2, 0], text.words[1, 1])
    inside = ~text.padding
    assert inside.tolist() == [[False, True, True, True, False], [False, True, False, False, False]]
    assert not text.words.isnan().any()


def test_a_sentence_is_as_long_as_a_word(model: Soc) -> None:
    ids, present = padded([WORDS.encode("the red circle")], WORDS.pad)
    present[:, [0, -1]] = False
    _, sentence = model.text_encoder(ids, present)
    words = torch.stack([direction(str(one), CONFIG.text.width) for one in ids[0, 1:-1].tolist()])
    torch.testing.assert_close(sentence[0], words.sum(0) / 3**0.5)


@torch.no_grad()
def test_an_empty_sentence_is_read_too(model: Soc) -> None:
    text = read(model, "", "the red circle")
    assert text.padding[0].tolist() == [False, False, True, True, True]
    frames = torch.zeros(1, 2, 3, 64, 96)
    output = model.relate(model.see(frames), text)
    assert bool(output.pred_masks.isfinite().all())


def test_nothing_of_them_is_trained_or_saved(model: Soc) -> None:
    assert not list(model.text_encoder.parameters())
    assert not [key for key in model.state_dict() if key.startswith("text_encoder.")]
