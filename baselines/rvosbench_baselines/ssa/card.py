"""What a user needs to know of SSA."""

from __future__ import annotations

from types import MappingProxyType

from rvosbench_baselines.base import (
    Baseline,
    ExpectedScore,
    Option,
    Predictor,
    ReleasedWeights,
    Setup,
    Variant,
)
from rvosbench_baselines.checkpoints import trained_variant

DRIVE = "https://drive.google.com/file/d/"
README = "the authors' README"
LIKE_MEVIS = ("mevis-v1", "mevis-v2", "sample")


def _load(setup: Setup) -> Predictor:
    from rvosbench_baselines.ssa.predictor import load

    return load(setup)


def _released(name: str, trained_on: str, file: str) -> ReleasedWeights:
    return ReleasedWeights(name, "ssa", trained_on, f"the authors' Google Drive, {DRIVE}{file}/view")


def _expected(dataset: str, score: float, weights: str) -> ExpectedScore:
    return ExpectedScore(dataset, MappingProxyType({"J&F": score}), weights, README)


SSA = Baseline(
    name="ssa",
    title="SSA: Semantic and Sequential Alignment",
    paper="Pan et al., Semantic and Sequential Alignment for Referring Video Object Segmentation, "
    "https://openaccess.thecvf.com/content/CVPR2025/html/"
    "Pan_Semantic_and_Sequential_Alignment_for_Referring_Video_Object_Segmentation_CVPR_2025_paper.html",
    venue="CVPR",
    year=2025,
    licence="Apache-2.0",
    code="https://github.com/Tavarich/SSA",
    variants=(
        Variant("ssa", "CLIP ConvNeXt-L, frozen", parameters=398_620_178, trainable=46_847_569),
        Variant("ssa-small", "for tests", parameters=4_006_098, trainable=2_785_393, reduced=True),
    ),
    load=_load,
    recognise=trained_variant,
    answers=frozenset({"masks", "probabilities"}),
    released=(
        _released("mevis", "MeViS", "1_TVp9Mdt0one-lknRsPDROqL5ne4xz42"),
        _released("mevis-joint", "MeViS and Ref-YouTube-VOS together", "1GmCQd80OIY4fSNOLEmXbihTqqjwuLz29"),
        _released(
            "ref-youtube-vos", "RefCOCO/+/g, then Ref-YouTube-VOS", "1--gAGOjmRxyeA7kNoX9dsk0og5gkF5k-"
        ),
    ),
    expected=(
        _expected("mevis-v1:valid", 48.56, "mevis"),
        _expected("mevis-v1:valid", 49.37, "mevis-joint"),
        _expected("ref-youtube-vos:valid", 64.3, "ref-youtube-vos"),
        _expected("ref-davis17:val", 67.3, "ref-youtube-vos"),
    ),
    needs_weights="one of the authors' files (.pth), as it was downloaded; it holds CLIP too",
    needs_text_model="CLIP's tokenizer: bpe_simple_vocab_16e6.txt.gz, or a folder with it or with "
    "tokenizer.json, or vocab.json and merges.txt, from "
    "https://huggingface.co/openai/clip-vit-large-patch14",
    options=(
        Option(
            "queries",
            str,
            "whether all queries above the threshold are meant, or the one with the best score alone",
            default="top1",
            by_dataset=MappingProxyType(dict.fromkeys(LIKE_MEVIS, "union")),
            choices=("union", "top1"),
        ),
        Option("threshold", float, "score above which a query is meant", 0.5, minimum=0, maximum=1),
        Option(
            "short-side",
            int,
            "pixels to which the shorter side of frames is scaled",
            default=480,
            by_dataset=MappingProxyType(dict.fromkeys(LIKE_MEVIS, 448)),
            minimum=32,
        ),
        Option(
            "long-side",
            int,
            "pixels that the longer side may have at most; the shorter one then becomes less",
            default=1333,
            minimum=32,
        ),
        Option("chunk", int, "frames that go through the frame part together", 18, minimum=1),
        Option("mask-chunk", int, "frames whose masks are made together", 5, minimum=1),
        Option(
            "overlap",
            str,
            "where label maps are merged, whether a pixel of several objects is that of the first, as in the "
            "authors' tool, or that of the likeliest",
            default="first",
            choices=("first", "likeliest"),
        ),
        Option(
            "memory",
            int,
            "MiB for what is kept of the frames of a video, half of it for what its sentences share; more "
            "goes through a temporary file, or is computed again",
            default=4096,
            minimum=0,
        ),
    ),
    notes=(
        "The authors evaluate in half precision on a GPU, and so differ from us by rounding.",
        "A sentence takes part in all of the backbone but its first stage, which alone is computed once for "
        "all sentences of a video.",
        "The README's commands for Ref-YouTube-VOS and Ref-DAVIS17 name the configuration of MeViS; the "
        "defaults here are those of the configurations that are named after these datasets.",
    ),
)
