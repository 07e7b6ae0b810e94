"""Boxes of GroundingDINO for sentences, and the masks that SAM 2 draws in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_dino
import torch
from numpy.typing import NDArray
from rvosbench_baselines.tracks import grounding
from rvosbench_baselines.tracks.grounding import GroundingDino, as_caption
from rvosbench_baselines.tracks.mask_quality import stability
from rvosbench_baselines.tracks.sam2_model import Sam2
from rvosbench_baselines.tracks.settings import DEFAULTS, Prompts
from torch import Tensor, nn

from rvosbench.errors import RvosbenchError, UsageError
from rvosbench.masks import rle

Film = NDArray[np.uint8]
SENTENCES = (("0", "A red ball"), ("1", "a square that rolls."))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_dino.write(tmp_path_factory.mktemp("dino"))


@pytest.fixture(scope="module")
def dino(folder: Path) -> GroundingDino:
    return grounding.load(folder, "cpu")


def raw(folder: Path, picture: NDArray[np.uint8], text: str) -> tuple[Tensor, Tensor]:
    """Probabilities of words and boxes of all queries, by transformers' model alone."""
    from transformers import GroundingDinoForObjectDetection

    model = GroundingDinoForObjectDetection.from_pretrained(folder).train(False)
    ids = torch.tensor([tiny_dino.tokenizer().encode(text).ids])
    with torch.no_grad():
        out = model(pixel_values=grounding._prepared(picture), input_ids=ids)
    return out.logits[0].sigmoid(), out.pred_boxes[0]


def test_the_boxes_are_those_whose_best_word_is_above_the_threshold(
    folder: Path, dino: GroundingDino, film: Film
) -> None:
    share, boxes = raw(folder, film[0], "a red ball.")
    best = share.amax(1)
    threshold = float(best.sort().values[-4:-2].mean())
    settings = replace(DEFAULTS[Prompts.GDINO], box_threshold=threshold)
    (found,) = dino.find(film[0], ["A red ball"], settings)
    x, y, w, h = boxes[best > threshold].unbind(1)
    assert len(found.boxes) == 3
    expected = torch.stack((x - w / 2, y - h / 2, x + w / 2, y + h / 2), dim=1)
    torch.testing.assert_close(found.boxes, expected, rtol=1e-4, atol=1e-5)


def test_a_phrase_is_made_of_the_words_above_their_threshold(dino: GroundingDino, film: Film) -> None:
    settings = replace(DEFAULTS[Prompts.GDINO], box_threshold=0.0, text_threshold=0.0)
    (found,) = dino.find(film[0], ["A square that rolls"], settings)
    assert set(found.phrases) == {"a square that rolls"}
    (found,) = dino.find(film[0], ["A square"], replace(settings, text_threshold=1.0))
    assert set(found.phrases) == {""}


def test_the_backbone_runs_once_for_all_sentences_of_a_picture(dino: GroundingDino, film: Film) -> None:
    runs: list[int] = []
    encoder: nn.Module = dino._model.model.backbone.conv_encoder.encoder
    counting = encoder.register_forward_hook(lambda *_: runs.append(1))
    for picture in film[:2]:
        list(dino.find(picture, [text for _, text in SENTENCES], DEFAULTS[Prompts.GDINO]))
    counting.remove()
    assert len(runs) == 2


def test_each_box_becomes_the_mask_that_sam2_draws_in_it_if_that_is_stable(
    dino: GroundingDino, sam2: Sam2, film: Film
) -> None:
    loose = replace(DEFAULTS[Prompts.GDINO], box_threshold=0.0, stability=0.0)
    every = list(grounding.candidates(dino, sam2, 4, film[4], SENTENCES, loose))
    assert {one.expression for one in every} == {"0", "1"}
    assert {one.frame for one in every} == {4}
    with torch.inference_mode():
        found = list(dino.find(film[4], [text for _, text in SENTENCES], loose))
        embedding = sam2.embed(film[4])
        logits = torch.cat([sam2.masks_in_boxes(embedding, one.boxes)[0][:, 0] for one in found])
        masks = (sam2.full_size(logits, (60, 100)) > 0).numpy()
        steady = stability(logits)
    kept = [place for place in range(len(masks)) if masks[place].any()]
    assert len(every) == len(kept) > 4
    for one, place in zip(every, kept, strict=True):
        assert np.array_equal(rle.decode(one.counts, 60, 100), masks[place])
        assert one.stability == pytest.approx(float(steady[place]), abs=1e-6)
    middle = float(np.median([one.stability or 0 for one in every]))
    strict = list(grounding.candidates(dino, sam2, 4, film[4], SENTENCES, replace(loose, stability=middle)))
    assert len(strict) == sum((one.stability or 0) >= middle for one in every)


def test_nothing_above_the_threshold_means_no_candidates_and_no_work_for_sam2(
    dino: GroundingDino, sam2: Sam2, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sam2, "embed", None)
    settings = replace(DEFAULTS[Prompts.GDINO], box_threshold=1.0)
    assert list(grounding.candidates(dino, sam2, 0, film[0], SENTENCES, settings)) == []


@pytest.mark.parametrize("text", ["A Man. ", "a man", "  a man"])
def test_sentences_are_given_in_the_form_it_was_trained_on(text: str) -> None:
    assert as_caption(text) == "a man."


def test_pictures_are_enlarged_to_a_short_side_of_800() -> None:
    wide = np.zeros((100, 150, 3), np.uint8)
    very_wide = np.zeros((100, 400, 3), np.uint8)
    assert grounding._prepared(wide).shape == (1, 3, 800, 1200)
    assert grounding._prepared(very_wide).shape == (1, 3, 333, 1333)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--gdino.*grounding-dino-tiny"):
        grounding.load(None, "cpu")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UsageError, match=r"no model\.safetensors"):
        grounding.load(tmp_path, "cpu")


def test_damaged_files_are_a_problem(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(RvosbenchError, match="download them again"):
        grounding.load(tmp_path, "cpu")
