"""The card of a converted split: what the Hugging Face hub reads from it, and what people do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from rvosbench.io.manifest import Manifest
from rvosbench.splits import card

MANIFEST = Manifest(
    schema_version=1,
    dataset="toy",
    split="valid_u",
    title='Toy: the "best"',
    licence="CC BY-NC-SA 4.0",
    citation="@misc{toy,\n  title={Töy}\n}\n",
    homepage="https://example.org/toy",
    converter="0.1.0",
    source="/home/somebody/toy",
    options={},
    annotations=[],
    ground_truth=True,
    listed_videos=2,
    counts={"videos": 2, "expressions": 1234, "no_target": 1},
    published_counts={"videos": 3, "objects": 9},
    notes={},
    problems=[],
    fingerprint="f" * 64,
)


def front_matter(text: str) -> dict[str, Any]:
    """As the hub's own library reads it."""
    return dict(huggingface_hub.DatasetCard(text).data.to_dict())  # type: ignore[no-untyped-call]


def test_every_table_is_a_config_with_its_file() -> None:
    configs = front_matter(card.of_split(MANIFEST))["configs"]
    assert {entry["config_name"]: entry["data_files"] for entry in configs} == {
        table: [{"split": "valid_u", "path": f"{table}.parquet"}]
        for table in ("videos", "objects", "masks", "expressions")
    }
    assert [entry["config_name"] for entry in configs if entry.get("default")] == ["expressions"]


def test_a_split_without_ground_truth_has_no_masks_to_load_or_decode() -> None:
    text = card.of_split(replace(MANIFEST, ground_truth=False))
    assert "masks" not in {entry["config_name"] for entry in front_matter(text)["configs"]}
    assert "masks.parquet" not in text
    assert "Decoding" not in text
    assert "keeps the masks of `valid_u` to itself" in text


@pytest.mark.parametrize(
    ("licence", "known"),
    [
        ("CC BY-NC-SA 4.0", "cc-by-nc-sa-4.0"),
        ("cc-by-4.0", "cc-by-4.0"),
        ("CC0-1.0", "cc0-1.0"),
        ("Apache-2.0", "apache-2.0"),
        ("CC BY-NC-SA 9.9", None),
        ("for research only", None),
        ("", None),
    ],
)
def test_a_licence_is_named_only_if_the_hub_knows_it(licence: str, known: str | None) -> None:
    data = front_matter(card.of_split(replace(MANIFEST, licence=licence)))
    assert data["license"] == (known or "other")
    assert ("license_name" in data) == (known is None)


def test_another_licence_keeps_its_name_and_a_link() -> None:
    data = front_matter(card.of_split(replace(MANIFEST, licence="Für Forschung (only!), ask: a@b")))
    assert data["license_name"] == "f-r-forschung-only-ask-a-b"
    assert data["license_link"] == "https://example.org/toy"


def test_titles_with_colons_and_quotes_survive() -> None:
    assert front_matter(card.of_split(MANIFEST))["pretty_name"] == 'Toy: the "best"'


def test_counts_stand_beside_the_published_ones() -> None:
    text = card.of_split(MANIFEST)
    assert "| valid_u | videos | 2 | 3 |" in text
    assert "| valid_u | expressions | 1,234 | - |" in text
    assert "| valid_u | no-target | 1 | - |" in text
    assert "| valid_u | objects | - | 9 |" in text


def test_warnings_are_told_without_the_folders_of_this_machine() -> None:
    problem = {
        "code": "RVB030",
        "severity": "warning",
        "path": "/home/somebody/toy/valid_u/meta.json",
        "expected": "3 videos",
        "found": "2\nonly",
        "fix": "none",
        "count": 4,
        "examples": [],
    }
    text = card.of_split(replace(MANIFEST, problems=[problem]))
    assert "* `valid_u` RVB030: valid_u/meta.json: expected 3 videos, found 2 only (4 places)" in text
    assert "somebody" not in text
    assert "Warnings" not in card.of_split(MANIFEST)


def test_equal_splits_have_equal_cards_wherever_they_were_converted() -> None:
    elsewhere = replace(MANIFEST, source="/mnt/other")
    assert card.of_split(elsewhere) == card.of_split(MANIFEST)


def test_the_citation_and_the_identity_are_given() -> None:
    text = card.of_split(MANIFEST)
    assert "```bibtex\n@misc{toy,\n  title={Töy}\n}\n```" in text
    assert f"`toy:valid_u`: fingerprint `{'f' * 64}`" in text


def test_a_dataset_without_page_and_paper_has_no_empty_places_for_them() -> None:
    text = card.of_split(replace(MANIFEST, citation="", homepage="", licence="its own"))
    assert "Citation" not in text
    assert "state. The frames" in text
    assert "license_link" not in front_matter(text)


def test_the_card_of_a_dataset_lists_every_split_and_only_the_masks_there_are() -> None:
    hidden = replace(MANIFEST, split="test", ground_truth=False)
    configs = front_matter(card.of_dataset([hidden, MANIFEST]))["configs"]
    files = {entry["config_name"]: entry["data_files"] for entry in configs}
    assert files["masks"] == [{"split": "valid_u", "path": "data/valid_u/masks.parquet"}]
    assert [entry["path"] for entry in files["videos"]] == [
        "data/test/videos.parquet",
        "data/valid_u/videos.parquet",
    ]


def test_the_loading_code_of_the_card_runs(tmp_path: Path) -> None:
    """Only that it is Python: what it does is shown where splits are loaded without scripts."""
    for text in (card.of_split(MANIFEST), card.of_dataset([MANIFEST])):
        blocks = [block.split("```")[0] for block in text.split("```python\n")[1:]]
        assert len(blocks) == 3
        for block in blocks:
            compile(block, "card", "exec")


def test_a_table_without_rows_is_not_offered_for_loading() -> None:
    hidden = replace(MANIFEST, ground_truth=False, tables={"objects": {"rows": 0}})
    names = [config["config_name"] for config in front_matter(card.of_split(hidden))["configs"]]
    assert "objects" not in names
    assert {"videos", "expressions"} <= set(names)
