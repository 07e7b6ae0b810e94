"""Tokenizers and text encoders from folders on this machine. Nothing is ever looked for on a network.

    tokenizer = roberta_tokenizer(setup.text_model)
    ids, present = padded([tokenizer.encode(one.text) for one in clip.sentences], pad=tokenizer.pad)

Tokenizers are built from their files by `tokenizers`, which has no code that downloads. What is missing is
said with the name of the file, the page it is on, and the option that takes the folder.
"""

from __future__ import annotations

import gzip
import html
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as FileTokenizer
    from torch import Tensor, nn

CLIP_VOCABULARY = "bpe_simple_vocab_16e6.txt.gz"
CLIP_LENGTH = 77
_CLIP_MERGES = 49152 - 256 - 2  # of the many in the file, CLIP uses these
_CLIP_START, _CLIP_END = "<|startoftext|>", "<|endoftext|>"
_CLIP_PIECES = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_ENCODER_FILES = (("model.safetensors",), ("pytorch_model.bin",))
_ROBERTA_FILES = (("tokenizer.json",), ("vocab.json", "merges.txt"))


@dataclass(frozen=True, slots=True)
class TextModel:
    """A published text model. `hub` is its name on the Hugging Face hub, in whose page `Files` it lies."""

    title: str
    hub: str
    encoder: bool
    """Whether the weights are needed, too, and not only the tokenizer."""
    tokenizer: tuple[tuple[str, ...], ...] = _ROBERTA_FILES
    """Sets of files, any one of which is enough."""


ROBERTA_BASE = TextModel("RoBERTa-base", "FacebookAI/roberta-base", encoder=False)
ALL_ROBERTA_LARGE = TextModel(
    "all-roberta-large-v1", "sentence-transformers/all-roberta-large-v1", encoder=True
)
CLIP_BPE = TextModel("CLIP's tokenizer", "openai/clip-vit-large-patch14", encoder=False)


def t5(name: str) -> TextModel:
    """`t5-small`, `t5-3b` and so on."""
    return TextModel(name, f"google-t5/{name}", encoder=True, tokenizer=(("tokenizer.json",),))


class Tokenizer(Protocol):
    @property
    def pad(self) -> int: ...

    def encode(self, text: str, limit: int | None = None) -> list[int]:
        """Ids with the special ones at both ends. Longer than `limit`: cut, and ended by the special one."""


class FromFile:
    """A tokenizer that files describe."""

    def __init__(self, tokenizer: FileTokenizer, pad: int) -> None:
        self._tokenizer, self.pad = tokenizer, pad
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, text: str, limit: int | None = None) -> list[int]:
        return _cut(list(self._tokenizer.encode(text).ids), limit)


class Clip:
    """CLIP's byte pairs: lower case, entities of HTML resolved, white space joined."""

    pad = 0

    def __init__(self, tokenizer: FileTokenizer) -> None:
        self._tokenizer = FromFile(tokenizer, self.pad)

    def encode(self, text: str, limit: int | None = CLIP_LENGTH) -> list[int]:
        plain = html.unescape(html.unescape(text))
        return self._tokenizer.encode(" ".join(plain.split()).lower(), limit)


@dataclass(frozen=True, slots=True)
class HashedWords:
    """Word by word, by checksum: for reduced variants, which nobody trained. Needs no file. Different words
    may share an id, but for those that are `known`."""

    start: int | None
    end: int
    pad: int
    words: range
    """The ids of words, first of those that are known."""
    known: tuple[str, ...] = ()

    def encode(self, text: str, limit: int | None = None) -> list[int]:
        ids = [self._id(word) for word in text.lower().split()]
        return _cut([*([] if self.start is None else [self.start]), *ids, self.end], limit)

    def _id(self, word: str) -> int:
        if word in self.known:
            return self.words[self.known.index(word)]
        others = self.words[len(self.known) :]
        return others[zlib.crc32(word.encode("utf-8")) % len(others)]


def roberta_words(vocabulary: int, known: tuple[str, ...] = ()) -> HashedWords:
    """With the special ids of RoBERTa."""
    return HashedWords(start=0, end=2, pad=1, words=range(3, vocabulary), known=known)


def clip_words(vocabulary: int, known: tuple[str, ...] = ()) -> HashedWords:
    """As in CLIP the end has the greatest id, by which it is found."""
    return HashedWords(
        start=vocabulary - 2, end=vocabulary - 1, pad=0, words=range(1, vocabulary - 2), known=known
    )


def t5_words(vocabulary: int) -> HashedWords:
    return HashedWords(start=None, end=1, pad=0, words=range(2, vocabulary))


def roberta_tokenizer(folder: Path | None, model: TextModel = ROBERTA_BASE) -> Tokenizer:
    """From `tokenizer.json`, or from `vocab.json` and `merges.txt`."""
    place = require(folder, model)
    if (place / "tokenizer.json").is_file():
        return FromFile(_described(place / "tokenizer.json"), pad=1)
    return FromFile(_roberta(place / "vocab.json", place / "merges.txt"), pad=1)


def t5_tokenizer(folder: Path | None, model: TextModel) -> Tokenizer:
    return FromFile(_described(require(folder, model) / "tokenizer.json"), pad=0)


def clip_tokenizer(path: Path | None) -> Tokenizer:
    """From OpenAI's file of merges, the folder it lies in, or a folder of the Hugging Face hub."""
    if path is not None and path.is_file():
        return Clip(_clip_of_merges(path))
    if path is not None and (path / CLIP_VOCABULARY).is_file():
        return Clip(_clip_of_merges(path / CLIP_VOCABULARY))
    place = require(path, CLIP_BPE, also=f"or {CLIP_VOCABULARY}, which the wheel of open_clip_torch holds")
    if (place / "tokenizer.json").is_file():
        return Clip(_described(place / "tokenizer.json"))
    return Clip(_clip(place / "vocab.json", place / "merges.txt"))


def roberta_encoder(folder: Path | None, model: TextModel) -> nn.Module:
    """`RobertaModel` in evaluation mode, fp32."""
    from transformers import RobertaModel

    return _encoder(RobertaModel, require(folder, model))


def t5_encoder(folder: Path | None, model: TextModel) -> nn.Module:
    from transformers import T5EncoderModel

    return _encoder(T5EncoderModel, require(folder, model))


def padded(ids: Sequence[Sequence[int]], pad: int, length: int | None = None) -> tuple[Tensor, Tensor]:
    """Ids [sentences, length] and where they are present, as bool. `length`: of the longest unless given."""
    import torch

    width = max(map(len, ids), default=0) if length is None else length
    table = torch.full((len(ids), width), pad, dtype=torch.int64)
    present = torch.zeros((len(ids), width), dtype=torch.bool)
    for row, of_sentence in enumerate(ids):
        table[row, : len(of_sentence)] = torch.tensor(list(of_sentence), dtype=torch.int64)
        present[row, : len(of_sentence)] = True
    return table, present


def require(folder: Path | None, model: TextModel, also: str = "") -> Path:
    """The folder, with every file in it that the model needs; else an error that names those that lack."""
    lacking = [] if folder is None else _lacking(Path(folder), model)
    if folder is not None and not lacking:
        return Path(folder)
    files = " and ".join(lacking or _wanted(model))
    raise UsageError(
        Problem(
            Code.MISSING_FILE,
            "--text-model" if folder is None else str(folder),
            expected=f"a folder with the {'text encoder' if model.encoder else 'tokenizer'} {model.title}",
            found=_found(folder, lacking),
            fix=f"download {files} of {model.hub} (page `Files` of that model on the Hugging Face hub) "
            + (f"{also} " if also else "")
            + ("into a folder and give --text-model FOLDER" if folder is None else f"into {folder}"),
            count=max(1, len(lacking)),
            examples=tuple(lacking),
        )
    )


def _found(folder: Path | None, lacking: Sequence[str]) -> str:
    if folder is None:
        return "the option is not given"
    return f"no {lacking[0]}" if Path(folder).is_dir() else "no such folder"


def _wanted(model: TextModel) -> list[str]:
    if not model.encoder:
        return list(model.tokenizer[0])
    return ["config.json", *_ENCODER_FILES[0], *model.tokenizer[0]]


def _lacking(folder: Path, model: TextModel) -> list[str]:
    lacking = _lacking_of(folder, model.tokenizer)
    if model.encoder:
        lacking = [
            *(_lacking_of(folder, (("config.json",),))),
            *_lacking_of(folder, _ENCODER_FILES),
            *lacking,
        ]
    return lacking


def _lacking_of(folder: Path, sets: Sequence[Sequence[str]]) -> list[str]:
    """Nothing if one set is whole; else what the most complete set lacks, the first of equals."""
    lacking = [[name for name in names if not (folder / name).is_file()] for names in sets]
    started = [one for one, names in zip(lacking, sets, strict=True) if len(one) < len(names)]
    return min(started or lacking[:1], key=len)


def _cut(ids: list[int], limit: int | None) -> list[int]:
    return ids if limit is None or len(ids) <= limit else [*ids[: limit - 1], ids[-1]]


def _described(path: Path) -> FileTokenizer:
    from tokenizers import Tokenizer as FileTokenizer

    try:
        return FileTokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise _damaged(path, "a tokenizer.json of the Hugging Face library", str(error)) from error


def _roberta(vocabulary: Path, merges: Path) -> FileTokenizer:
    from tokenizers import AddedToken, pre_tokenizers, processors

    tokenizer = _byte_pairs(vocabulary, merges)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    special = [AddedToken(name, special=True) for name in ("<s>", "<pad>", "</s>", "<unk>")]
    tokenizer.add_special_tokens([*special, AddedToken("<mask>", special=True, lstrip=True)])
    return tokenizer


def _clip(vocabulary: Path, merges: Path) -> FileTokenizer:
    return _as_clip(_byte_pairs(vocabulary, merges, end_of_word_suffix="</w>"))


def _clip_of_merges(path: Path) -> FileTokenizer:
    from tokenizers import Tokenizer as FileTokenizer
    from tokenizers import models

    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = file.read().split("\n")
        merges = [(one, two) for one, two in map(str.split, lines[1 : 1 + _CLIP_MERGES])]
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _damaged(path, f"{CLIP_VOCABULARY}, as OpenAI and open_clip publish it", str(error)) from error
    letters = _bytes_as_letters()
    words = [
        *letters,
        *(letter + "</w>" for letter in letters),
        *map("".join, merges),
        _CLIP_START,
        _CLIP_END,
    ]
    ids = {word: number for number, word in enumerate(words)}
    return _as_clip(FileTokenizer(models.BPE(ids, merges, end_of_word_suffix="</w>", unk_token=_CLIP_END)))


def _as_clip(tokenizer: FileTokenizer) -> FileTokenizer:
    from tokenizers import Regex, normalizers, pre_tokenizers, processors

    tokenizer.normalizer = normalizers.NFC()
    pieces = pre_tokenizers.Split(Regex(_CLIP_PIECES), "removed", invert=True)
    to_letters = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pieces, to_letters])
    start, end = (tokenizer.token_to_id(name) for name in (_CLIP_START, _CLIP_END))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{_CLIP_START} $A {_CLIP_END}", special_tokens=[(_CLIP_START, start), (_CLIP_END, end)]
    )
    return tokenizer


def _byte_pairs(vocabulary: Path, merges: Path, **more: Any) -> FileTokenizer:
    from tokenizers import Tokenizer as FileTokenizer
    from tokenizers import models

    try:
        return FileTokenizer(models.BPE.from_file(str(vocabulary), str(merges), **more))
    except Exception as error:  # the library raises nothing narrower
        raise _damaged(vocabulary, "a vocab.json with its merges.txt", str(error)) from error


def _bytes_as_letters() -> list[str]:
    """The printable character that stands for each byte, in the order in which CLIP numbers them."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return [*map(chr, plain), *(chr(256 + place) for place in range(len(others)))]


def _encoder(kind: Any, folder: Path) -> nn.Module:
    try:
        model: nn.Module = kind.from_pretrained(folder, local_files_only=True, dtype="float32")
    except Exception as error:  # whatever transformers, torch or safetensors think of the files
        raise _damaged(folder, f"files that {kind.__name__} can be loaded from", str(error)) from error
    return model.eval()


def _damaged(path: Path, expected: str, found: str) -> RvosbenchError:
    first = found.strip().split("\n", 1)[0]
    return RvosbenchError(
        Problem(
            Code.UNREADABLE_FILE,
            str(path),
            expected=expected,
            found=first or "something else",
            fix="download the file again",
        )
    )
