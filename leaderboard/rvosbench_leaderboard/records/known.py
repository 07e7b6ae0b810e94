"""Whether a record's metrics are such as its protocol reports."""

from __future__ import annotations

from collections.abc import Iterable

from rvosbench.errors import Code, ProblemLog
from rvosbench_leaderboard.records.model import Record


def check_metrics(records: Iterable[Record], log: ProblemLog) -> None:
    """That metrics exist, and that none of single images, as mAP is, stands on a board of videos, or the
    other way round; stretches of time are for protocols that name them. What a protocol is for is told by its
    headline; of metrics of other packages nothing is known but that they are there."""
    from rvosbench.metrics import average_precision as ap
    from rvosbench.metrics import catalogue, precision, span
    from rvosbench.metrics.jf import JF_MEAN
    from rvosbench.protocols import catalogue as protocols

    ours = {info.key for info in catalogue.ALL}
    known = ours | {metric.info.key for metric in catalogue.plugged_in()}
    means = (ap.M_AP, ap.AP_50, ap.AP_75, ap.AP_S, ap.AP_M, ap.AP_L, ap.M_AP_BEST)
    of_images = {info.key for info in (*means, precision.O_IOU, precision.M_IOU, *precision.P_AT_K)}
    of_time = {metric.info.key for metric in (span.T_IOU, span.V_IOU)}
    headlines = {one.info.name: one.info.headline for one in protocols.every()}
    for record in records:
        headline = set(headlines.get(record.protocol, ()))
        if headline & of_images:
            strange = ours - of_images - headline
        elif JF_MEAN.key in headline:
            strange = (of_images | of_time) - headline
        else:
            strange = set()
        for metric in record.printed:
            if metric in known - strange:
                continue
            what = f"a metric of {record.protocol}" if metric in strange else "a metric that is known"
            log.add(
                Code.NOT_A_RECORD,
                f"{record.file}: {record.id}: metrics",
                expected=what,
                found=metric,
                fix="use a name of docs/metrics.md, or install the plug-in that brings it",
            )
