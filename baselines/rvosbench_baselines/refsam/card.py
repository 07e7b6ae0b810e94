"""What a user must know of RefSAM before anything is loaded."""

from __future__ import annotations

from rvosbench_baselines.base import Baseline, Option, Predictor, Setup, Variant
from rvosbench_baselines.checkpoints import trained_variant
from rvosbench_baselines.refsam.config import TEXT_WIDTHS


def _load(setup: Setup) -> Predictor:
    from rvosbench_baselines.refsam.predictor import load

    return load(setup)


REFSAM = Baseline(
    name="refsam",
    title="after RefSAM: SAM prompted by words, with a track token from frame to frame",
    paper="Li, Zhang, Teng, Lan, Liu: RefSAM: Efficiently Adapting Segmenting Anything Model for Referring "
    "Video Object Segmentation (arXiv 2307.00997)",
    venue="arXiv",
    year=2023,
    licence="none stated by the authors; SAM, whose parameter names are used, is Apache-2.0",
    code="https://github.com/LancasterLi/RefSAM",
    variants=(
        Variant("refsam-b", "SAM ViT-B and T5-3b", 99_651_889, 9_974_757),
        Variant("refsam-l", "SAM ViT-L and T5-3b", 327_322_417, 19_037_925),
        Variant("refsam-h", "SAM ViT-H and T5-3b", 669_722_161, 32_689_893),
        Variant("refsam-small", "a reduced SAM, text encoder included", 227_175, 61_681, reduced=True),
    ),
    load=_load,
    recognise=trained_variant,
    answers=frozenset({"masks", "probabilities"}),
    needs_weights="one file with all parts, as training writes it; or a folder with SAM's public file "
    "(sam_vit_b_01ec64.pth, sam_vit_l_0b3195.pth or sam_vit_h_4b8939.pth, linked in the README of "
    "https://github.com/facebookresearch/segment-anything) and one file for each trained part, named as the "
    "authors' training names them: resizer*, dense_conv*, track_net* and, if trained, mask_decoder* and "
    "image_encoder_blocks*",
    needs_text_model="a folder with T5-3b (google-t5/t5-3b on the Hugging Face hub: config.json, "
    "model.safetensors, tokenizer.json), or with the encoder that --option text=NAME names",
    options=(
        Option(
            "text",
            str,
            "the text encoder whose words the weights were trained on; tiny is untrained and needs no folder",
            choices=tuple(TEXT_WIDTHS),
        ),
        Option(
            "short-side",
            int,
            "of the frames before SAM's own resizing; 0 leaves it out",
            360,
            minimum=0,
            maximum=4096,
        ),
        Option(
            "threshold",
            float,
            "logits above it are foreground",
            0.0,
            by_dataset={"ref-youtube-vos": 0.01},
        ),
        Option(
            "background",
            float,
            "logit of the background where label maps are merged",
            0.1,
            minimum=0,
        ),
    ),
    notes=(
        "The authors released no weights and their published tree does not run: its mask decoder does not "
        "take the track token that it is given. So no parity with them is possible. This is written after "
        "the paper, and checked against SAM, which it equals where the added parts are silent.",
        "SAM's weights and T5 are public. RefSAM's own parts (adapters, cross-modal MLP, dense attention, "
        "tracking, fine-tuned mask decoder) must be trained; without them the output means nothing.",
        "Where paper and code leave it open, a choice was made: the maps of earlier blocks go through SAM's "
        "own neck and are averaged, and adapters start at zero.",
        "Parameters are told without the text encoder, which is frozen (T5-3b: about 1.2 billion).",
    ),
)
