"""The one number that a unit is judged by when units are sorted, grouped or drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rvosbench.analysis.opened import Key, check_same_data
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.metrics.boundary import F
from rvosbench.metrics.jf import JF_MEAN, mean_of_both
from rvosbench.metrics.precision import M_IOU
from rvosbench.metrics.region import J

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rvosbench.analysis.opened import Opened


def are_samples(opened: Opened) -> bool:
    """Whether single frames were scored, by J alone: A2D- and JHMDB-Sentences."""
    return any(unit.frame is not None for unit in opened.units)


def scores_of(opened: Opened, metric: str) -> Mapping[Key, float | None]:
    """What each unit scores; None where it does not count. J&F is the mean of its J and its F. A sample for
    which nothing was predicted scores 0."""
    samples = are_samples(opened)
    found: dict[Key, float | None] = {}
    for unit in opened.units:
        j, f = unit.values.get(J.info.key), unit.values.get(F.info.key)
        value = unit.values.get(metric)
        if metric == JF_MEAN.key:
            value = None if j is None or f is None else mean_of_both(j, f)
        found[unit.video, unit.unit] = 0.0 if value is None and samples else value
    return found


def choose_metric(results: Sequence[Opened], metric: str | None) -> str:
    """The metric that was asked for, or the main one: J&F, and the mean IoU of samples. All results must
    be of the same data, and have it."""
    check_same_data(results)
    samples = are_samples(results[0])
    if metric is None:
        return M_IOU.key if samples else JF_MEAN.key
    measured = {key for unit in results[0].units for key in unit.values}
    measured |= set() if samples else {JF_MEAN.key}
    if metric not in measured:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--metric",
                expected="one that units have: " + ", ".join(sorted(measured)),
                found=metric,
                fix="choose one of these",
            )
        )
    return metric


def frame_scores(opened: Opened, metric: str) -> Mapping[Key, NDArray[np.float64]]:
    """The frames of every unit, by J, F or J&F; of samples by J, whatever is asked for."""
    found = {}
    for key, frames in opened.frames.items():
        if frames.f is None or metric == J.info.key:
            found[key] = frames.j
        elif metric == F.info.key:
            found[key] = frames.f
        elif metric == JF_MEAN.key:
            found[key] = (frames.j + frames.f) / 2
        else:
            raise UsageError(
                Problem(
                    Code.BAD_OPTION,
                    "--metric",
                    expected=f"one that frames have: {J.info.key}, {F.info.key}, {JF_MEAN.key}",
                    found=metric,
                    fix="choose one of these",
                )
            )
    return found


def refuse_samples(results: Sequence[Opened], wanted: str) -> None:
    """For questions that single frames cannot answer."""
    refused = [one for one in results if are_samples(one)]
    if refused:
        raise UsageError(
            *(
                Problem(
                    Code.SINGLE_FRAMES,
                    str(one.folder),
                    expected=f"a result of videos: {wanted} needs frames in a row",
                    found=f"{one.result.protocol}, which scores single frames",
                    fix="choose a result of another dataset",
                )
                for one in refused
            )
        )
