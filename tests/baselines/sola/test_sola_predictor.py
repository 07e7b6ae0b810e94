"""Predictions of SOLA from tracks that are given: which are chosen from, and what is drawn."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rvosbench_baselines.base import Clip, Prediction, Sentence, Setup
from rvosbench_baselines.checkpoints import generate
from rvosbench_baselines.sola import build
from rvosbench_baselines.sola.card import SOLA
from rvosbench_baselines.sola.predictor import load
from rvosbench_baselines.tracks.table import TRACKS, TrackRow, as_table, write_tables
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import Tensor
from transformers import RobertaConfig, RobertaModel

from rvosbench.errors import DatasetError, RvosbenchError, UsageError
from rvosbench.masks import rle

FRAMES, SIZE = 9, (8, 12)


class NoPictures:
    """SOLA looks at tracks, never at frames."""

    def __len__(self) -> int:
        return FRAMES

    def read(self, index: int) -> NDArray[np.uint8]:
        raise AssertionError(f"frame {index} was read")


def clip(*sentences: str, frames: tuple[int, ...] = tuple(range(FRAMES)), name: str = "v") -> Clip:
    pictures: Any = NoPictures()
    asked = [Sentence(str(number), text, frames) for number, text in enumerate(sentences)]
    return Clip(name, SIZE, [f"{frame:05d}" for frame in range(FRAMES)], asked, pictures)


def row(number: int, expression: str | None = None, frames: int = FRAMES) -> TrackRow:
    """Track n is the n-th column of pixels, but in the first frame it cannot be seen."""
    mask = np.zeros(SIZE, np.bool_)
    mask[:, number] = True
    counts = (None, *[rle.encode(mask)] * (frames - 1))
    tokens = np.random.default_rng(number).standard_normal((frames, 256)).astype(np.float32)
    return TrackRow(number, expression, None, 1, None, SIZE, tokens, counts)


def write(folder: Path, kind: str, rows: Sequence[TrackRow], dataset: str = "sample") -> Path:
    about = {"dataset": dataset, "prompts": kind, "videos": ["v"]}
    folder.mkdir(exist_ok=True)
    write_tables(folder / f"{kind}.parquet", TRACKS, [as_table("v", rows)], about)
    return folder


def setup(tracks: Path | None, threshold: float = 0.5, **more: Any) -> Setup:
    place = None if tracks is None else str(tracks)
    options = MappingProxyType({"tracks": place, "threshold": threshold})
    values: dict[str, Any] = {"variant": "sola-small", "answer": "masks", "dataset": "sample", "seed": 0}
    return Setup(**{**values, "options": options, **more})


def predicted(folder: Path, asked: Clip, threshold: float = 0.5) -> list[Prediction]:
    return list(load(setup(folder, threshold)).predict(asked))


def direction(word: str) -> Tensor:
    """That of a word for the reduced variant."""
    return torch.randn(32, generator=torch.Generator().manual_seed(zlib.crc32(b"42 " + word.encode())))


def scores(rows: Sequence[TrackRow], text: str) -> list[float]:
    """Probabilities, by the module itself, with the weights and words that the seed gives."""
    model = build("sola-small").eval()
    generate(model, 0)
    model.positional_encoding_gaussian_matrix.normal_(generator=torch.Generator().manual_seed(0))
    words = torch.stack([direction(word) for word in ("<s>", *text.split(), "</s>")])
    with torch.no_grad():
        tokens = torch.from_numpy(np.stack([one.tokens for one in rows]))
        found: list[float] = model(tokens, words).scores.sigmoid().tolist()
    return found


def drawn(numbers: Sequence[int]) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, np.bool_)
    mask[:, list(numbers)] = True
    return mask


def test_the_union_of_all_tracks_above_the_threshold_is_drawn(tmp_path: Path) -> None:
    rows = [row(number) for number in range(6)]
    folder = write(tmp_path, "grid", rows)
    values = scores(rows, "the red ball")
    threshold = float(np.median(values))
    chosen = [number for number, value in enumerate(values) if value > threshold]
    assert 0 < len(chosen) < 6
    found = predicted(folder, clip("the red ball"), threshold)
    assert [one.frame for one in found] == list(range(FRAMES))
    for one in found:
        assert one.mask is not None
        expected = drawn(chosen) if one.frame else drawn([])  # nobody is seen in the first frame
        assert np.array_equal(one.mask, expected)


def test_where_none_is_selected_all_masks_are_empty(tmp_path: Path) -> None:
    folder = write(tmp_path, "grid", [row(0), row(1)])
    found = predicted(folder, clip("a", "b"), threshold=1.0)
    assert [(one.expression, one.frame) for one in found] == [
        (expression, frame) for expression in "01" for frame in range(FRAMES)
    ]
    assert not any(one.mask.any() for one in found if one.mask is not None)
    assert {None if one.mask is None else one.mask.shape for one in found} == {SIZE}


def test_a_video_in_which_nothing_was_found_gets_empty_masks(tmp_path: Path) -> None:
    found = predicted(write(tmp_path, "grid", []), clip("a"), threshold=0.0)
    assert len(found) == FRAMES
    assert not any(one.mask.any() for one in found if one.mask is not None)


def test_boxes_of_other_sentences_are_not_chosen_from(tmp_path: Path) -> None:
    """And those of this one are scored together with the grid's, grid first."""
    grid, boxes = [row(0), row(1)], [row(2, "0"), row(3, "1")]
    write(tmp_path, "grid", grid)
    folder = write(tmp_path, "gdino", boxes)
    found = predicted(folder, clip("a", "b", frames=(4,)), threshold=0.0)
    assert [np.flatnonzero(one.mask.any(axis=0)).tolist() for one in found if one.mask is not None] == [
        [0, 1, 2],
        [0, 1, 3],
    ]
    values = scores([*grid, boxes[0]], "a")
    (first, _) = predicted(folder, clip("a", "b", frames=(4,)), threshold=sorted(values)[1])
    assert first.mask is not None
    assert np.flatnonzero(first.mask.any(axis=0)).tolist() == [int(np.argmax(values))]


def test_only_the_frames_that_are_wanted_are_drawn(tmp_path: Path) -> None:
    folder = write(tmp_path, "grid", [row(0)])
    assert [one.frame for one in predicted(folder, clip("a", frames=(2, 7)))] == [2, 7]


def test_tracks_are_encoded_once_for_all_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = load(setup(write(tmp_path, "grid", [row(0), row(1)])))
    runs: list[int] = []
    encoder = predictor._model.short_motion_encoder
    counting = encoder.register_forward_hook(lambda *_: runs.append(1))
    list(predictor.predict(clip("a", "b", "c")))
    counting.remove()
    assert len(runs) == 1


def test_sentences_longer_than_roberta_can_read_are_cut(tmp_path: Path) -> None:
    folder = write(tmp_path, "grid", [row(0)])
    assert len(predicted(folder, clip("word " * 600, frames=(1,)))) == 1


def test_the_authors_files_are_loaded_and_others_are_explained(tmp_path: Path) -> None:
    folder = write(tmp_path / "tracks", "grid", [row(0), row(1)])
    model = build("sola-small")
    torch.save(model.state_dict(), tmp_path / "epoch_3.pth")
    loaded = load(setup(folder, weights=tmp_path / "epoch_3.pth", seed=None))
    for key, value in loaded._model.state_dict().items():
        assert torch.equal(value, model.state_dict()[key])
    torch.save(build("sola").short_motion_encoder.state_dict(), tmp_path / "part.pth")
    with pytest.raises(RvosbenchError, match=r"epoch_N\.pth"):
        load(setup(folder, weights=tmp_path / "part.pth", seed=None))


@pytest.mark.parametrize(
    ("kind", "dataset", "message"),
    [("gt", "sample", "for training"), ("grid", "mevis-v1", "those of mevis-v1")],
)
def test_tracks_that_do_not_belong_here_are_refused(
    tmp_path: Path, kind: str, dataset: str, message: str
) -> None:
    write(tmp_path, kind, [row(0)], dataset)
    with pytest.raises(UsageError, match=message):
        load(setup(tmp_path / f"{kind}.parquet"))


def test_without_tracks_the_command_that_makes_them_is_named(tmp_path: Path) -> None:
    for place in (None, tmp_path):
        with pytest.raises(UsageError, match="rvosbench baseline tracks"):
            load(setup(place))


def test_a_folder_with_true_tracks_alone_has_none_to_choose_from(tmp_path: Path) -> None:
    write(tmp_path, "gt", [row(0)])
    with pytest.raises(UsageError, match="neither"):
        load(setup(tmp_path))


def test_tracks_of_another_video_or_length_are_a_problem_of_that_video(tmp_path: Path) -> None:
    predictor = load(setup(write(tmp_path, "grid", [row(0, frames=FRAMES - 1)])))
    with pytest.raises(DatasetError, match="as the split says"):
        list(predictor.predict(clip("a")))
    with pytest.raises(DatasetError, match="or it failed"):
        list(predictor.predict(clip("a", name="w")))


def text_folder(folder: Path) -> Path:
    """In form like all-roberta-large-v1, with a tokenizer of three words."""
    words = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "red": 4, "ball": 5}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    config = RobertaConfig(
        vocab_size=6, hidden_size=1024, num_hidden_layers=1, num_attention_heads=4, intermediate_size=8
    )
    RobertaModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_the_full_module_reads_words_from_a_local_text_encoder(tmp_path: Path) -> None:
    tracks = write(tmp_path / "tracks", "grid", [row(0), row(1)])
    folder = text_folder(tmp_path / "text")
    predictor = load(setup(tracks, variant="sola", text_model=folder))
    encoder = RobertaModel.from_pretrained(folder).train(False)
    with torch.no_grad():
        hidden = encoder(input_ids=torch.tensor([[0, 4, 5, 2]])).last_hidden_state[0]
        torch.testing.assert_close(predictor._words.of("red ball"), hidden)
    assert len(list(predictor.predict(clip("red ball")))) == FRAMES


def test_without_the_text_encoder_its_files_are_named(tmp_path: Path) -> None:
    tracks = write(tmp_path, "grid", [row(0)])
    with pytest.raises(UsageError, match="all-roberta-large-v1"):
        load(setup(tracks, variant="sola"))


def test_the_card_tells_the_parameters_that_there_are() -> None:
    for variant in SOLA.variants:
        weights = [weight.numel() for weight in build(variant.name).parameters()]
        assert (variant.parameters, variant.trainable) == (sum(weights), sum(weights))
