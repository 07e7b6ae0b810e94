"""A conversion gives a whole split or none, says everything that is wrong, and knows its own work again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import toy_dataset
from toy_dataset import Toy

from rvosbench.errors import Code, DatasetError, UsageError
from rvosbench.splits.convert import Conversion, convert


def run(tmp_path: Path, content: dict[str, Any], toy: Toy | None = None, **options: Any) -> Conversion:
    source = toy_dataset.write(tmp_path / "source", content)
    return convert(toy or Toy(), source, "valid", data=tmp_path / "home", **options)


def refusal(tmp_path: Path, content: dict[str, Any], toy: Toy | None = None, **options: Any) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        run(tmp_path, content, toy, **options)
    left = [path for path in (tmp_path / "home" / "toy").iterdir() if not path.name.endswith(".lock")]
    assert left == [], "a refused conversion must leave nothing"
    return caught.value


def test_the_tables_hold_what_the_release_holds(tmp_path: Path) -> None:
    done = run(tmp_path, toy_dataset.videos(3))
    rows = {name: pq.read_table(done.folder / f"{name}.parquet").to_pylist() for name in done.manifest.tables}
    assert [row["video"] for row in rows["videos"]] == ["video000", "video001", "video002"]
    assert rows["expressions"][1] == {
        "video": "video000",
        "expression": "1",
        "text": "both",
        "objects": ["1", "2"],
        "annotator": None,
        "kind": None,
        "frames": None,
    }
    keys = [(row["video"], row["object"], row["frame"]) for row in rows["masks"]]
    assert keys == sorted(keys)
    assert len(keys) == 3 * 2 * 3
    assert done.manifest.counts == {
        "videos": 3,
        "frames": 9,
        "objects": 6,
        "expressions": 9,
        "samples": 27,
        "masks": 18,
        "no_target": 3,
    }


def test_every_worker_count_writes_the_same_bytes(tmp_path: Path) -> None:
    content = toy_dataset.videos(40)
    one = run(tmp_path / "one", content, workers=1)
    two = run(tmp_path / "two", content, workers=2)
    for name, about in one.manifest.tables.items():
        assert about == two.manifest.tables[name]
    assert one.manifest.fingerprint == two.manifest.fingerprint


def test_a_second_run_on_the_same_files_does_nothing(tmp_path: Path) -> None:
    first = run(tmp_path, toy_dataset.videos(2))
    times = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    source = tmp_path / "source"
    second = convert(Toy(), source, "valid", data=tmp_path / "home")
    assert (first.done, second.done) == (True, False)
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == times


@pytest.mark.parametrize("changed", ["source", "option", "table", "manifest"])
def test_a_second_run_after_a_change_converts_again(tmp_path: Path, changed: str) -> None:
    first = run(tmp_path, toy_dataset.videos(2))
    source = tmp_path / "source"
    frames = "link"
    if changed == "source":
        toy_dataset.write(source, toy_dataset.videos(3))
    elif changed == "option":
        frames = "none"
    elif changed == "table":
        content = bytearray((first.folder / "masks.parquet").read_bytes())
        content[len(content) // 2] ^= 1  # of the same size, and damaged
        (first.folder / "masks.parquet").write_bytes(content)
    else:
        (first.folder / "manifest.json").write_text("{")
    second = convert(Toy(), source, "valid", data=tmp_path / "home", frames=frames)  # type: ignore[arg-type]  # a literal by construction
    assert second.done
    assert second.manifest.counts["videos"] == (3 if changed == "source" else 2)


def test_a_home_that_was_moved_is_converted_again_since_its_links_lead_nowhere(tmp_path: Path) -> None:
    first = run(tmp_path, toy_dataset.videos(2))
    (tmp_path / "deeper").mkdir()
    (tmp_path / "home").rename(tmp_path / "deeper" / "home")
    second = convert(Toy(), tmp_path / "source", "valid", data=tmp_path / "deeper" / "home")
    assert second.done
    assert second.manifest.fingerprint == first.manifest.fingerprint


def test_all_problems_of_all_videos_are_reported_together(tmp_path: Path) -> None:
    content = toy_dataset.videos(5)
    content["video000"]["broken"] = "half a file"
    content["video001"]["frames"] = ["00000", "00010", "00005"]
    content["video002"]["expressions"].append(["0", "again", ["1"]])
    content["video003"]["expressions"].append(["3", "a stranger", ["9"]])
    content["video004"]["frames"] = ["00000"]
    found = {problem.code for problem in refusal(tmp_path, content).problems}
    assert found == {
        Code.UNREADABLE_FILE,
        Code.FRAMES_NOT_SORTED,
        Code.DUPLICATE_ID,
        Code.UNKNOWN_OBJECT,
        Code.WRONG_LENGTH,
    }


def test_problems_of_one_kind_are_counted_and_ten_are_shown(tmp_path: Path) -> None:
    content = toy_dataset.videos(25)
    for entry in content.values():
        entry["broken"] = "half a file"
    (problem,) = refusal(tmp_path, content, workers=2).problems
    assert problem.count == 25
    assert len(problem.examples) == 10
    assert problem.examples[0] == "video000: half a file"


@pytest.mark.parametrize("name", ["../escape", "/etc", "a//b", "a\\b", "..", "", "a\nb", "\ud800"])
def test_names_that_lead_out_of_their_folder_are_refused(tmp_path: Path, name: str) -> None:
    content = toy_dataset.videos(1)
    content[name] = content.pop("video000")
    assert Code.BAD_NAME in {problem.code for problem in refusal(tmp_path, content).problems}


def test_a_sentence_that_cannot_be_written_as_utf_8_is_refused(tmp_path: Path) -> None:
    content = toy_dataset.videos(1)
    content["video000"]["expressions"][0][1] = "half a pair: \ud83d"
    assert [problem.code for problem in refusal(tmp_path, content).problems] == [Code.NOT_UTF8]


def test_a_video_cannot_vanish_without_a_reason(tmp_path: Path) -> None:
    content = toy_dataset.videos(2)
    content["video001"]["vanish"] = True
    (problem,) = refusal(tmp_path, content).problems
    assert (problem.code, problem.path) == (Code.NOTHING_FOUND, "video001")


def test_a_video_name_may_have_folders(tmp_path: Path) -> None:
    content = toy_dataset.videos(1)
    content["source/video"] = content.pop("video000")
    assert run(tmp_path, content).done


def test_counts_that_differ_from_the_published_ones_warn(tmp_path: Path) -> None:
    published = replace(toy_dataset.INFO, published={"valid": {"videos": 4, "expressions": 9}})
    done = run(tmp_path, toy_dataset.videos(3), Toy(published))
    (problem,) = done.manifest.problems
    assert (problem["code"], problem["severity"]) == (Code.COUNTS_DIFFER, "warning")
    assert (problem["expected"], problem["found"]) == ("4 videos, as published", "3")
    assert done.manifest.published_counts == {"videos": 4, "expressions": 9}


def test_counts_that_differ_are_refused_with_check(tmp_path: Path) -> None:
    published = replace(toy_dataset.INFO, published={"valid": {"videos": 4}})
    error = refusal(tmp_path, toy_dataset.videos(3), Toy(published), check=True)
    assert [problem.code for problem in error.problems] == [Code.COUNTS_DIFFER]


@pytest.mark.parametrize("known", [True, False])
def test_a_file_of_the_authors_is_recognised_by_its_checksum(tmp_path: Path, known: bool) -> None:
    content = toy_dataset.videos(1)
    source = toy_dataset.write(tmp_path / "source", content)
    from rvosbench.splits.source_files import checksum

    digest = checksum(source / "toy.json") if known else "0" * 64
    done = run(tmp_path, content, Toy(replace(toy_dataset.INFO, checksums={"valid": {"toy.json": digest}})))
    codes = [problem["code"] for problem in done.manifest.problems]
    assert done.manifest.notes.get("recognised") == (["toy.json"] if known else None)
    assert codes == ([] if known else [Code.UNKNOWN_CHECKSUM])


def test_an_unknown_split_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="RVB002"):
        convert(Toy(), tmp_path, "test", data=tmp_path)


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    source = toy_dataset.write(tmp_path / "source", toy_dataset.videos(1))
    from rvosbench.errors import RvosbenchError

    with pytest.raises(RvosbenchError, match="RVB007"):
        convert(Toy(), source, "valid", data=tmp_path / "home")


def test_the_manifest_tells_where_the_split_came_from(tmp_path: Path) -> None:
    done = run(tmp_path, toy_dataset.videos(1))
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert manifest["schema_version"] == 1
    assert manifest["source"] == str(tmp_path / "source")
    (entry,) = manifest["annotations"]
    assert (entry["path"], entry["files"]) == ("toy.json", 1)
    assert len(entry["sha256"]) == 64
