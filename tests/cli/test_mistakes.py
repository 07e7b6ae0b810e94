"""Mistakes that people make, and what the program says to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Outcome
from scored_sample import ScoredSample

from rvosbench import registry

Program = Callable[..., Outcome]


def problems(outcome: Outcome) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(outcome.out)["problems"]
    return found


@pytest.fixture
def late(scored_sample: ScoredSample) -> Path:
    return scored_sample.result("mevis-v2", "late")


def test_a_file_that_a_dataset_does_not_take_is_refused_and_not_passed_over(
    releases: Path, tmp_path: Path, rvosbench: Program
) -> None:
    (tmp_path / "list.json").write_text("[]")
    given = ("--samples", tmp_path / "list.json", "--expressions", tmp_path / "list.json")
    done = rvosbench("convert", "mevis-v1", releases / "mevis-v1", *given, "--data", tmp_path, "--json")
    assert done.code == 2
    assert {(one["code"], one["path"]) for one in problems(done)} == {
        ("RVB003", "--samples"),
        ("RVB003", "--expressions"),
    }
    assert not (tmp_path / "mevis-v1").exists()
    other = rvosbench("convert", "jhmdb-sentences", releases / "jhmdb-sentences", *given, "--json")
    assert [one["path"] for one in problems(other)] == ["--expressions"]
    assert "takes --samples" in problems(other)[0]["expected"]


def test_a_split_may_stand_behind_the_dataset_that_is_converted(
    releases: Path, tmp_path: Path, rvosbench: Program
) -> None:
    source = releases / "mevis-v1"
    assert rvosbench("convert", "mevis-v1:valid", source, "--data", tmp_path).code == 0
    assert [path.name for path in (tmp_path / "mevis-v1").iterdir() if path.is_dir()] == ["valid"]
    twice = rvosbench("convert", "mevis-v1:valid", source, "--split", "train", "--data", tmp_path, "--json")
    assert (twice.code, problems(twice)[0]["code"]) == (2, "RVB003")


def test_a_split_that_a_variable_left_empty_is_not_taken_for_the_default(rvosbench: Program) -> None:
    done = rvosbench("describe", "mevis-v1:", "--json")
    assert (done.code, problems(done)[0]["code"]) == (2, "RVB002")


def test_where_a_split_was_looked_for_stands_in_the_command_that_makes_it(
    tmp_path: Path, rvosbench: Program
) -> None:
    home = tmp_path / "my data"
    named = rvosbench("doctor", "mevis-v1:valid", "--data", home)
    assert named.code == 4
    assert f"rvosbench convert mevis-v1 RELEASE_FOLDER --split valid --data '{home}'" in named.err


def test_the_tree_of_a_release_is_indented_like_the_rest_of_the_message(
    tmp_path: Path, rvosbench: Program
) -> None:
    done = rvosbench("convert", "mevis-v1", tmp_path)
    assert done.code == 4
    lines = done.err.splitlines()
    assert lines[0].startswith("error RVB025")
    assert all(line.startswith("  ") for line in lines[1:])


def test_a_place_that_is_a_file_is_called_so_without_the_numbers_of_the_system(
    releases: Path, tmp_path: Path, rvosbench: Program
) -> None:
    (tmp_path / "file").write_text("mine")
    done = rvosbench("convert", "sample", releases / "sample", "--data", tmp_path / "file", "--json")
    assert (done.code, problems(done)[0]["code"]) == (1, "RVB007")
    assert problems(done)[0]["found"] == "Not a directory"
    assert (tmp_path / "file").read_text() == "mine"


def test_all_results_that_cannot_be_opened_are_named_at_once(
    tmp_path: Path, late: Path, rvosbench: Program
) -> None:
    (tmp_path / "text").write_text("a text")
    (tmp_path / "image").write_bytes(bytes(range(128, 256)))
    (tmp_path / "other.json").write_text("{}")
    given = [tmp_path / name for name in ("text", "image", "other.json", "nowhere")]
    for command in ("compare", "table", "attributes"):
        done = rvosbench(command, late, *given, "--json")
        assert (done.code, {one["code"] for one in problems(done)}) == (1, {"RVB127"})
        assert [one["path"] for one in problems(done)] == [str(path) for path in given]
        assert "Error" not in done.out, "no names of Python's exceptions"


def test_a_path_that_leads_nowhere_is_a_wrong_call(
    tmp_path: Path, late: Path, scored_sample: ScoredSample, rvosbench: Program
) -> None:
    """Unless it is that of predictions, which are refused. Another file than expected is no wrong call."""
    nowhere, empty = tmp_path / "nowhere", tmp_path / "empty"
    empty.mkdir()
    for call in (
        ("convert", "sample", nowhere),
        ("compare", late, nowhere),
        ("explain", late, nowhere),
        ("table", nowhere),
        ("table", nowhere / "result.json"),
        ("merge", nowhere, "--out", tmp_path / "whole"),
        ("report", nowhere, "--out", tmp_path / "page.html"),
    ):
        assert rvosbench(*call).code == 2, call
    assert rvosbench("convert", "sample", empty).code == 4
    assert rvosbench("table", empty).code == 1
    for command in ("eval", "validate"):
        data = ("--dataset", "mevis-v2:valid_u", "--data", scored_sample.home)
        assert rvosbench(command, nowhere, *data).code == 3, command


def test_all_shards_that_are_none_are_named_at_once(tmp_path: Path, late: Path, rvosbench: Program) -> None:
    done = rvosbench("merge", late, tmp_path / "nowhere", "--out", tmp_path / "whole", "--json")
    assert (done.code, len(problems(done))) == (1, 2)


@pytest.mark.parametrize("command", ["attributes", "anatomy", "table"])
def test_a_file_that_is_there_is_replaced_only_by_force(
    command: str, tmp_path: Path, late: Path, scored_sample: ScoredSample, rvosbench: Program
) -> None:
    target = tmp_path / "out.json"
    target.write_text("mine")
    data = () if command == "table" else ("--data", scored_sample.home)
    to = ("--to", "json") if command == "table" else ()
    refused = rvosbench(command, late, *data, *to, "--out", target)
    assert refused.code == 2
    assert "RVB007" in refused.err
    assert target.read_text() == "mine"
    assert rvosbench(command, late, *data, *to, "--out", target, "--force").code == 0
    assert json.loads(target.read_text())


def test_a_figure_of_an_unknown_form_is_blamed_on_the_option_that_named_it(
    tmp_path: Path, late: Path, rvosbench: Program
) -> None:
    done = rvosbench("stability", late, "--plot", tmp_path / "steady.docx")
    assert done.code == 2
    assert "--plot" in done.err
    assert ".docx" in done.err
    assert "--out" not in done.err


def test_the_next_command_after_a_figure_takes_results_as_they_were_given(
    tmp_path: Path, late: Path, rvosbench: Program
) -> None:
    done = rvosbench("plot", "success", late, late, "--out", tmp_path / "success.svg")
    assert done.code == 0
    assert f"Next: rvosbench compare {late} {late}" in done.err


def test_equal_results_are_not_sent_on_to_a_comparison(late: Path, rvosbench: Program) -> None:
    done = rvosbench("explain", late, late)
    assert done.code == 0
    assert "Nothing differs" in done.out
    assert "rvosbench compare" not in done.err


def test_help_lists_each_command_once_under_a_heading_and_cuts_no_sentence(rvosbench: Program) -> None:
    shown = rvosbench("--help").out
    listed = [
        line.split()[0]
        for line in shown.partition("Data:")[2].splitlines()
        if line.startswith("  ") and line[2] != " "
    ]
    assert sorted(listed) == sorted(registry.registered(registry.COMMANDS))
    assert "..." not in shown.partition("Data:")[2]
    assert "..." not in rvosbench("plot", "--help").out.partition("Commands:")[2]
