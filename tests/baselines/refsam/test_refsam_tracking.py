"""One token goes from frame to frame: forwards, never backwards."""

from __future__ import annotations

import pytest
import torch
from refsam_clips import small_model
from rvosbench_baselines.refsam.model import RefSam
from torch import Tensor, nn
from torch.nn import functional


@pytest.fixture(scope="module")
def model() -> RefSam:
    return small_model()


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    return torch.randn(4, 3, 128, 128, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def text() -> Tensor:
    return torch.randn(1, 6, 32, generator=torch.Generator().manual_seed(2))


@torch.no_grad()
def test_the_next_frame_changes_when_the_token_of_this_one_does(
    model: RefSam, pixels: Tensor, text: Tensor
) -> None:
    sentence, first, second = model.read(text), model.see(pixels[:1]), model.see(pixels[1:2])
    token = model.segment(first, sentence).track_token
    after = model.segment(second, sentence, token)
    other = model.segment(second, sentence, token + 0.1)
    none = model.segment(second, sentence, None)
    for one, two in ((after, other), (after, none), (other, none)):
        assert float((one.logits - two.logits).abs().max()) > 1e-3
        assert float((one.track_token - two.track_token).abs().max()) > 1e-3


@torch.no_grad()
def test_a_frame_changes_when_what_was_seen_before_it_does(
    model: RefSam, pixels: Tensor, text: Tensor
) -> None:
    logits, _ = model(pixels, text)
    changed = torch.cat((pixels[:1] + 1, pixels[1:]))
    other, _ = model(changed, text)
    for index in range(len(pixels)):
        assert not torch.equal(logits[index], other[index])


@pytest.mark.parametrize("upto", [1, 2, 3])
@torch.no_grad()
def test_a_frame_does_not_depend_on_later_ones(
    model: RefSam, pixels: Tensor, text: Tensor, upto: int
) -> None:
    logits, _ = model(pixels, text)
    changed = torch.cat((pixels[:upto], torch.randn_like(pixels[upto:])))
    other, _ = model(changed, text)
    assert torch.equal(other[:upto], logits[:upto])
    shorter, _ = model(pixels[:upto], text)
    assert torch.equal(shorter, logits[:upto])


@torch.no_grad()
def test_a_clip_may_be_cut_anywhere_when_the_token_is_handed_on(
    model: RefSam, pixels: Tensor, text: Tensor
) -> None:
    logits, last = model(pixels, text)
    one, token = model(pixels[:3], text)
    two, end = model(pixels[3:], text, token)
    assert torch.equal(torch.cat((one, two)), logits)
    assert torch.equal(end, last)


@torch.no_grad()
def test_several_sentences_at_once_are_what_they_are_one_by_one(model: RefSam, pixels: Tensor) -> None:
    texts = torch.randn(3, 5, 32)
    together, tokens = model(pixels, texts)
    assert together.shape == (4, 3, 1, 32, 32)
    for place in range(3):
        alone, token = model(pixels, texts[place : place + 1])
        torch.testing.assert_close(together[:, place : place + 1], alone, rtol=0, atol=1e-5)
        torch.testing.assert_close(tokens[place : place + 1], token, rtol=0, atol=1e-5)


def by_hand(net: nn.Module, known: Tensor) -> Tensor:
    """The released module in plain products; attention over one token is its value."""
    state = net.state_dict()
    width = known.shape[-1]

    def linear(name: str, x: Tensor) -> Tensor:
        out: Tensor = x @ state[f"{name}.weight"].T + state[f"{name}.bias"]
        return out

    def norm(name: str, x: Tensor) -> Tensor:
        out: Tensor = functional.layer_norm(x, (width,), state[f"{name}.weight"], state[f"{name}.bias"])
        return out

    value = known @ state["self_attn.in_proj_weight"][2 * width :].T
    value = value + state["self_attn.in_proj_bias"][2 * width :]
    token = norm("norm1", known + linear("self_attn.out_proj", value))
    token = norm("norm2", token + linear("linear2", linear("linear1", token).relu()))
    return norm("norm_feat", known + linear("linear_feat2", linear("linear_feat1", token).relu()))


@torch.no_grad()
def test_the_token_is_made_from_the_object_and_from_the_token_before(model: RefSam) -> None:
    found, before = torch.randn(2, 1, 32), torch.randn(2, 1, 32)
    torch.testing.assert_close(model.track_net(found), by_hand(model.track_net, found))
    torch.testing.assert_close(model.track_net(found, before), by_hand(model.track_net, found + before))


@torch.no_grad()
def test_the_object_token_is_that_of_sams_single_mask(model: RefSam, pixels: Tensor, text: Tensor) -> None:
    sentence, seen = model.read(text), model.see(pixels[:1])
    decoded = model.mask_decoder(
        seen.last,
        model.prompt_encoder.position_code(),
        sentence.words,
        model.dense_prompt(seen, sentence),
    )
    mask = model.segment(seen, sentence)
    assert torch.equal(mask.logits, decoded.logits[:, :1])
    assert torch.equal(mask.track_token, model.track_net(decoded.tokens[:, :1]))


@torch.no_grad()
def test_the_sentence_is_the_mean_of_all_tokens_brought_to_length_one(model: RefSam) -> None:
    text = torch.randn(2, 7, 32)
    sentence = model.read(text)
    torch.testing.assert_close(sentence.words.norm(dim=-1), torch.ones(2, 7))
    whole = model.resizer(sum(text[:, place] for place in range(7)) / 7)
    torch.testing.assert_close(sentence.whole[:, 0], whole / whole.norm(dim=-1, keepdim=True))
