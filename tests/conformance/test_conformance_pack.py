"""The pack itself: the same every time, as large as it says, and its answers consistent with each other."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from rvosbench.conformance.case import Case, Source, Verdict
from rvosbench.conformance.catalogue import GROUPS, VERSION, every_case
from rvosbench.conformance.material import Material, gather
from rvosbench.conformance.pack import MANIFEST, Pack, write
from rvosbench.errors import UsageError


def tree_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_builds_are_the_same_bytes(pack: Pack, tmp_path: Path) -> None:
    material = gather()
    again = write(tmp_path / "again", material, every_case(material))
    assert tree_of(again.folder) == tree_of(pack.folder)


def test_there_are_enough_cases_and_each_has_an_id_of_its_own(cases: list[Case]) -> None:
    assert len(cases) >= 200
    assert len({case.id for case in cases}) == len(cases)
    assert {case.group for case in cases} == set(GROUPS)


def test_ids_and_rules_are_fit_to_be_read(cases: list[Case], project_root: Path) -> None:
    for case in cases:
        assert case.id == case.id.lower().strip() and " " not in case.id
        assert case.title and not case.title.endswith(".")
        assert case.answer.rule.endswith("."), case.id
        assert (project_root / case.answer.page).is_file(), case.id


def test_an_answer_has_scores_exactly_if_it_is_accepted(cases: list[Case]) -> None:
    for case in cases:
        refused = case.answer.verdict is Verdict.REFUSE
        assert bool(case.answer.scores) != refused, case.id
        assert (case.answer.source is Source.RULE) == refused, case.id
        assert bool(case.answer.codes) == (case.answer.verdict is not Verdict.ACCEPT), case.id


def test_the_manifest_says_all_of_it(pack: Pack, cases: list[Case]) -> None:
    manifest = json.loads((pack.folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["version"] == VERSION
    assert [entry["id"] for entry in manifest["cases"]] == [case.id for case in cases]
    for entry, case in zip(manifest["cases"], cases, strict=True):
        assert (pack.folder / entry["submission"]).exists()
        assert entry["scores"] == case.answer.scores  # to the bit
    for about in manifest["datasets"].values():
        assert (pack.folder / about["truth"]).exists()
        assert (pack.folder / about["release"]).is_dir()


def test_deleting_never_raises_a_score(cases: list[Case]) -> None:
    by_id = {case.id: case for case in cases}
    deletions = [case for case in cases if case.below is not None]
    assert len(deletions) >= 10
    for case in deletions:
        whole = by_id[str(case.below)].answer.scores
        for key in ("J&F", "J", "F", "N-acc", "T-acc", "final", "J&F_targeted"):
            assert case.answer.scores[key] <= whole[key], (case.id, key)


def test_leaving_out_what_is_missing_would_have_paid(material: Material, cases: list[Case]) -> None:
    """Else the deletions would show nothing: the mean over what is left is higher in these."""
    truth = material.mevis_v2
    by_id = {case.id: case.answer.scores["J&F"] for case in cases if case.group == "deletions"}
    moved = truth.moved()
    means = {
        (clip.name, key): sum(
            sum(truth.oracle.frame(target, mask)) / 2
            for target, mask in zip(targets, moved[clip.name, key], strict=True)
            if mask is not None
        )
        / len(targets)
        for clip in truth.clips
        for key, targets in clip.targets.items()
    }
    left = sorted(means.values())[1:]
    assert (
        sum(left) / len(left)
        > by_id["deletions/moved"]
        > by_id["deletions/moved-without-its-worst-expression"]
    )


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, material: Material) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError):
        write(tmp_path, material, [])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
