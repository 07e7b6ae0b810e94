"""The card of SOLA."""

from __future__ import annotations

from rvosbench_baselines.base import Baseline, ExpectedScore, Option, Predictor, Setup, Variant
from rvosbench_baselines.checkpoints import trained_variant


def _load(setup: Setup) -> Predictor:
    from rvosbench_baselines.sola.predictor import load

    return load(setup)


_PAPER = "arXiv 2412.01136, version 2"

SOLA = Baseline(
    name="sola",
    title="SOLA: tracks of SAM 2, selected by language",
    paper="Referring Video Object Segmentation via Language-aligned Track Selection",
    venue="arXiv",
    year=2024,
    licence="MIT",
    code="https://github.com/cvlab-kaist/SOLA",
    variants=(
        Variant("sola", "selection module for all-roberta-large-v1", 32_980_480, 32_980_480),
        Variant("sola-small", "for tests and demonstrations", 110_624, 110_624, reduced=True),
    ),
    load=_load,
    recognise=trained_variant,
    expected=(
        ExpectedScore(
            "mevis-v1:valid", {"J&F": 48.6}, "not released; a selection module trained on MeViS", _PAPER
        ),
    ),
    needs_weights="epoch_N.pth, which the authors' train.py writes; they released no trained file",
    needs_text_model="a folder with sentence-transformers/all-roberta-large-v1, tokenizer and encoder",
    options=(
        Option(
            "tracks",
            str,
            "needed: folder with the tracks of this split, or one file of them: what `rvosbench baseline "
            "tracks` wrote to OUT/DATASET/SPLIT",
        ),
        Option(
            "threshold",
            float,
            "tracks of a higher probability are selected",
            default=0.5,
            minimum=0.0,
            maximum=1.0,
        ),
    ),
    notes=(
        "The authors released no weights: their figures are out of reach until somebody trains the module.",
        "Tracks are made beforehand, by `rvosbench baseline tracks`, with SAM 2's public weights.",
        "Where both lie in the folder, the tracks of the grid and of GroundingDINO are chosen from together.",
        "Sentences that select no track get empty masks.",
    ),
)
