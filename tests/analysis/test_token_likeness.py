"""Token likeness against mask overlap: worked out from pixels here, from runs there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from rvosbench.analysis.token_likeness import compare
from rvosbench.cli.app import run
from rvosbench.errors import Code, UsageError
from rvosbench.masks import rle
from rvosbench.report.plots import tokens

FRAMES, SIZE, WIDTH = 5, (14, 18), 6
Masks = NDArray[np.bool_]  # [frames, height, width]


def tracks(seed: int, count: int = 5) -> list[tuple[Masks, NDArray[np.float64]]]:
    """Rectangles that overlap more or less, each not to be seen in some frame, with tokens."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        masks = np.zeros((FRAMES, *SIZE), np.bool_)
        for frame in range(FRAMES):
            top, left = random.integers(0, 5, 2)
            masks[frame, top : top + 8, left + number : left + number + 9] = frame != number
        found.append((masks, random.standard_normal((FRAMES, WIDTH)) + 0.7))
    return found


def write(path: Path, videos: Mapping[str, Sequence[tuple[Masks, NDArray[np.float64]]]]) -> Path:
    tables = [
        pa.Table.from_pylist(
            [
                {
                    "video": video,
                    "height": SIZE[0],
                    "width": SIZE[1],
                    "counts": [rle.encode(mask) if mask.any() else None for mask in masks],
                    "tokens": token.tolist(),
                }
                for masks, token in rows
            ]
        )
        for video, rows in videos.items()
    ]
    with pq.ParquetWriter(path, tables[0].schema) as writer:
        for table in tables:
            writer.write_table(table)
    return path


def plain(one: tuple[Masks, Any], other: tuple[Masks, Any]) -> tuple[float, float]:
    ious, cosines = [], []
    for frame in range(FRAMES):
        first, second = one[0][frame], other[0][frame]
        if (first | second).any():
            ious.append((first & second).sum() / (first | second).sum())
        if first.any() and second.any():
            a, b = one[1][frame], other[1][frame]
            cosines.append(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    return float(np.mean(ious)), float(np.mean(cosines))


def test_every_two_tracks_of_a_video_are_compared(tmp_path: Path) -> None:
    videos = {"a": tracks(0), "b": tracks(1, 3)}
    found = compare([write(tmp_path / "grid.parquet", videos)])
    expected = [
        (video, *plain(one, other)) for video, rows in videos.items() for one, other in combinations(rows, 2)
    ]
    assert [pair.video for pair in found.pairs] == [video for video, *_ in expected]
    assert [(pair.overlap, pair.likeness) for pair in found.pairs] == [
        pytest.approx(values, abs=1e-12) for _, *values in expected
    ]
    assert len({round(pair.overlap, 3) for pair in found.pairs}) > 5
    assert (found.apart, found.videos) == (0, 2)


def test_tracks_of_several_files_are_compared_with_each_other(tmp_path: Path) -> None:
    rows = tracks(2)
    one = write(tmp_path / "grid.parquet", {"a": rows[:2]})
    other = write(tmp_path / "gdino.parquet", {"a": rows[2:]})
    whole = write(tmp_path / "both.parquet", {"a": rows})
    assert compare([one, other]) == compare([whole])


def test_tracks_that_are_never_seen_together_are_left_out_and_counted(tmp_path: Path) -> None:
    (first, token), (second, other) = tracks(3, 2)
    first[2:], second[:2] = False, False
    third = np.ones_like(first)
    rows = [(first, token), (second, other), (third, token)]
    found = compare([write(tmp_path / "grid.parquet", {"a": rows})])
    assert (len(found.pairs), found.apart) == (2, 1)
    only = {"a": rows[:2]}
    with pytest.raises(UsageError) as error:
        compare([write(tmp_path / "apart.parquet", only)])
    assert error.value.problems[0].code == Code.NOTHING_FOUND


def test_bins_hold_every_pair_once_and_the_last_one_ends_at_one(tmp_path: Path) -> None:
    masks, token = tracks(4, 1)[0]
    rows = [*tracks(5), (masks, token), (masks, token)]
    found = compare([write(tmp_path / "grid.parquet", {"a": rows})])
    bins = found.bins(4)
    assert sum(len(one.likeness) for one in bins) == len(found.pairs) == 21
    assert max(bins[-1].likeness) == pytest.approx(1)
    for one in bins:
        own = [pair.likeness for pair in found.pairs if one.low <= min(pair.overlap, 0.999) < one.high]
        assert list(one.likeness) == own
        assert one.mean == (pytest.approx(np.mean(own)) if own else None)
        assert one.variance == (pytest.approx(np.mean((np.array(own) - np.mean(own)) ** 2)) if own else None)


def test_the_figure_shows_means_and_deviations_of_the_bins(tmp_path: Path) -> None:
    found = compare([write(tmp_path / "grid.parquet", {"a": tracks(6), "b": tracks(7)})])
    axes = tokens.draw(found, bins=5).axes[0]
    shown = [one for one in found.bins(5) if one.likeness]
    (line, _, (bars,)) = axes.containers[0]
    assert np.allclose(line.get_xdata(), [(one.low + one.high) / 2 for one in shown])
    assert np.allclose(line.get_ydata(), [np.mean(one.likeness) for one in shown])
    reach = [segment[1, 1] - segment[0, 1] for segment in bars.get_segments()]
    assert np.allclose(reach, [2 * (one.variance or 0) ** 0.5 for one in shown])
    assert [text.get_text() for text in axes.texts] == [str(len(one.likeness)) for one in shown]
    assert len(np.asarray(axes.collections[0].get_offsets())) == len(found.pairs)


def test_the_command_writes_the_figure_and_says_the_bins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, out = write(tmp_path / "grid.parquet", {"a": tracks(8)}), tmp_path / "tokens.svg"
    call = ["plot", "tokens", str(table), "--out", str(out), "--bins", "3"]
    assert run(call) == 0
    assert out.read_bytes().startswith(b"<?xml")
    assert "mean cosine" in capsys.readouterr().out
    assert run(call) == 2  # it is there already
    assert run([*call, "--force", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["pairs"] for one in said["bins"]] == [len(one.likeness) for one in compare([table]).bins(3)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda row: row.pop("tokens"), Code.WRONG_COLUMNS),
        (lambda row: row.update(tokens=row["tokens"][:2]), Code.TABLE_INCONSISTENT),
        (lambda row: row.update(counts=[b"0"] * FRAMES), Code.BAD_RLE),
    ],
    ids=["no tokens", "too few tokens", "another size"],
)
def test_what_is_no_table_of_tracks_is_refused(
    change: Callable[[dict[str, Any]], object], code: Code, tmp_path: Path
) -> None:
    rows = pq.read_table(write(tmp_path / "grid.parquet", {"a": tracks(9)})).to_pylist()
    for row in rows:
        change(row)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "changed.parquet")
    with pytest.raises(UsageError) as error:
        compare([tmp_path / "changed.parquet"])
    assert [problem.code for problem in error.value.problems] == [code]
    with pytest.raises(UsageError):
        compare([tmp_path / "absent.parquet"])
