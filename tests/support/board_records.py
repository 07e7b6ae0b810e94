"""Made-up records for boards: a few that have everything, many that are alike, and some that are hostile."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from rvosbench_leaderboard.records.model import Flag, Group, Kind, Method, Record, Records, Source, Status

from rvosbench.errors import ProblemLog

MEVIS = ("mevis-v1", "valid_u", "mevis")
MEVIS_VALID = ("mevis-v1", "valid", "mevis")
YOUTUBE = ("ref-youtube-vos", "valid", "ref-youtube-vos")
BIBTEX = "@inproceedings{alpha,\n  title = {Alpha},\n  year = {2023}\n}"
SHA = "0123456789abcdef" * 4


def record(
    name: str,
    score: float,
    *,
    board: tuple[str, str, str] | None = MEVIS,
    status: Status = "printed",
    kind: Kind = "method",
    source: Source | None = None,
    method: dict[str, Any] | None = None,
    **more: Any,
) -> Record:
    """J is two points below J&F and F two above it."""
    identity = more.pop("id", f"{name.lower()}-{'-'.join(board or ('facts',))}")
    metrics = {"J&F": score, "J": round(score - 2, 2), "F": round(score + 2, 2)} if board else {}
    dataset, split, protocol = board or ("", "", "")
    known: dict[str, Any] = {
        "id": identity,
        "method": Method(id=name.lower(), name=name, kind=kind, **(method or {})),
        "dataset": dataset,
        "split": split,
        "protocol": protocol,
        "metrics": metrics,
        "printed": {key: f"{value:.1f}" for key, value in metrics.items()},
        "status": status,
        "source": source or Source("Survey, CVPR 2025", "Table 1", row=1),
        "file": "survey.toml",
    }
    return Record(**(known | more))


def records_of(records: Iterable[Record]) -> Records:
    every = tuple(records)
    return Records(every, {one.method.id: one.method for one in every}, ProblemLog())


def furnished() -> Records:
    """Every kind, status and block; ties, intervals, flags, charts."""
    videos = {f"video{number:02d}": 40.0 + number for number in range(30)}
    close = {name: score + (-1) ** place for place, (name, score) in enumerate(videos.items())}
    low = {name: score - 20 - place % 3 for place, (name, score) in enumerate(videos.items())}
    kept = Source("rvosbench", fingerprint=SHA, predictions=SHA[::-1], result="kept/alpha")
    scored: dict[str, Any] = {
        "status": "re-scored",
        "source": kept,
    }
    blocks: dict[str, Any] = {
        "stability": {"stability_J": 0.0123, "flicker": 0.0456},
        "attributes": (
            Group("wording", "motion", 21, {"J&F": 51.25}),
            Group("wording", "static", 9, {"J&F": 60.5}),
        ),
        "intervals": {"J&F": (50.11, 58.99), "J": (48.0, 57.0)},
        "date": "2026-03-01",
        "steps": ("baseline run alpha --out preds", "eval preds --out kept/alpha"),
    }
    alpha = {
        "venue": "CVPR",
        "year": 2023,
        "paper": "https://example.org/alpha",
        "code": "https://example.org/alpha.git",
        "bibtex": BIBTEX,
        "backbone": "Swin-T",
        "text_encoder": "RoBERTa",
        "training_data": ("mevis-v1",),
        "setting": "supervised",
        "parameters": 240_000_000,
        "trainable": 46_500_000,
        "fps": 21.4,
        "device": "one RTX 3090",
    }
    beta = alpha | {
        "year": 2024,
        "bibtex": None,
        "backbone": "Swin-B",
        "trainable": 100_600_000,
        "parameters": 60_000_000,
        "fps": 32.3,
    }
    gamma: dict[str, Any] = {"venue": "ECCV", "year": 2020, "trainable": 39_400_000, "setting": "zero-shot"}
    again = record(
        "Alpha", 54.5, id="alpha-again", method=alpha, source=Source("Other, ICCV 2025", "Table 2")
    )
    return records_of(
        [
            record("Alpha", 54.5, method=alpha, videos=videos, **scored, **blocks),
            record("Beta", 54.4, method=beta, videos=close, **scored),
            record(
                "Gamma", 31.0, method=gamma, flags=(Flag("mean", "J&F 31.0 is not the mean of J and F."),)
            ),
            again,
            record("Blank", 12.0, kind="floor", videos=low, status="reproduced", source=kept),
            record("Oracle", 91.0, kind="ceiling"),
            record("Small", 20.0, kind="baseline", status="self-reported"),
            record("Alpha", 61.0, board=YOUTUBE, method=alpha | {"training_data": ("ref-youtube-vos",)}),
            record("Gamma", 47.0, board=YOUTUBE, method=gamma),
            record("Alpha", 48.0, board=MEVIS_VALID, method=alpha),
            record("Gamma", 40.0, board=None, method={"fps": 12.0}, id="gamma-speed"),
        ]
    )


def many(count: int, *, boards: Sequence[tuple[str, str, str]] = (MEVIS, MEVIS_VALID, YOUTUBE)) -> Records:
    draw = random.Random(7)
    return records_of(
        record(
            f"Method{place:04d}",
            round(draw.uniform(20, 80), 1),
            board=boards[place % len(boards)],
            status=draw.choice(("printed", "self-reported")),
            method={
                "venue": draw.choice(("CVPR", "ICCV", "ECCV", "NeurIPS")),
                "year": draw.randint(2018, 2026),
                "backbone": draw.choice(("Swin-T", "Swin-B", "ResNet-50", "ViT-L")),
                "training_data": draw.choice((("mevis-v1",), ("ref-youtube-vos",), ("mevis-v1", "ref-coco"))),
                "setting": draw.choice(("supervised", "joint", "zero-shot")),
                "trainable": draw.randint(1_000_000, 4_000_000_000),
                "fps": round(draw.uniform(1, 60), 1),
                "bibtex": f"@inproceedings{{method{place},\n  title = {{Method {place}}}\n}}",
            },
        )
        for place in range(count)
    )


def hostile(payload: str) -> Records:
    """The payload in every text that a record has."""
    method: dict[str, Any] = dict.fromkeys(
        ("venue", "paper", "code", "bibtex", "backbone", "text_encoder", "training", "device"), payload
    )
    return records_of(
        record(
            f"{payload} {place}",
            50.0 + place,
            id=f"{payload} {place}",
            board=(f"mevis {payload}", payload, payload),
            method=method
            | {
                "training_data": (payload,),
                "year": 2020 + place,
                "trainable": 10**7 * (1 + place),
                "fps": 9.0 + place,
            },
            source=Source(
                payload, payload, url=payload, fingerprint=payload, predictions=payload, result=payload
            ),
            status="re-scored",
            flags=(Flag(payload, payload),),
            note=payload,
            date=payload,
            steps=(payload,),
            file=payload,
            videos={payload: 50.0, f"{payload} b": 51.0},
            stability={payload: 0.5},
            attributes=(Group(payload, payload, 3, {"J&F": 50.0}),),
            intervals={"J&F": (49.0, 51.0)},
        )
        for place in range(2)
    )
