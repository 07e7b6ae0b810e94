"""COCO results for A2D- and JHMDB-Sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rvosbench.conformance.case import Answer, Case, Form, Submission
from rvosbench.conformance.cases.making import PREDICTIONS, by_construction, refused, scored
from rvosbench.conformance.material import Material
from rvosbench.conformance.oracle import Mask
from rvosbench.conformance.oracle_samples import Query
from rvosbench.conformance.truth import SampleTruth, moved
from rvosbench.errors import Code

Result = dict[str, Any]
BEST = {"mAP": 1.0, "AP50": 1.0, "AP75": 1.0, "mIoU": 1.0, "oIoU": 1.0} | {
    f"P@{tenths / 10}": 1.0 for tenths in (5, 6, 7, 8, 9)
}


def counts(mask: Mask) -> bytes:
    """Compressed COCO counts, from the description of the format: runs of 0 and 1 in turn, column by column;
    from the third on as differences to the one before last; in groups of five bits from the lowest on, with
    a sixth that says that more follow, plus 48."""
    column = np.concatenate(([0], mask.T.ravel().astype(np.int8), [-1]))
    ends = np.flatnonzero(np.diff(column))
    runs = np.diff(np.concatenate(([0], ends))).tolist()
    if len(runs) > 1 and ends[0] == 0:
        runs[0] = 0
    text = bytearray()
    for place, run in enumerate(runs):
        value = run - runs[place - 2] if place > 2 else run
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            text.append(48 + bits + (32 if more else 0))
    return bytes(text)


def result(query: Query) -> Result:
    height, width = query.mask.shape
    segmentation = {"size": [height, width], "counts": counts(query.mask).decode("ascii")}
    return {"image_id": query.image, "category_id": 1, "segmentation": segmentation, "score": query.score}


def case(
    identity: str, title: str, truth: SampleTruth, results: Sequence[Result] | str | bytes, answer: Answer
) -> Case:
    """Text and bytes are the file as it is."""
    text = results if isinstance(results, (str, bytes)) else json.dumps(results)
    content = text.encode() if isinstance(text, str) else text
    return Case(identity, title, truth.benchmark, Submission(Form.COCO, "results.json", content), answer)


def moved_queries(truth: SampleTruth) -> list[Query]:
    """One for each image, some better and some worse, with scores that all differ and do not follow the
    quality."""
    return [
        Query(image, mask if not place % 4 else moved(mask, place % 4), _score(place))
        for place, (image, mask) in enumerate(truth.images.items())
    ]


def _score(place: int) -> float:
    return (37 * place % 64 + 32) / 128  # binary fractions, so that no decimal rounding gets in the way


def results(queries: Sequence[Query]) -> list[Result]:
    return [result(query) for query in queries]


def forms(m: Material) -> Iterator[Case]:
    perfect = [Query(image, mask, _score(place)) for place, (image, mask) in enumerate(m.a2d.images.items())]
    yield case(
        "forms/coco-perfect",
        "A2D-Sentences: COCO results with the ground truth itself",
        m.a2d,
        results(perfect),
        by_construction(
            BEST,
            "One right query for every sample is as good as can be.",
            warnings=[Code.GROUND_TRUTH_PREDICTED],
        ),
    )
    for name, truth in (("a2d", m.a2d), ("jhmdb", m.jhmdb)):
        queries = moved_queries(truth)
        yield case(
            f"forms/coco-{name}",
            f"{truth.benchmark.dataset}: COCO results, one query for each sample",
            truth,
            results(queries),
            scored(
                truth.score(queries), "mAP is that of pycocotools; P@K looks at the best query, strictly."
            ),
        )


def cases(m: Material) -> Iterator[Case]:
    yield from _ranking(m.a2d)
    yield from _malformed(m.a2d)
    yield from _wrong_samples(m)
    yield from _not_a_list(m.a2d)


def _ranking(truth: SampleTruth) -> Iterator[Case]:
    queries = moved_queries(truth)
    tied = [Query(one.image, one.mask, 1.0) for one in queries]
    yield case(
        "samples/all-scores-equal",
        "Every query has the score 1",
        truth,
        results(tied),
        scored(
            truth.score(tied),
            "Equal scores are ranked in the order of image ids as text, 10 before 2.",
            warnings=[Code.EQUAL_SCORES],
        ),
    )
    yield case(
        "samples/all-scores-equal-backwards",
        "The same in the opposite order",
        truth,
        results(tied[::-1]),
        scored(
            truth.score(tied[::-1]),
            "The order of the file does not change the ranking of images.",
            warnings=[Code.EQUAL_SCORES],
        ),
    )
    worse = [Query(one.image, np.zeros_like(one.mask), one.score) for one in queries]
    both = [query for pair in zip(queries, worse, strict=True) for query in pair]
    yield case(
        "samples/tie-within-a-sample",
        "Two queries of each sample with the same score, the second empty",
        truth,
        results(both),
        scored(
            truth.score(both),
            "Of equal scores of one sample mAP ranks the first higher, P@K takes the last.",
            warnings=[Code.EMPTY_MASKS],
        ),
    )
    shape = next(iter(truth.images.values())).shape
    many = list(queries)
    for place, image in enumerate(truth.images):
        for number in range(29):
            box = np.zeros(shape, np.bool_)
            box[number : number + 20, 2 * number : 2 * number + 30] = True
            many.append(Query(image, box, (29 * place + number + 1) / 4096))
    yield case(
        "samples/thirty-queries",
        "Thirty queries for each sample, the others boxes of low score",
        truth,
        results(many),
        scored(truth.score(many), "All queries count for mAP, the best alone for P@K and IoU."),
    )
    far_more = [result(query) for query in queries for _ in range(400)]
    yield case(
        "samples/too-many-results",
        "The same query of each sample four hundred times",
        truth,
        far_more,
        refused(
            Code.TOO_MANY_RESULTS, rule="mAP looks at a hundred queries of a sample; far more are a mistake."
        ),
    )
    negative = [Query(one.image, one.mask, one.score - 100) for one in queries]
    yield case(
        "samples/negative-scores",
        "Scores below 0, as logits are",
        truth,
        results(negative),
        scored(truth.score(queries), "Scores rank; only their order matters."),
    )
    nothing = [Query(one.image, np.zeros_like(one.mask), one.score) for one in queries]
    yield case(
        "samples/all-empty",
        "An empty mask for every sample",
        truth,
        results(nothing),
        by_construction(
            dict.fromkeys(("mAP", "AP50", "AP75", "oIoU"), 0.0) | {f"P@{k / 10}": 0.0 for k in range(5, 10)},
            "An empty mask shares nothing with a target.",
            warnings=[Code.EMPTY_MASKS],
        ),
    )
    boxed = [one | {"bbox": [0, 0, 5000, 5000]} for one in results(queries)]
    yield case(
        "samples/bbox",
        "Every result has a bbox, which is a lie",
        truth,
        boxed,
        scored(
            truth.score(queries),
            "A box changes nothing: the mask is what is scored.",
            PREDICTIONS,
            warnings=[Code.FIELD_IGNORED],
        ),
    )


def _malformed(truth: SampleTruth) -> Iterator[Case]:
    good = results(moved_queries(truth))
    height, width = good[0]["segmentation"]["size"]

    def changed(**fields: Any) -> list[Result]:
        return [good[0] | fields, *good[1:]]

    def mask(**fields: Any) -> list[Result]:
        return changed(segmentation=good[0]["segmentation"] | fields)

    finite = "Masks are ranked by their scores, so each must be a finite number."
    for name, title, score in (
        ("score-nan", "A score that is NaN", float("nan")),
        ("score-infinity", "A score that is Infinity", float("inf")),
        ("score-missing", "A result without a score", None),
        ("score-as-text", "A score that is text", "0.9"),
    ):
        changed_results = changed(score=score)
        if score is None:
            del changed_results[0]["score"]
        code = Code.INVALID_JSON if isinstance(score, float) else Code.BAD_SCORE
        yield case(f"samples/{name}", title, truth, changed_results, refused(code, rule=finite))
    whole = "The counts of a mask fill its size exactly."
    for name, title, text in (
        ("counts-too-short", "Counts that end before the image does", "15"),
        (
            "counts-too-long",
            "Counts that go on behind the image",
            counts(np.ones((height, width + 9), bool)).decode(),
        ),
        ("counts-negative", "Counts with a run below 0", "1O1"),
        ("counts-overlong", "A count of forty digits", "o" * 40 + "0"),
        (
            "counts-printed-bytes",
            "Counts that are the print of bytes, b'...'",
            "b'" + good[0]["segmentation"]["counts"] + "'",
        ),
        ("counts-list", "Counts that are a list of numbers", [10, height * width - 10]),
    ):
        yield case(f"samples/{name}", title, truth, mask(counts=text), refused(Code.BAD_RLE, rule=whole))
    yield case(
        "samples/size-turned",
        "Size as [width, height]",
        truth,
        mask(size=[width, height]),
        refused(
            Code.WRONG_SIZE, rule="Masks have the size of the video, height first; nothing is ever resized."
        ),
    )
    yield case(
        "samples/segmentation-polygon",
        "A polygon where a mask is wanted",
        truth,
        changed(segmentation=[[1, 1, 9, 1, 9, 9]]),
        refused(Code.BAD_STRUCTURE, rule="Masks are run lengths, as everywhere in this benchmark."),
    )


def _wrong_samples(m: Material) -> Iterator[Case]:
    good = results(moved_queries(m.a2d))
    scored_only = "Each result names a sample that is scored; another one is a mistake, not a bonus."
    for name, title, image in (
        ("unknown-video", "An image of a video that is not there", "v_nowhere_f_1_i_1"),
        ("unscored-frame", "An image of a frame that is not scored", f"v_{m.mevis.clips[0].name}_f_1_i_1"),
        ("padded-frame", "The number of the frame with zeros before it", _padded(good[0]["image_id"])),
        ("image-id-number", "An image_id that is a number", 7),
    ):
        code = Code.UNKNOWN_IMAGE if isinstance(image, str) else Code.BAD_STRUCTURE
        extra = [*good[1:], good[0] | {"image_id": image}]
        if name != "padded-frame":
            extra.append(good[0])
        yield case(f"samples/{name}", title, m.a2d, extra, refused(code, rule=scored_only))
    jhmdb = results(moved_queries(m.jhmdb))
    other = [one | {"image_id": one["image_id"].rpartition("_")[0] + "_1"} for one in jhmdb]
    yield case(
        "samples/another-list-of-frames",
        "JHMDB-Sentences: predictions for another list of frames",
        m.jhmdb,
        other,
        refused(Code.UNKNOWN_IMAGE, rule="Several lists of frames circulate; scores of two lists differ."),
    )
    yield case(
        "samples/one-sample-missing",
        "No result for one of the samples",
        m.a2d,
        good[1:],
        refused(
            Code.MISSING_PREDICTION,
            rule="Each sample needs a prediction; means over fewer are other means.",
            page="docs/evaluate.md",
        ),
    )


def _padded(image: str) -> str:
    head, _, rest = image.partition("_f_")
    frame, _, instance = rest.partition("_")
    return f"{head}_f_{int(frame):05d}_{instance}"


def _not_a_list(truth: SampleTruth) -> Iterator[Case]:
    good = json.dumps(results(moved_queries(truth)))
    form: Mapping[str, tuple[str, str, Code]] = {
        "truncated": ("A file that was cut off", good[: len(good) // 2], Code.INVALID_JSON),
        "an-object": ("An object where a list is wanted", '{"results": []}', Code.INVALID_JSON),
        "deep-nesting": ("A million brackets", "[" * 1_000_000, Code.INVALID_JSON),
        "empty-list": ("A list with nothing in it", "[]", Code.MISSING_PREDICTION),
        "empty-file": ("A file with nothing in it", "", Code.INVALID_JSON),
        "list-of-numbers": ("A list of numbers", "[1, 2, 3]", Code.BAD_STRUCTURE),
    }
    for name, (title, text, code) in form.items():
        rule = "COCO results are one JSON list of results, for every sample at least one."
        yield case(f"samples/{name}", title, truth, text, refused(code, rule=rule))
