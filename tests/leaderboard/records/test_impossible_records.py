"""What no figure, count or name can be is a problem with its file and key, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from record_files import METHOD, record, write_records
from rvosbench_leaderboard.records.known import check_metrics
from rvosbench_leaderboard.records.reading import read_records

from rvosbench.cli.app import run
from rvosbench.errors import Code, ProblemLog

LONG = "9" * 4000
TOO_LONG = "9" * 5000
HEXADECIMAL = "0x" + "f" * 9000


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (record(more='intervals = { "J&F" = [nan, 60] }'), "intervals: J&F"),
        (record(more='intervals = { "J&F" = [-inf, inf] }'), "intervals: J&F"),
        (record(more='intervals = { "J&F" = [false, true] }'), "intervals: J&F"),
        (record(more='intervals = { "J&F" = [0, 1e400] }'), "intervals: J&F"),
        (record(more="videos = { v = [nan, 6] }"), "videos: v"),
        (record(more="videos = { v = inf }"), "videos: v"),
        (record(more="videos = { v = 1e400 }"), "videos: v"),
        (record(more="videos = { v = -1.0 }"), "videos: v"),
        (record(more="videos = { v = [] }"), "videos: v"),
        (record(more="videos = { v = [50.0, 0] }"), "videos: v"),
        (record(more="videos = { v = [50.0, -6] }"), "videos: v"),
        (record(more="videos = { v = [50.0, true] }"), "videos: v"),
        (record(more="videos = { v = [50.0, 6, 7] }"), "videos: v"),
        (record(more="videos = { v = [true, 6] }"), "videos: v"),
        (record(more=f"parameters = {LONG}"), "parameters"),
        (record(more=f"row = {HEXADECIMAL}"), "row"),
        (record(more=f"colour = {HEXADECIMAL}"), "colour"),
        (record(more=f"stages = [{HEXADECIMAL}]"), "stages"),
        (record(more="fps = 1e400"), "fps"),
        (record(more="stability = { flicker = 1e400 }"), "stability: flicker"),
        (record(more="parameters = 5\ntrainable = 6"), "trainable"),
        (record(more='date = "2026-99-99"'), "date"),
        (record(more='date = "2026-02-29"'), "date"),
        (record(more='date = "\N{FULLWIDTH DIGIT TWO}026-02-28"'), "date"),
        (
            record(more='[record.attributes.size]\nsmall = { videos = 1.5, "J&F" = 2.0 }'),
            "size: small: videos",
        ),
        (record('"J&F" = 50.0, N-acc = 1e2'), "metrics: N-acc"),
        (record('"J&F" = 50.0, N-acc = 0.0000001'), "metrics: N-acc"),
        (record('"J&F" = 50.0, N-acc = -0.0'), "metrics: N-acc"),
        (record('"J&F" = 50.0, "" = 1.0'), "metrics"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, wrong: str, key: str) -> None:
    found = read_records(write_records(tmp_path, wrong, record(id="good")))
    (problem,) = found.problems
    assert problem.code is Code.NOT_A_RECORD
    assert str(problem.path).startswith("paper.toml: record 1: ")
    assert str(problem.path).endswith(key)
    assert [one.id for one in found.records] == ["good"]


@pytest.mark.parametrize("number", [TOO_LONG, "1e99999999999999999999"])
def test_a_number_that_python_does_not_read_is_a_problem_of_its_file(tmp_path: Path, number: str) -> None:
    write_records(tmp_path, record())
    (tmp_path / "broken.toml").write_text(f"row = {number}", encoding="utf-8")
    found = read_records(tmp_path)
    assert [(one.code, Path(one.path).name) for one in found.problems] == [(Code.NOT_A_RECORD, "broken.toml")]
    assert [one.id for one in found.records] == ["one"]


@pytest.mark.parametrize("unseen", ["\\u202E", "\\u0007", "\\u2066", "\\u200F", "\\u0085", "\\u2028", "\\n"])
@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (record(more='backbone = "aXb"'), "backbone"),
        (record(more='steps = ["aXb"]'), "steps"),
        (record(more='stages = [["aXb"]]'), "stages"),
        (record(more='contradictions = ["aXb"]'), "contradictions"),
        (record('"J&F" = 50.0, "aXb" = 2.0'), "metrics"),
        (record(more='intervals = { "aXb" = [1.0, 2.0] }'), "intervals"),
        (record(more='videos = { "aXb" = 2.0 }'), "videos"),
        (record(more='[record.attributes.size]\n"aXb" = { videos = 1 }'), "attributes: size"),
    ],
)
def test_no_text_hides_characters(tmp_path: Path, wrong: str, key: str, unseen: str) -> None:
    found = read_records(write_records(tmp_path, wrong.replace("X", unseen), record(id="good")))
    (problem,) = found.problems
    assert (problem.code, problem.path) == (Code.NOT_A_RECORD, f"paper.toml: record 1: {key}")
    assert problem.found.isprintable()
    assert [one.id for one in found.records] == ["good"]


def test_no_name_of_a_method_hides_characters_and_only_notes_have_lines(tmp_path: Path) -> None:
    write_records(tmp_path, record(more='note = "one\\n\\ttwo"'))
    more = 'bibtex = """\n@article{a,\n\ttitle = {A}}"""\n'
    (tmp_path / "methods" / "a.toml").write_text(METHOD + more, encoding="utf-8")
    assert list(read_records(tmp_path).problems) == []
    (tmp_path / "methods" / "a.toml").write_text(METHOD.replace('"A"', '"A\\u202E"'), encoding="utf-8")
    assert str(next(iter(read_records(tmp_path).problems)).path) == "methods/a.toml: method: name"


@pytest.mark.parametrize(
    ("protocol", "metrics", "strange"),
    [
        ("mevis", '"J&F" = 50.0, J_decay = 5.0, N-acc = 5.0', []),
        ("mevis", '"J&F" = 50.0, mAP = 50.0', ["mAP"]),
        ("mevis", '"J&F" = 50.0, tIoU = 50.0', ["tIoU"]),
        ("long-rvos", '"J&F" = 50.0, tIoU = 50.0, vIoU = 50.0', []),
        ("ref-davis17", '"J&F" = 50.0, "P@0.5" = 50.0', ["P@0.5"]),
        ("a2d", 'mAP = 50.0, AP50 = 50.0, mIoU = 50.0, "P@0.9" = 5.0', []),
        ("a2d", 'mAP = 50.0, "J&F" = 50.0', ["J&F"]),
        ("mevis", '"j&f" = 50.0, J = 50.0', ["j&f"]),
        ("of-nobody", "mAP = 50.0, J = 50.0, luck = 7", ["luck"]),
    ],
)
def test_a_board_has_metrics_of_its_protocol(
    tmp_path: Path, protocol: str, metrics: str, strange: list[str]
) -> None:
    text = record(metrics).replace('protocol = "mevis"', f'protocol = "{protocol}"')
    log = ProblemLog()
    check_metrics(read_records(write_records(tmp_path, text)).records, log)
    assert [(one.code, one.found) for one in log] == [(Code.NOT_A_RECORD, name) for name in strange]
    assert all(one.path == "paper.toml: one: metrics" for one in log)


def test_verify_refuses_a_strange_metric(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_records(tmp_path, record('"J&F" = 50.0, mAP = 50.0'))
    assert run(["leaderboard", "verify", str(tmp_path)]) == 1
    assert "a metric of mevis" in "".join(capsys.readouterr())
