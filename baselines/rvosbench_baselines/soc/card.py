"""What a user needs to know of SOC."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from rvosbench_baselines.base import (
    Baseline,
    ExpectedScore,
    Option,
    OptionValue,
    Predictor,
    ReleasedWeights,
    Setup,
    Variant,
)

DRIVE = "https://drive.google.com/file/d/"
TABLE_1 = "the paper, Table 1"
TABLE_2 = "the paper, Table 2"
FRAME_DATASETS = ("a2d-sentences", "jhmdb-sentences")


def _load(setup: Setup) -> Predictor:
    from rvosbench_baselines.soc.predictor import load

    return load(setup)


def _recognise(path: Path) -> str | None:
    from rvosbench_baselines.soc.weights import recognise_file

    return recognise_file(path)


def _released(name: str, variant: str, trained_on: str, file: str) -> ReleasedWeights:
    return ReleasedWeights(name, variant, trained_on, f"the authors' Google Drive, {DRIVE}{file}/view")


def _for_frames(value: OptionValue) -> Mapping[str, OptionValue]:
    """Another default for the datasets of which single frames are annotated."""
    return MappingProxyType(dict.fromkeys(FRAME_DATASETS, value))


def _videos(weights: str, youtube: tuple[float, ...], davis: tuple[float, ...]) -> tuple[ExpectedScore, ...]:
    scores = (("ref-youtube-vos:valid", youtube), ("ref-davis17:val", davis))
    return tuple(
        ExpectedScore(
            dataset,
            MappingProxyType(dict(zip(("J&F", "J", "F"), figures, strict=True))),
            weights,
            TABLE_1,
        )
        for dataset, figures in scores
    )


def _a2d(weights: str, *figures: float) -> ExpectedScore:
    names = ("mAP", "oIoU", "mIoU")
    return ExpectedScore(
        "a2d-sentences:test",
        MappingProxyType(dict(zip(names, figures, strict=True))),
        weights,
        TABLE_2,
    )


SOC = Baseline(
    name="soc",
    title="SOC: Semantic-Assisted Object Cluster",
    paper="Luo et al., SOC: Semantic-Assisted Object Cluster for Referring Video Object Segmentation, "
    "https://arxiv.org/abs/2305.17011",
    venue="NeurIPS",
    year=2023,
    licence="none: the authors' repository states no licence, for the code or for the weights",
    code="https://github.com/RobertLuo1/NeurIPS2023_SOC",
    variants=(
        Variant("soc-t", "Video-Swin-T", parameters=174_123_480, trainable=49_477_848),
        Variant("soc-s", "Video-Swin-S", parameters=195_782_088, trainable=71_136_456),
        Variant("soc-b", "Video-Swin-B", parameters=234_615_482, trainable=109_969_850),
        Variant("soc-small", "for tests", parameters=2_424_713, trainable=2_316_425, reduced=True),
    ),
    load=_load,
    recognise=_recognise,
    answers=frozenset({"masks", "probabilities", "queries"}),
    released=(
        _released(
            "ytb_from_scratch-T",
            "soc-t",
            "Ref-YouTube-VOS, 65 classes",
            "179Xv5t1pGTbloMnjf7OurRYo7TlfpmYy",
        ),
        _released(
            "ytb_with_pretrain-T",
            "soc-t",
            "RefCOCO/+/g, then Ref-YouTube-VOS",
            "1YzeUonrccqyglYvMK04lrbJBDStS51lV",
        ),
        _released(
            "ytb_joint_train-T",
            "soc-t",
            "RefCOCO/+/g and Ref-YouTube-VOS together",
            "15mHrg2mry01PllEyZql9arAa6-zYHfGu",
        ),
        _released("a2d_from_scratch-T", "soc-t", "A2D-Sentences", "1ILmfHRRcOZ1CWo2l4fATF9SYYnc8ryTP"),
        _released(
            "a2d_with_pretrain-T",
            "soc-t",
            "RefCOCO/+/g, then A2D-Sentences",
            "1sJ40p6ql2k2JLYkUltPst-_51GdvGgC4",
        ),
        _released(
            "ytb_with_pretrain-B",
            "soc-b",
            "RefCOCO/+/g, then Ref-YouTube-VOS",
            "1DX47RbXKI1_INIgyxh3ZuAiRMq7rMkql",
        ),
        _released(
            "ytb_joint_train-B",
            "soc-b",
            "RefCOCO/+/g and Ref-YouTube-VOS together",
            "1SaDLcQOn_a1L-Bw8LGB2CiQIGkZAO3Wu",
        ),
        _released(
            "a2d_with_pretrain-B",
            "soc-b",
            "RefCOCO/+/g, then A2D-Sentences",
            "10937_A8QUkTpD-fUjHg8_qN9HWMCXRG3",
        ),
    ),
    expected=(
        *_videos("ytb_from_scratch-T", (59.2, 57.8, 60.5), (59.0, 55.4, 62.6)),
        *_videos("ytb_with_pretrain-T", (62.4, 61.1, 63.7), (63.5, 60.2, 66.7)),
        *_videos("ytb_joint_train-T", (65.0, 63.3, 66.7), (64.2, 60.9, 67.5)),
        *_videos("ytb_with_pretrain-B", (66.0, 64.1, 67.9), (64.2, 61.0, 67.4)),
        *_videos("ytb_joint_train-B", (67.3, 65.3, 69.3), (65.8, 62.5, 69.1)),
        _a2d("a2d_from_scratch-T", 50.4, 74.7, 66.9),
        _a2d("a2d_with_pretrain-T", 54.8, 78.3, 70.6),
        _a2d("a2d_with_pretrain-B", 57.3, 80.7, 72.5),
    ),
    needs_weights="one of the authors' files (.tar or .pth.tar), as it was downloaded; it holds the text "
    "encoder too",
    needs_text_model="a folder with the tokenizer of RoBERTa-base (tokenizer.json, or vocab.json and "
    "merges.txt) from https://huggingface.co/FacebookAI/roberta-base",
    options=(
        Option(
            "frames",
            str,
            "what is looked at together: the whole video, consecutive clips, or a window around each frame "
            "that is scored, of which that frame alone is predicted",
            default="whole",
            by_dataset=MappingProxyType({"ref-davis17": "clips"} | dict(_for_frames("around"))),
            choices=("whole", "clips", "around"),
        ),
        Option(
            "window",
            int,
            "frames of a clip, or of the window around a frame",
            default=36,
            by_dataset=_for_frames(8),
            minimum=1,
        ),
        Option(
            "longest",
            int,
            "a video of more frames than this is taken in clips even with frames=whole, since memory grows "
            "with its length",
            default=128,
            minimum=1,
        ),
        Option(
            "short-side",
            int,
            "pixels to which the shorter side of frames is scaled",
            default=360,
            by_dataset=_for_frames(320),
            minimum=32,
        ),
        Option(
            "long-side",
            int,
            "pixels that the longer side may have at most; the shorter one then becomes less",
            default=640,
            by_dataset=_for_frames(576),
            minimum=32,
        ),
        Option("threshold", float, "probability above which a pixel belongs", 0.5, minimum=0, maximum=1),
        Option(
            "case",
            str,
            "whether sentences are read as written or in lower case with single spaces",
            default="as-written",
            by_dataset=_for_frames("lower"),
            choices=("as-written", "lower"),
        ),
    ),
    notes=(
        "With frames=whole and frames=clips the trajectory is chosen once for all frames that are looked at "
        "together. Videos of Ref-YouTube-VOS valid have at most 36 frames, so all of them are taken whole.",
        "The authors' code returns the first decoder layer in inference. Their scores were made so, and so "
        "are ours.",
        "The authors ran neither MeViS nor Long-RVOS; for these the inference is that of Ref-YouTube-VOS.",
    ),
)
