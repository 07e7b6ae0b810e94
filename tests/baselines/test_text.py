"""Tokenizers come from files on this machine, agree with independent ones, and say what they lack."""

from __future__ import annotations

import gzip
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rvosbench_baselines import text
from rvosbench_baselines.sample_words import SAMPLE_WORDS
from rvosbench_baselines.text import ALL_ROBERTA_LARGE, CLIP_VOCABULARY, ROBERTA_BASE, t5

from rvosbench.errors import Code, RvosbenchError, UsageError
from rvosbench.sample.scene import COLOURS, PATTERNS
from rvosbench.sample.sentences import ANY, CLAUSES, NUMBERS
from rvosbench.sample.shapes import SHAPES, plural

MERGES = ["l o", "lo w</w>", "c a", "ca t</w>", "t h", "th e</w>", "1 2</w>", "d o", "do g</w>"]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError(f"the network is asked: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def clip_file(tmp_path: Path) -> Path:
    path = tmp_path / CLIP_VOCABULARY
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(["#version: 0.2", *MERGES]))
    return path


def clip_ids(*words: str) -> list[int]:
    """Each word as the pieces between bars; ids counted by hand from the rule of the file."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable] + [chr(256 + place) for place in range(256 - len(printable))]
    table = letters + [f"{letter}</w>" for letter in letters] + [merge.replace(" ", "") for merge in MERGES]
    start = len(table)
    pieces = [piece for word in words for piece in word.split("|")]
    return [start, *map(table.index, pieces), start + 1]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("the cat", ["the</w>", "cat</w>"]),
        ("  The   CAT\n", ["the</w>", "cat</w>"]),
        ("low dogs", ["lo|w</w>".replace("|", ""), "do|g|s</w>"]),
        ("the cat's dog", ["the</w>", "cat</w>", "'|s</w>", "dog</w>"]),
        ("12", ["1</w>", "2</w>"]),  # digits stand alone, so no merge of two of them applies
        ("cat, &amp;lt;", ["cat</w>", ",</w>", "<</w>"]),
        ("é", ["Ã|©</w>"]),
    ],
)
def test_clip_pairs_bytes_word_by_word(clip_file: Path, sentence: str, words: list[str]) -> None:
    expected = clip_ids(*words)
    assert text.clip_tokenizer(clip_file).encode(sentence) == expected
    assert text.clip_tokenizer(clip_file.parent).encode(sentence) == expected


def test_clip_cuts_at_77_and_ends_all_the_same(clip_file: Path) -> None:
    ids = text.clip_tokenizer(clip_file).encode("the " * 90)
    assert len(ids) == 77
    assert ids[-1] == max(ids)
    assert text.clip_tokenizer(clip_file).encode("the cat", limit=3) == [ids[0], ids[1], ids[-1]]


@pytest.fixture
def roberta_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "roberta"
    folder.mkdir()
    words = ["<s>", "<pad>", "</s>", "<unk>", "a", "Ġ", "d", "o", "g", "do", "dog", "Ġdog", "<mask>"]
    (folder / "vocab.json").write_text(json.dumps({word: place for place, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\nd o\ndo g\nĠ dog\n")
    return folder


def test_roberta_from_vocabulary_and_merges_equals_the_one_of_transformers(roberta_folder: Path) -> None:
    from transformers import AutoTokenizer

    (roberta_folder / "config.json").write_text('{"model_type": "roberta"}')
    theirs = AutoTokenizer.from_pretrained(roberta_folder, local_files_only=True)
    ours = text.roberta_tokenizer(roberta_folder)
    for sentence in ("dog", "a dog dog", " dog", "god", ""):
        assert ours.encode(sentence) == theirs(sentence)["input_ids"], sentence
    assert ours.encode("a dog") == [0, 4, 11, 2]


def test_a_tokenizer_json_alone_is_enough(roberta_folder: Path, tmp_path: Path) -> None:
    from rvosbench_baselines.text import _roberta

    alone = tmp_path / "alone"
    alone.mkdir()
    files = (roberta_folder / "vocab.json", roberta_folder / "merges.txt")
    _roberta(*files).save(str(alone / "tokenizer.json"))
    assert text.roberta_tokenizer(alone).encode("a dog") == [0, 4, 11, 2]
    assert text.t5_tokenizer(alone, replace(t5("t5-small"), encoder=False)).encode("a dog") == [0, 4, 11, 2]


def test_sentences_are_padded_and_told_from_padding() -> None:
    ids, present = text.padded([[0, 5, 2], [0, 2]], pad=1)
    assert ids.tolist() == [[0, 5, 2], [0, 2, 1]]
    assert present.tolist() == [[True, True, True], [True, True, False]]
    assert text.padded([[7]], pad=0, length=3)[0].tolist() == [[7, 0, 0]]


@pytest.mark.parametrize(
    ("tokenizer", "ends"),
    [
        (text.roberta_words(50), ([0], 2)),
        (text.clip_words(50), ([48], 49)),
        (text.t5_words(50), ([], 1)),
    ],
)
def test_made_up_tokenizers_keep_words_apart_from_special_ids(
    tokenizer: text.HashedWords, ends: tuple[list[int], int]
) -> None:
    start, end = ends
    ids = tokenizer.encode("the Dog runs after the dog")
    words = ids[len(start) : -1]
    assert ids[: len(start)] == start
    assert ids[-1] == end
    assert len(words) == 6
    assert (words[0], words[1]) == (words[4], words[5])
    special = {*start, end, tokenizer.pad}
    assert special.isdisjoint(tokenizer.encode(" ".join(map(str, range(500))))[len(start) : -1])
    assert len(tokenizer.encode("a " * 60, limit=20)) == 20


def test_without_the_option_the_message_says_what_to_fetch_from_where() -> None:
    with pytest.raises(UsageError) as caught:
        text.roberta_tokenizer(None)
    problem = caught.value.problems[0]
    assert (problem.code, problem.path) == (Code.MISSING_FILE, "--text-model")
    for told in ("tokenizer.json", "FacebookAI/roberta-base", "Hugging Face hub", "--text-model FOLDER"):
        assert told in problem.fix


def test_every_file_that_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text("{}")
    with pytest.raises(UsageError) as caught:
        text.roberta_encoder(tmp_path, ALL_ROBERTA_LARGE)
    problem = caught.value.problems[0]
    assert problem.examples == ("config.json", "model.safetensors", "merges.txt")
    assert "sentence-transformers/all-roberta-large-v1" in problem.fix
    assert str(tmp_path) in problem.fix


def test_for_clip_the_file_of_its_authors_is_offered_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        text.clip_tokenizer(tmp_path / "nowhere")
    assert CLIP_VOCABULARY in caught.value.problems[0].fix
    assert caught.value.problems[0].found == "no such folder"


@pytest.mark.parametrize("name", ["tokenizer.json", CLIP_VOCABULARY])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"<html>")
    with pytest.raises(RvosbenchError) as caught:
        text.clip_tokenizer(tmp_path)
    assert caught.value.problems[0].path == str(tmp_path / name)
    assert caught.value.problems[0].code is Code.UNREADABLE_FILE


def test_an_encoder_is_loaded_from_its_folder(tmp_path: Path, roberta_folder: Path) -> None:
    from transformers import RobertaConfig, RobertaModel

    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=13,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=20,
    )
    saved = RobertaModel(config)
    saved.train(False)
    saved.save_pretrained(roberta_folder)
    loaded = text.roberta_encoder(roberta_folder, ALL_ROBERTA_LARGE)
    ids = torch.tensor([text.roberta_tokenizer(roberta_folder, ALL_ROBERTA_LARGE).encode("a dog")])
    assert torch.equal(loaded(ids).last_hidden_state, saved(ids).last_hidden_state)
    assert not loaded.training


def test_files_that_are_no_encoder_are_an_error_and_no_traceback(roberta_folder: Path) -> None:
    (roberta_folder / "config.json").write_text('{"model_type": "roberta", "hidden_size": 8}')
    (roberta_folder / "model.safetensors").write_bytes(b"cut short")
    with pytest.raises(RvosbenchError) as caught:
        text.roberta_encoder(roberta_folder, ALL_ROBERTA_LARGE)
    assert caught.value.problems[0].code is Code.UNREADABLE_FILE


def test_what_is_published_is_named_as_its_authors_name_it() -> None:
    assert ROBERTA_BASE.hub == "FacebookAI/roberta-base"
    assert not ROBERTA_BASE.encoder
    assert t5("t5-3b").hub == "google-t5/t5-3b"


@pytest.mark.parametrize(
    "tokenizer", [text.roberta_words(512, SAMPLE_WORDS), text.clip_words(512, SAMPLE_WORDS)]
)
def test_no_two_words_of_the_sample_share_an_id(tokenizer: text.HashedWords) -> None:
    ids = [tokenizer.encode(word)[-2] for word in SAMPLE_WORDS]
    assert len(set(ids)) == len(SAMPLE_WORDS)
    assert set(ids).isdisjoint(tokenizer.encode("many dogs run after them")[1:-1])
    assert max(ids) < 510


def test_the_words_of_the_sample_are_all_that_its_sentences_can_have() -> None:
    clauses = [words for clause in CLAUSES for words in (*clause.one, *clause.several)]
    nouns = [*SHAPES, ANY, *map(plural, (*SHAPES, ANY))]
    every = ["the", "big", "small", *PATTERNS, *COLOURS, *nouns, *NUMBERS.values()]
    every += [word for words in clauses for word in words.split()]
    assert sorted(set(every)) == list(SAMPLE_WORDS)
