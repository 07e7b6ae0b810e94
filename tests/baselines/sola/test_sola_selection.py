"""What the selection module does beyond the golden case: any number of tracks, steps and words."""

from __future__ import annotations

import pytest
import torch
from rvosbench_baselines.sola import build
from rvosbench_baselines.sola.losses import alignment_loss, selection_loss
from rvosbench_baselines.sola.model import Sola
from torch import Tensor

from rvosbench.errors import UsageError


@pytest.fixture(scope="module")
def model() -> Sola:
    torch.manual_seed(1)
    return build("sola-small").eval()


def case(tracks: int, frames: int, words: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(100 * tracks + frames)
    return (
        torch.randn(tracks, frames, 256, generator=generator),
        torch.randn(words, 32, generator=generator),
    )


@pytest.mark.parametrize("tracks", [1, 2, 64])
@pytest.mark.parametrize(("frames", "steps"), [(1, 1), (8, 1), (9, 2), (200, 25)])
def test_any_number_of_tracks_and_frames_is_scored(model: Sola, tracks: int, frames: int, steps: int) -> None:
    tokens, words = case(tracks, frames, 3)
    with torch.no_grad():
        assert model.encode(tokens).shape == (tracks, steps, 32)
        selection = model(tokens, words)
    assert selection.scores.shape == (tracks,)
    assert bool(selection.scores.isfinite().all())


def test_scores_follow_their_tracks_when_these_are_put_in_another_order(model: Sola) -> None:
    tokens, words = case(6, 30, 4)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    with torch.no_grad():
        torch.testing.assert_close(
            model(tokens[order], words).scores, model(tokens, words).scores[order], rtol=1e-4, atol=1e-4
        )


def test_the_order_of_words_does_not_matter_but_that_of_frames_does(model: Sola) -> None:
    """Words come with their places inside, from the text encoder; steps do not."""
    tokens, words = case(6, 30, 4)
    with torch.no_grad():
        forth = model(tokens, words).scores
        torch.testing.assert_close(model(tokens, words.flip(0)).scores, forth, rtol=1e-4, atol=1e-4)
        assert float((model(tokens.flip(1), words).scores - forth).abs().max()) > 1e-3


def test_another_track_changes_the_scores_of_all_so_there_can_be_no_padding(model: Sola) -> None:
    tokens, words = case(6, 30, 4)
    with torch.no_grad():
        more = model(torch.cat((tokens, torch.zeros_like(tokens[:1]))), words).scores[:6]
        assert float((more - model(tokens, words).scores).abs().max()) > 1e-3


def test_tracks_are_encoded_once_for_all_sentences(model: Sola) -> None:
    tokens, words = case(5, 20, 4)
    with torch.no_grad():
        encoded = model.encode(tokens)
        before = encoded.clone()
        for sentence in (words, words[:1], words.repeat(20, 1)):
            assert torch.equal(model.select(encoded, sentence).scores, model(tokens, sentence).scores)
        assert torch.equal(encoded, before)


def test_several_sentences_at_once_score_as_each_alone(model: Sola) -> None:
    tokens, words = case(5, 20, 9)
    sentences = [words, words[:1], words[3:7]]
    with torch.no_grad():
        encoded = model.encode(tokens)
        together = model.select_each(encoded, sentences)
        for place, sentence in enumerate(sentences):
            alone = model.select(encoded, sentence)
            torch.testing.assert_close(together.scores[place], alone.scores, rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(together.tokens[place], alone.tokens, rtol=1e-4, atol=1e-4)
    assert together.scores.shape == (3, 5)
    assert not torch.allclose(together.scores[0], together.scores[1])


def test_the_random_matrix_of_the_time_code_comes_from_the_checkpoint() -> None:
    torch.manual_seed(2)
    first, second = build("sola-small").eval(), build("sola-small").eval()
    tokens, words = case(3, 40, 2)
    second.load_state_dict(first.state_dict())
    with torch.no_grad():
        assert torch.equal(first(tokens, words).scores, second(tokens, words).scores)


def test_a_track_that_is_not_meant_is_drawn_to_its_nearest_negative_token_alone() -> None:
    tokens = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    negatives = torch.tensor([[0.2, 0.9], [0.9, 0.2]], requires_grad=True)
    loss = alignment_loss(tokens, torch.tensor([1.0, 0.0]), torch.tensor([1.0, 0.0]), negatives)
    (gradient,) = torch.autograd.grad(loss, negatives)
    assert gradient[0, 1] < 0 < gradient[1, 1]  # the step goes against the gradient: nearer, and away
    assert (gradient[:, 0] > 0).all()  # both away from the track that is meant


def test_tracks_that_are_meant_weigh_one_and_a_half() -> None:
    scores = torch.zeros(4)
    half = selection_loss(scores, torch.zeros(4))
    assert selection_loss(scores, torch.ones(4)) == pytest.approx(1.5 * float(half))


def test_an_unknown_variant_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="sola, sola-small"):
        build("sola-huge")
