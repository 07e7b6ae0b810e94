"""A board as plain data: who is ranked where, what is said twice, what belongs to which column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from board_records import MEVIS, YOUTUBE, furnished, many, record, records_of
from rvosbench_leaderboard.records.model import Flag, Record, Records, Source
from rvosbench_leaderboard.site import figures
from rvosbench_leaderboard.site.boards import Board, Pages, build_board
from rvosbench_leaderboard.site.facts import Facts
from rvosbench_leaderboard.site.names import board_pages, method_pages, page_name, record_pages
from rvosbench_leaderboard.site.repeats import repeats
from rvosbench_leaderboard.site.ties import ties
from rvosbench_leaderboard.site.transfer import transfer


def board_of(records: Records, key: tuple[str, str, str] = MEVIS) -> Board:
    boards = records.by_board()
    pages = Pages(
        board_pages(boards),
        method_pages(one.method.id for one in records.records),
        record_pages(one.id for one in records.records),
    )
    return build_board(key, key[1], boards[key], Facts.among(records.records), pages)


def order(board: Board) -> list[tuple[str, int | None]]:
    return [(row.entry.method, row.rank) for row in board.rows]


def cells(board: Board, row: int) -> dict[str, str]:
    return {column.key: cell.text for column, cell in zip(board.columns, board.rows[row].cells, strict=True)}


def test_methods_are_ranked_and_all_else_stands_where_its_score_puts_it() -> None:
    assert order(board_of(furnished())) == [
        ("Oracle", None),
        ("Alpha", 1),
        ("Alpha", None),
        ("Beta", 2),
        ("Gamma", 3),
        ("Small", None),
        ("Blank", None),
    ]


def test_equal_scores_share_a_rank_and_the_next_one_counts_all_before_it() -> None:
    board = board_of(records_of([record("A", 50.0), record("B", 49.0), record("C", 50.0), record("D", 48.0)]))
    assert order(board) == [("A", 1), ("C", 1), ("B", 3), ("D", 4)]


def test_figures_of_other_protocols_and_splits_are_on_other_boards() -> None:
    other = (*MEVIS[:2], "per-expression")
    records = records_of(
        [record("A", 50.0), record("B", 60.0, board=other), record("C", 70.0, board=YOUTUBE)]
    )
    found = {key: [one.method.name for one in group] for key, group in records.by_board().items()}
    assert found == {MEVIS: ["A"], other: ["B"], YOUTUBE: ["C"]}
    pages = board_pages(found)
    assert pages[MEVIS] == "boards/mevis-v1-valid_u-mevis.html"
    assert pages[other] == "boards/mevis-v1-valid_u-per-expression.html"
    assert pages[YOUTUBE] == "boards/ref-youtube-vos-valid.html"


def test_the_headline_of_the_protocol_ranks_and_its_order_is_kept() -> None:
    records = [replace(record("A", 50.0), metrics={"F": 1.0, "J": 2.0, "J&F": 3.0, "T-acc": 4.0, "odd": 5.0})]
    assert figures.metrics_of("mevis", records) == ("J&F", "J", "F", "T-acc", "odd")
    few = [
        *records,
        replace(record("B", 1.0), metrics={"J": 1.0}),
        replace(record("C", 1.0), metrics={"J": 1.0}),
    ]
    assert figures.metrics_of("mevis", few)[0] == "J"
    assert figures.metrics_of("unheard of", records)[0] == "J&F"


def test_figures_keep_the_digits_of_their_source() -> None:
    one = record("A", 66.0)
    assert figures.printed(replace(one, printed={"J&F": "66"}), "J&F") == "66"
    assert figures.printed(replace(one, printed={"J&F": "66.00"}), "J&F") == "66.00"
    assert figures.printed(replace(one, printed={}), "J&F") == "66.00"
    assert figures.printed(one, "mAP") == "–"  # noqa: RUF001


def variant(score: float, paper: str, **method: Any) -> Record:
    return record("A", score, id=paper, source=Source(paper), method=method)


STAGES = (("ref-coco",), ("mevis-v1",))


@pytest.mark.parametrize(
    ("others", "again"),
    [
        ([variant(50.0, "b", backbone="Swin-T", stages=STAGES)], {"b"}),
        ([variant(47.0, "b", backbone="Swin-T", stages=STAGES)], {"b"}),
        ([variant(50.0, "b", backbone="Swin-T")], {"b"}),
        ([variant(50.04, "b", backbone="Swin-T")], {"b"}),
        ([variant(50.1, "b", backbone="Swin-T")], set()),
        ([variant(50.0, "b", backbone="Swin-B", stages=STAGES)], set()),
        ([variant(50.0, "b", backbone="Swin-T", stages=(("mevis-v1",),))], set()),
        ([variant(50.0, "b"), variant(50.0, "c")], {"b", "c"}),
        ([variant(47.0, "b", stages=STAGES)], {"b"}),
        ([variant(47.0, "b", stages=STAGES), variant(48.0, "c", backbone="Swin-B", stages=STAGES)], set()),
    ],
    ids=[
        "the same",
        "the same variant, another figure",
        "training not said, same figures",
        "rounded otherwise",
        "training not said, other figures",
        "another backbone",
        "trained otherwise",
        "nothing said, twice",
        "the only backbone, not said, another figure",
        "either backbone, not said, another figure",
    ],
)
def test_a_record_is_there_again_if_another_says_the_same(others: list[Record], again: set[str]) -> None:
    first = variant(50.0, "a", backbone="Swin-T", stages=STAGES)
    assert repeats([first, *others]) == again
    assert repeats([*others, first]) == again


def test_another_name_of_a_method_has_no_rank_of_its_own() -> None:
    same = record("A-4", 50.0, method={"same_as": "a"})
    board = board_of(records_of([record("A", 50.0), same, record("B", 50.0), record("C", 49.0)]))
    assert dict(order(board)) == {"A": 1, "A-4": None, "B": 1, "C": 3}


def test_ablations_stand_beside_the_ranks() -> None:
    board = board_of(records_of([record("A", 50.0), record("A without", 49.0, kind="ablation")]))
    assert order(board) == [("A", 1), ("A without", None)]


def test_the_source_stays_in_sight_beside_many_figures() -> None:
    metrics = dict.fromkeys(("mAP", "oIoU", "mIoU", "P@0.5", "P@0.6", "P@0.7"), 50.0)
    key = ("a2d-sentences", "test", "a2d")
    one = record("A", 50.0, board=key, method={"setting": "supervised"}, metrics=metrics)
    columns = {column.key: column.extra for column in board_of(records_of([one]), key).columns}
    assert columns["setting"] and not columns["source"]


def test_what_was_scored_here_is_kept_before_what_is_printed() -> None:
    printed, scored = variant(50.0, "a"), replace(variant(51.0, "z"), status="re-scored")
    assert repeats([printed, scored]) == {"a"}
    doubtful = replace(variant(50.0, "a"), flags=(Flag("mean", "no"),))
    assert repeats([doubtful, variant(50.0, "z")]) == {"a"}


def test_a_record_with_a_metric_of_its_own_is_no_repetition() -> None:
    other = replace(variant(50.0, "b"), metrics={"mAP": 40.0}, printed={"mAP": "40.0"})
    assert repeats([variant(50.0, "a"), other]) == frozenset()


def test_ties_are_those_that_videos_cannot_tell_from_the_first() -> None:
    found = {one.id: one for one in furnished().records}
    alpha, beta, blank = (found[f"{name}-mevis-v1-valid_u-mevis"] for name in ("alpha", "beta", "blank"))
    assert ties([alpha, beta, blank]) == {alpha.id: "a", beta.id: "a"}
    assert ties([alpha, blank]) == {}
    assert ties([alpha, replace(beta, videos=None)]) == {}
    assert ties([alpha, replace(beta, videos={"elsewhere": 1.0})]) == {}
    board = board_of(furnished())
    assert [cells(board, row)["tie"] for row in range(len(board.rows))] == ["", "a", "", "a", "", "", ""]


def test_empty_columns_are_left_out_and_details_wait_to_be_chosen() -> None:
    bare = board_of(records_of([record("A", 50.0)]))
    assert [column.key for column in bare.columns] == ["J&F", "J", "F", "source", "status", "note"]
    full = board_of(furnished())
    assert [column.key for column in full.columns if not column.extra] == [
        *("J&F", "J", "F", "tie", "training", "setting", "source")
    ]
    extra = {column.key for column in full.columns if column.extra}
    assert {"parameters", "trainable", "fps", "device", "backbone", "paper", "code"} <= extra


def test_filters_offer_what_tells_rows_apart() -> None:
    choices = {one.key: one.values for one in board_of(furnished()).choices}
    assert choices["kind"] == ("baseline", "ceiling", "floor", "method")
    assert choices["year"] == ("2024", "2023", "2020")
    assert choices["status"] == ("printed", "re-scored", "reproduced", "self-reported")
    assert board_of(records_of([record("A", 50.0), record("B", 40.0)])).choices == ()


def test_a_speed_of_the_method_is_marked_and_leads_to_its_source() -> None:
    board = board_of(furnished())
    fps = [column.key for column in board.columns].index("fps")
    row = next(row for row in board.rows if row.entry.method == "Gamma")
    # The record of Gamma's speed is of another paper's table, so it may not be taken.
    assert row.cells[fps].text == "12?"
    assert row.cells[fps].url == "../records/gamma-speed.html"
    assert next(row for row in board.rows if row.entry.method == "Alpha").cells[fps].url is None


def test_counts_of_one_backbone_are_not_told_of_another() -> None:
    counted = [
        record("A", 0.0, board=None, id=f"a-{name}", method={"backbone": name, "trainable": count})
        for name, count in (("Swin-T", 49_000_000), ("Swin-B", 110_000_000))
    ]
    facts = Facts.among(counted)
    known = facts.known(record("A", 50.0, method={"backbone": "Swin-B"}), "trainable")
    assert known is not None and known.value == 110_000_000 and known.sure
    assert facts.known(record("A", 50.0), "trainable") is None
    assert facts.known(record("A", 50.0, method={"backbone": "ResNet-50"}), "trainable") is None
    alone = Facts.among(counted[:1])
    maybe = alone.known(record("A", 50.0), "trainable")
    assert maybe is not None and not maybe.sure
    assert alone.known(record("A", 50.0, method={"backbone": "ResNet-50"}), "trainable") is None


def test_a_speed_is_not_carried_from_one_paper_to_another() -> None:
    fact = record("A", 0.0, board=None, id="a-speed", method={"fps": 32.3}, source=Source("One paper"))
    facts = Facts.among([fact])
    assert facts.known(record("A", 50.0, source=Source("One paper")), "fps") is not None
    assert facts.known(record("A", 50.0, source=Source("Another paper")), "fps") is None


def test_training_sets_meet_benchmarks_at_their_best_score() -> None:
    records = furnished()
    boards = [board_of(records, key) for key in records.by_board()]
    found = transfer(boards)
    assert [board.key for board in found.boards] == [board.key for board in boards]
    table = {
        name: [best and (best.text, best.record.method.name) for best in row] for name, row in found.rows
    }
    assert table == {
        "mevis-v1": [("48.0", "Alpha"), ("54.5", "Alpha"), None],
        "ref-youtube-vos": [None, None, ("61.0", "Alpha")],
    }


def test_stages_of_training_are_told_in_order() -> None:
    def told(**method: Any) -> str:
        return figures.training(record("A", 1.0, method=method))

    assert told(stages=(("ref-coco", "ref-coco+"), ("mevis-v1",))) == "ref-coco, ref-coco+; then mevis-v1"
    assert told(stages=()) == "training-free"
    assert told(training="as they say") == "as they say"
    assert told() == ""


@pytest.mark.parametrize(
    "identity", ["../../etc/passwd", "a/b", "A", "a b", "", ".", "ü", "<svg>", "con\x00", "x" * 300, "\ud800"]
)
def test_names_of_pages_are_harmless_and_apart(identity: str) -> None:
    name = page_name(identity)
    assert name.isascii() and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    assert 0 < len(name) <= 90
    assert name != page_name(f"{identity}!")
    assert page_name("soc-neurips2023_t1") == "soc-neurips2023_t1"


def test_a_thousand_rows_are_ranked_from_the_best_down() -> None:
    board = board_of(many(1000, boards=(MEVIS,)))
    scores = [row.record.metrics["J&F"] for row in board.rows]
    assert scores == sorted(scores, reverse=True)
    assert all(
        row.rank == 1 + sum(score > row.record.metrics["J&F"] for score in scores) for row in board.rows
    )
