"""Charts: places are worked out here once more, from the values alone."""

from __future__ import annotations

import math

import pytest
from board_records import MEVIS, furnished, many, record, records_of
from rvosbench_leaderboard.records.model import Records, Source
from rvosbench_leaderboard.site.boards import Board, Pages, build_board
from rvosbench_leaderboard.site.charts import BOTTOM, LEFT, RIGHT, TOP, Chart, history, size, speed
from rvosbench_leaderboard.site.facts import Facts
from rvosbench_leaderboard.site.names import board_pages, method_pages, record_pages
from rvosbench_leaderboard.site.scales import Scale, labels, linear, logarithmic


def made(records: Records) -> tuple[Board, Facts]:
    boards = records.by_board()
    pages = Pages(
        board_pages(boards),
        method_pages(one.method.id for one in records.records),
        record_pages(one.id for one in records.records),
    )
    facts = Facts.among(records.records)
    return build_board(MEVIS, "valid_u", boards[MEVIS], facts, pages), facts


def drawn(chart: Chart | None) -> Chart:
    assert chart is not None
    return chart


def years(*pairs: tuple[str, int, float]) -> Board:
    return made(records_of(record(name, score, method={"year": year}) for name, year, score in pairs))[0]


def test_the_line_is_the_best_so_far_and_never_falls() -> None:
    chart = drawn(history(years(("A", 2020, 30.0), ("B", 2021, 25.0), ("C", 2022, 40.0), ("D", 2024, 39.0))))
    heights = [y for _, y in chart.path]
    assert heights == sorted(heights, reverse=True)
    assert [line[:3] for line in chart.lines] == [("2020", "30.0", "A"), ("2022", "40.0", "C")]
    assert len(chart.circles) == 4
    assert {label.text for label in chart.labels} == {"A", "C"}
    # A step goes sideways or up, never both.
    assert all(x == u or y == v for (x, y), (u, v) in zip(chart.path, chart.path[1:], strict=False))


def test_several_methods_of_one_year_count_as_their_best() -> None:
    chart = drawn(history(years(("A", 2020, 30.0), ("B", 2021, 50.0), ("C", 2021, 40.0))))
    assert [line[2] for line in chart.lines] == ["A", "B"]


def test_there_is_no_history_of_one_year() -> None:
    assert history(years(("A", 2020, 30.0), ("B", 2020, 50.0))) is None


def test_areas_are_parameters_and_axes_are_monotonic() -> None:
    board, facts = made(furnished())
    chart = drawn(size(board, facts))
    alpha, beta = sorted((one for one in chart.circles if not one.hollow), key=lambda one: one.x)
    assert (alpha.radius / beta.radius) ** 2 == pytest.approx(240 / 60, rel=0.02)
    (ring,) = (one for one in chart.circles if one.hollow)
    assert ring.x < alpha.x < beta.x  # 39.4, 46.5 and 100.6 million
    ratio = math.log(46.5 / 39.4) / math.log(100.6 / 39.4)
    assert (alpha.x - ring.x) / (beta.x - ring.x) == pytest.approx(ratio, abs=0.002)
    assert {line[0].split(",")[0]: line[2] for line in chart.lines} == {
        "Alpha": "46.5",
        "Beta": "100.6",
        "Gamma": "39.4",
    }


def test_floors_and_ceilings_are_in_no_chart() -> None:
    board, facts = made(furnished())
    for chart in (history(board), size(board, facts), speed(board, facts)):
        text = " ".join([*(one.title for one in drawn(chart).circles), str(drawn(chart).lines)])
        assert "Alpha" in text and "Oracle" not in text and "Blank" not in text


def test_methods_without_a_year_are_named() -> None:
    dated = [record(name, 50.0, method={"year": year}) for name, year in (("A", 2020), ("B", 2024))]
    board, _ = made(records_of([*dated, record("C", 40.0), record("D", 30.0)]))
    assert drawn(history(board)).about.endswith("Not here, since no year of them is known: C, D.")
    board, _ = made(records_of(dated))
    assert "Not here" not in drawn(history(board)).about


def test_everything_is_drawn_inside() -> None:
    board, facts = made(many(500, boards=(MEVIS,)))
    for chart in (history(board), size(board, facts), speed(board, facts)):
        for one in drawn(chart).circles:
            assert LEFT <= one.x <= RIGHT and TOP <= one.y <= BOTTOM
        assert len(drawn(chart).lines) >= 2


def test_a_speed_whose_row_is_not_said_is_a_ring() -> None:
    paper = Source("One paper")
    rows = [
        record("A", score, id=f"a-{backbone}", source=paper, method={"backbone": backbone})
        for score, backbone in ((50.0, "Swin-T"), (60.0, "Swin-B"))
    ]
    fact = record("A", 0.0, board=None, id="a-speed", method={"fps": 32.3, "device": "a card"}, source=paper)
    board, facts = made(records_of([*rows, fact]))
    chart = drawn(speed(board, facts))
    assert [one.hollow for one in chart.circles] == [True, True]
    assert {line[2] for line in chart.lines} == {"32.3 (row not said)"}
    assert {line[3] for line in chart.lines} == {"a card"}


@pytest.mark.parametrize("values", [(1.0, 2.0), (0.3, 0.31), (27.8, 49.4), (5.0, 5.0), (1e6, 3e9)])
def test_ticks_are_round_and_inside(values: tuple[float, float]) -> None:
    for scale in (linear(values, 300, 20), logarithmic(values, 300, 20)):
        ticks = scale.ticks()
        assert 1 <= len(ticks) <= 14
        assert all(20 <= pixel <= 300 for pixel, _ in ticks)
        for pixel, text in ticks:
            value = float(text.replace(",", ""))
            assert scale(value) == pytest.approx(pixel, abs=0.15)
            digits = text.replace(",", "").replace(".", "").strip("0")
            assert len(digits) <= 6


def test_a_logarithmic_axis_gives_equal_ratios_equal_room() -> None:
    scale = Scale(1, 1000, 0, 300, logarithmic=True)
    assert [scale(value) for value in (1, 10, 100, 1000)] == [0, 100, 200, 300]


def test_labels_never_cover_each_other() -> None:
    points = [(100.0 + 9 * place, 100.0 + 4 * place, 4.0, f"method {place}") for place in range(20)]
    found = labels(points, 700, top=0, bottom=300)
    assert found
    boxes = []
    for one in found:
        wide = 6.4 * len(one.text)
        left = {"start": one.x, "end": one.x - wide, "middle": one.x - wide / 2}[one.anchor]
        boxes.append((left, one.y - 9, left + wide, one.y + 1))
    for place, a in enumerate(boxes):
        for b in boxes[place + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
