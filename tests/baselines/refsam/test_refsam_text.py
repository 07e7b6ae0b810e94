"""Words from T5 and RoBERTa in folders on this machine. The folders here are small and made by code."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from rvosbench_baselines.refsam.config import TEXT_WIDTHS
from rvosbench_baselines.refsam.text_encoder import MAX_TOKENS, TextEncoder, load_text_encoder
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn
from transformers import RobertaConfig, RobertaModel, T5Config, T5EncoderModel

from rvosbench.errors import Code, RvosbenchError, UsageError

WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2, "a": 3, "dog": 4, "runs": 5}


def write_folder(folder: Path, encoder: nn.Module) -> Path:
    """One token per word, with the end of T5."""
    encoder.save_pretrained(folder)  # type: ignore[operator]
    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", WORDS["</s>"])]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def t5_of_width(width: int) -> nn.Module:
    torch.manual_seed(width)
    config = T5Config(vocab_size=16, d_model=width, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    encoder: nn.Module = T5EncoderModel(config)
    return encoder.eval()


@pytest.mark.parametrize("name", ["t5-small", "t5-3b", "t5-11b"])
def test_t5_is_read_from_a_folder(tmp_path: Path, name: str) -> None:
    encoder = t5_of_width(TEXT_WIDTHS[name])
    text = load_text_encoder(name, write_folder(tmp_path / name, encoder))
    assert isinstance(text, TextEncoder)
    found = text.encode("a dog runs")
    with torch.no_grad():
        expected = encoder(input_ids=torch.tensor([[3, 4, 5, 1]])).last_hidden_state
    torch.testing.assert_close(found, expected)
    assert not any(parameter.requires_grad for parameter in text.encoder.parameters())


@pytest.mark.parametrize("name", ["roberta-base", "roberta-large"])
def test_roberta_is_read_from_a_folder(tmp_path: Path, name: str) -> None:
    torch.manual_seed(0)
    width = TEXT_WIDTHS[name]
    config = RobertaConfig(
        vocab_size=16, hidden_size=width, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    encoder = RobertaModel(config)
    encoder.train(False)
    text = load_text_encoder(name, write_folder(tmp_path / name, encoder))
    with torch.no_grad():
        expected = encoder(input_ids=torch.tensor([[3, 4, 1]])).last_hidden_state
    torch.testing.assert_close(text.encode("a dog"), expected)


def test_capitals_and_spaces_do_not_matter() -> None:
    text = load_text_encoder("tiny", None)
    assert torch.equal(text.encode("  A Dog\nRUNS "), text.encode("a dog runs"))
    assert not torch.equal(text.encode("a dog runs"), text.encode("a dog sits"))


@pytest.mark.parametrize(("sentence", "tokens"), [("", 1), ("a", 2), ("a " * 511, 512), ("a " * 5000, 512)])
def test_long_sentences_are_cut_and_ended_all_the_same(sentence: str, tokens: int) -> None:
    text = load_text_encoder("tiny", None)
    assert isinstance(text, TextEncoder)
    assert text.encode(sentence).shape == (1, tokens, 32)
    assert text.tokenizer.encode(sentence, MAX_TOKENS)[-1] == 1


def test_the_tiny_encoder_is_the_same_for_the_same_seed() -> None:
    one, two, other = (load_text_encoder("tiny", None, seed=seed).encode("a dog") for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_a_folder_of_another_encoder_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "small", t5_of_width(512))
    with pytest.raises(RvosbenchError, match="t5-3b, whose words are 1024 wide") as caught:
        load_text_encoder("t5-3b", folder)
    (problem,) = caught.value.problems
    assert problem.code is Code.WEIGHTS_DO_NOT_FIT
    assert "512 wide" in problem.found


@pytest.mark.parametrize(
    ("name", "hub"), [("t5-3b", "google-t5/t5-3b"), ("roberta-base", "FacebookAI/roberta-base")]
)
def test_what_is_missing_is_named_with_where_it_comes_from(tmp_path: Path, name: str, hub: str) -> None:
    for folder in (None, tmp_path):
        with pytest.raises(UsageError, match=hub) as caught:
            load_text_encoder(name, folder)
        assert caught.value.problems[0].code is Code.MISSING_FILE
        assert "config.json" in caught.value.problems[0].fix


def test_bare_words_have_one_direction_everywhere_and_are_said_again_to_fill_up() -> None:
    text = load_text_encoder("bare", None)
    short, other = text.encode("The red  dog"), text.encode("a red cat")
    assert short.shape == other.shape == (1, 16, TEXT_WIDTHS["bare"])
    assert torch.equal(short[0, 1], other[0, 1])
    assert torch.equal(short[0, 3], other[0, 3])  # the end of the sentence
    assert not torch.equal(short[0, 2], other[0, 2])
    assert torch.equal(short[0, :4].repeat(4, 1), short[0])
    assert text.encode("word " * 16).shape[1] == 32
