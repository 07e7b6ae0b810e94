"""Records are read whole or not at all, every problem is said, and what is written is read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_files import SOURCE, record, write_records
from rvosbench_leaderboard.records.model import Group, Method, Record, Source
from rvosbench_leaderboard.records.reading import read_records
from rvosbench_leaderboard.records.writing import method_text, source_text

from rvosbench.errors import Code

HASH = "0123456789abcdef" * 4


def test_figures_keep_their_printed_digits(tmp_path: Path) -> None:
    write_records(tmp_path, record('"J&F" = 66, J = 30.0, F = 48.560'))
    (one,) = read_records(tmp_path).records
    assert one.printed == {"J&F": "66", "J": "30.0", "F": "48.560"}
    assert one.metrics == {"J&F": 66.0, "J": 30.0, "F": 48.56}


def test_other_splits_and_protocols_are_other_boards(tmp_path: Path) -> None:
    other = record(id="two").replace('"valid_u"', '"valid"')
    third = record(id="three").replace('"mevis"\n', '"per-expression"\n', 1)
    write_records(tmp_path, record(), other, third)
    boards = read_records(tmp_path).by_board()
    assert [[one.id for one in rows] for rows in boards.values()] == [["two"], ["one"], ["three"]]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (record(more="colour = 1"), "record 1: colour"),
        (record(more="row = 0"), "record 1: row"),
        (record(more="row = true"), "record 1: row"),
        (record(more='trainable = "many"'), "record 1: trainable"),
        (record(more='fingerprint = "abc"'), "record 1: fingerprint"),
        (record(more='date = "yesterday"'), "record 1: date"),
        (record(more='stages = ["mevis-v1"]'), "record 1: stages"),
        (record(more='intervals = { "J&F" = [2, 1] }'), "record 1: intervals: J&F"),
        (record(more='videos = { v = "high" }'), "record 1: videos: v"),
        (record('"J&F" = "high"'), "record 1: metrics: J&F"),
        (record('"J&F" = -1'), "record 1: metrics: J&F"),
        (record('"J&F" = nan'), "record 1: metrics: J&F"),
        (record('"J&F" = inf'), "record 1: metrics: J&F"),
        (record(id="../evil"), "record 1: id"),
        (record().replace('method = "a"', 'method = "b"'), "record 1: method"),
        (record().replace('split = "valid_u"\n', ""), "record 1: dataset, split and protocol"),
    ],
)
def test_what_is_wrong_with_a_record_is_named_and_the_record_left_out(
    tmp_path: Path, wrong: str, said: str
) -> None:
    found = read_records(write_records(tmp_path, wrong, record(id="good")))
    assert [problem.path for problem in found.problems] == [f"paper.toml: {said}"]
    assert [problem.code for problem in found.problems] == [Code.NOT_A_RECORD]
    assert [one.id for one in found.records] == ["good"]


def test_all_problems_come_together(tmp_path: Path) -> None:
    write_records(tmp_path, record(more="colour = 1\nrow = 0"), record(id="two", more='date = "x"'))
    (tmp_path / "broken.toml").write_text("= =", encoding="utf-8")
    (tmp_path / "neither.toml").write_text("x = 1", encoding="utf-8")
    (tmp_path / "latin.toml").write_bytes(b"\xff")
    found = read_records(tmp_path)
    assert sum(problem.count for problem in found.problems) == 6
    assert found.records == ()


def test_a_scored_record_needs_fingerprint_and_hash(tmp_path: Path) -> None:
    source = SOURCE.replace("printed", "re-scored")
    found = read_records(write_records(tmp_path, record(), source=source))
    assert "fingerprint" in next(iter(found.problems)).expected
    whole = record(more=f'fingerprint = "{HASH}"\npredictions = "{HASH}"')
    assert list(read_records(write_records(tmp_path, whole, source=source)).problems) == []


def test_another_name_has_the_facts_of_the_method(tmp_path: Path) -> None:
    write_records(tmp_path, record().replace('"a"', '"b"', 1))
    text = '[method]\nid = "b"\nname = "B"\nyear = 2020\nsame-as = "a"\n'
    (tmp_path / "methods" / "b.toml").write_text(text, encoding="utf-8")
    with (tmp_path / "methods" / "a.toml").open("a", encoding="utf-8") as file:
        file.write('venue = "CVPR"\nyear = 2019\n')
    (found,) = read_records(tmp_path).records
    assert (found.method.identity, found.method.published) == ("a", "CVPR'2020")


@pytest.mark.parametrize("other", ["nobody", "b"])
def test_another_name_is_of_a_method_that_is_there(tmp_path: Path, other: str) -> None:
    write_records(tmp_path, record())
    text = f'[method]\nid = "b"\nname = "B"\nsame-as = "{other}"\n'
    (tmp_path / "methods" / "b.toml").write_text(text, encoding="utf-8")
    (problem,) = read_records(tmp_path).problems
    assert problem.path == "methods: b: same-as"


def test_an_id_stands_for_one_record(tmp_path: Path) -> None:
    found = read_records(write_records(tmp_path, record(), record()))
    assert [problem.code for problem in found.problems] == [Code.DUPLICATE_ID]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert [one.code for one in read_records(tmp_path / "none").problems] == [Code.MISSING_FILE]


SEEN = st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn", "Zl", "Zp"])
TEXTS = st.text(SEEN, max_size=40)
HOSTILE = st.sampled_from(
    ['"""', "'''", '"[source]', "\\", "\\u202E", "=1+1", "<script>", "]", "#", "\U0001f600"]
)
WORDS = (TEXTS | HOSTILE).map(lambda text: text.strip())
SCORES = st.decimals(0, 100, places=2).map(str)
NAMES = st.text(SEEN, min_size=1, max_size=12)
LINES = st.lists(WORDS, max_size=3).map(lambda texts: "\n\t".join(texts).strip())


@settings(max_examples=60)
@given(
    words=st.lists(WORDS, min_size=4, max_size=4),
    lines=st.lists(LINES, min_size=2, max_size=2),
    printed=st.dictionaries(NAMES, SCORES, min_size=1, max_size=4),
    videos=st.dictionaries(NAMES, st.floats(0, 100), max_size=4),
    stages=st.none() | st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=3),
)
def test_whatever_a_record_says_is_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    words: list[str],
    lines: list[str],
    printed: dict[str, str],
    videos: dict[str, float],
    stages: list[list[str]] | None,
) -> None:
    folder = tmp_path_factory.mktemp("records")
    method = Method("a", "A" + words[0], venue=words[1], year=2024, bibtex=lines[0] or None)
    parts = None if stages is None else tuple(map(tuple, stages))
    whole = Record(
        id="one",
        method=replace(method, backbone=words[2], training=words[3], stages=parts, trainable=46_500_000),
        dataset="mevis-v1",
        split="valid_u",
        protocol="mevis",
        metrics={key: float(text) for key, text in printed.items()},
        printed=printed,
        status="self-reported",
        source=Source("A paper", "Table 1", fingerprint=HASH, predictions=HASH, data=HASH),
        intervals=dict.fromkeys(printed, (1.25, 2.5)),
        note=lines[1],
        videos=videos or None,
        weights=dict.fromkeys(videos, 3) or None,
        stability={"flicker": 1.5},
        attributes=(Group("size", "< 20 %", 3, {"J&F": 2.78}), Group("size", "more", 2, {"J&F": 1.0})),
        steps=("floor empty --dataset sample",),
    )
    (folder / "a.toml").write_text(method_text(method), encoding="utf-8", newline="")
    text = source_text(whole.source, whole.status, [whole])
    (folder / "b.toml").write_text(text, encoding="utf-8", newline="")
    found = read_records(folder)
    assert list(found.problems) == []
    (again,) = found.records
    training = tuple(dict.fromkeys(name for stage in parts or () for name in stage))
    setting = again.method.setting
    expected = replace(whole, method=replace(whole.method, training_data=training, setting=setting))
    assert replace(again, file="", flags=()) == expected
