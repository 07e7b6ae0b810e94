"""A benchmark as one file: read whole, refused whole with lines, kept in versions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Benchmark, Definition, Organiser, Phase, Track, User
from rvosbench_leaderboard.definitions import EXAMPLE, Defined, define, load_folder, read_definition
from server_world import World, predictions_zip
from sqlalchemy import select

from rvosbench.errors import Code, ProblemLog, RvosbenchError

OWN = """slug = "mevis"
title = "MeViS"

[[tracks]]
slug = "valid"
title = "Valid"
dataset = "mevis-v2:valid"

[[tracks.phases]]
slug = "dev"
title = "Development"
per_day = 3
"""


def put(world: World, text: str) -> Defined:
    with world.database.write() as session:
        return define(session, text, name="mevis.toml", author="file", now=world.clock())


def problems(text: str) -> list[str]:
    log = ProblemLog()
    assert read_definition(text, "mevis.toml", log) is None
    assert {problem.code for problem in log} == {Code.BAD_DEFINITION}
    return [f"{problem.path} | {problem.found}" for problem in log]


def test_the_example_is_a_definition() -> None:
    log = ProblemLog()
    found = read_definition(EXAMPLE, "mevis.toml", log)
    assert not len(log) and found is not None
    track = found.tracks[0]
    assert (track.dataset, track.split, track.protocol, track.hidden) == ("mevis-v2", "valid", "mevis", True)
    assert track.phases[1].closes_at == datetime(2027, 3, 15, tzinfo=UTC)
    assert track.phases[0].bytes == 4_000_000_000


@pytest.mark.parametrize(
    ("before", "after", "where", "found"),
    [
        ("per_day = 5", 'per_day = "5"', "line 18: tracks.valid.phases.development.per_day", "'5'"),
        ("per_day = 5", "per_day = 0", "line 18", "0"),
        (
            "2027-03-15T00:00:00Z",
            "2027-03-15T00:00:00",
            "line 27: tracks.valid.phases.final.closes",
            "2027-03-15",
        ),
        ("2027-03-15", "2027-02-15", "line 27", "2027-02-15"),
        ('slug = "final"', 'slug = "development"', "phases", "development"),
        ('slug = "valid"', 'slug = "Valid!"', "line 8: tracks.1.slug", "'Valid!'"),
        ("mevis-v2:valid", "mevis-v9:valid", "line 10: tracks.valid.dataset", "mevis-v9"),
        ("mevis-v2:valid", "mevis-v2:vald", "line 10", "vald"),
        ('"J&F", "J", "F"', '"J&G"', "line 12: tracks.valid.metrics", "J&G"),
        ('"4 GB"', '"4 apples"', "line 21", "'4 apples'"),
        ('"organisers"', '"nobody"', "line 30", "'nobody'"),
        ("https://example.org/mevis", "javascript:alert(1)", "line 4: homepage", "javascript"),
        ("approval = true", "aproval = true", "line 31", "aproval"),
        ("anna@example.org", "anna", "line 5: organisers", "anna"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(before: str, after: str, where: str, found: str) -> None:
    assert before in EXAMPLE
    said = problems(EXAMPLE.replace(before, after, -1 if before == '"4 GB"' else 1))
    assert any(where in line and found in line for line in said), said


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = EXAMPLE.replace("per_day = 5", "per_day = -1").replace("mevis-v2:valid", "x:y")
    assert len(problems(text.replace('title = "Final"', ""))) == 3


def test_mistakes_come_in_the_order_of_their_lines() -> None:
    text = (
        EXAMPLE.replace("per_day = 5", "per_day = -1").replace("mevis-v2:valid", "x:y").replace("anna@", "")
    )
    found = [int(line.partition("line ")[2].partition(":")[0]) for line in problems(text)]
    assert found == sorted(found) == [5, 10, 18]


def test_a_slug_that_is_none_is_mended() -> None:
    log = ProblemLog()
    read_definition(EXAMPLE.replace('"valid"', '"Valid U/../x"'), "mevis.toml", log)
    assert [problem.fix for problem in log] == ["write it as valid-u-x"]


def test_a_line_that_is_no_toml_is_named() -> None:
    assert problems(EXAMPLE.replace("per_day = 5", "per_day = five"))[0].startswith("mevis.toml, line 18 | ")


@pytest.mark.parametrize(
    "text", ["", "slug = ", "= 3", "tracks = 5", "[[tracks]]\n[[tracks]]", "a = " + "[" * 5000]
)
def test_what_is_no_definition_at_all_is_refused(text: str) -> None:
    assert problems(text)


def test_a_change_is_a_version_and_the_same_text_is_none(world: World) -> None:
    first = put(world, OWN)
    assert put(world, OWN) == Defined(first.benchmark, "mevis", first.version, False, ())
    second = put(world, OWN.replace("per_day = 3", "per_day = 4"))
    assert (second.version, second.changed) == (first.version + 1, True)
    with world.database.read() as session:
        texts = session.scalars(select(Definition.text).order_by(Definition.version)).all()
        assert texts[-2] == OWN
        assert session.get_one(Phase, world.phase).per_day == 4


def test_the_benchmark_keeps_its_submissions_when_it_is_defined_again(world: World) -> None:
    key = world.submit(predictions_zip(world.split))
    put(world, OWN)
    world.work()
    assert world.state(key) == "scored"
    with world.database.read() as session:
        assert len(session.scalars(select(Benchmark)).all()) == 1
        assert session.scalars(select(Track.id)).all() == [world.track]


def test_what_is_taken_out_of_the_file_is_closed_and_kept(world: World) -> None:
    put(world, OWN.replace('slug = "dev"', 'slug = "other"'))
    with world.database.read() as session:
        assert session.get_one(Phase, world.phase).closed
    put(world, OWN)
    with world.database.read() as session:
        assert not session.get_one(Phase, world.phase).closed


def test_what_submissions_were_scored_by_cannot_be_changed_under_them(world: World) -> None:
    put(world, OWN.replace("mevis-v2:valid", "mevis-v2:valid_u"))
    with world.database.read() as session:
        assert session.get_one(Track, world.track).current_scorer is None
    put(world, OWN)
    world.worker().tracks.look()
    world.submit(predictions_zip(world.split))
    with pytest.raises(RvosbenchError, match="has submissions"):
        put(world, OWN.replace("mevis-v2:valid", "mevis-v2:valid_u"))
    with pytest.raises(RvosbenchError, match=r"mevis.toml, line 7: tracks.valid.dataset: expected track"):
        put(world, OWN.replace("mevis-v2:valid", "mevis-v2:valid_u"))
    with world.database.read() as session:
        assert session.get_one(Track, world.track).split == "valid"


def test_organisers_without_an_account_are_named(world: World) -> None:
    text = OWN.replace('title = "MeViS"', 'title = "MeViS"\norganisers = ["Anna@example.org"]', 1)
    assert put(world, text).unknown == ("anna@example.org",)
    with world.database.write() as session:
        now = world.clock()
        mail = "anna@example.org"
        session.add(User(id=new_id(now), name="Anna", email=mail, password_hash="", created_at=now))
    assert put(world, text).unknown == ()
    with world.database.read() as session:
        assert len(session.scalars(select(Organiser)).all()) == 1


def test_a_file_with_errors_leaves_the_others_and_what_was_in_force(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "a.toml").write_text("slug = 1")
    (folder / "b.toml").write_text(OWN)
    (folder / "c.toml").write_bytes(b"\xff\xfe")
    said: list[str] = []
    with pytest.raises(RvosbenchError) as refused:
        load_folder(world.database, folder, world.clock(), said.append)
    assert any("a.toml" in problem.path for problem in refused.value.problems)
    assert ["TOML" in one.fix for one in refused.value.problems if "c.toml" in one.path] == [True]
    assert said == ["benchmark mevis: version 1 is in force"]


def test_an_older_file_does_not_undo_a_version_from_the_web(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "mevis.toml").write_text(OWN)
    load_folder(world.database, folder, world.clock(), lambda line: None)
    put(world, OWN.replace("per_day = 3", "per_day = 9"))
    assert load_folder(world.database, folder, world.clock(), lambda line: None) == []
    with world.database.read() as session:
        assert session.get_one(Phase, world.phase).per_day == 9
