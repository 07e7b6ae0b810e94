"""The table of labels: how alike every track and every object of a split with ground truth are. For training.

It lies beside the table of tracks, and no predictor opens it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from rvosbench_baselines.tracks.ground_truth import Likeness

LABELS = pa.schema(
    [
        pa.field("video", pa.string(), nullable=False),
        pa.field("track", pa.int32(), nullable=False),
        pa.field("object", pa.string(), nullable=False),
        pa.field("precision", pa.float64(), nullable=False),
        pa.field("recall", pa.float64(), nullable=False),
        pa.field("iou", pa.float64(), nullable=False),
        pa.field("same", pa.bool_(), nullable=False),
    ]
)


def as_table(video: str, found: Sequence[Sequence[Likeness]]) -> pa.Table:
    """`found` has a list for each track, in their order."""
    rows = [
        {
            "video": video,
            "track": track,
            "object": one.object,
            "precision": one.precision,
            "recall": one.recall,
            "iou": one.iou,
            "same": one.same,
        }
        for track, likenesses in enumerate(found)
        for one in likenesses
    ]
    return pa.Table.from_pylist(rows, schema=LABELS)
