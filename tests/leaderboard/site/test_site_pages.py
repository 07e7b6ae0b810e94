"""The site as files: valid, whole, harmless, and the same from the same records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from board_records import BIBTEX, furnished, hostile, record, records_of
from html5lib.html5parser import ParseError
from rvosbench_leaderboard.site.build import build_site
from rvosbench_leaderboard.site.writing import LIST, write_site
from site_pages import PAYLOADS, documents, links, loaded, parsed, target, text_of

from rvosbench.cli.app import run
from rvosbench.errors import UsageError

BOARD = "boards/mevis-v1-valid_u.html"
ALPHA = "records/alpha-mevis-v1-valid_u-mevis.html"


@pytest.fixture(scope="module")
def site() -> dict[str, bytes]:
    return build_site(furnished())


@pytest.fixture(scope="module")
def pages(site: dict[str, bytes]) -> Mapping[str, Element]:
    """Reading them is the test that they are HTML."""
    return dict(documents(site))


def headings(tree: Element) -> list[str]:
    return [text_of(one) for one in tree.iter() if one.tag in ("h1", "h2")]


def rows(tree: Element) -> list[list[str]]:
    table = next(one for one in tree.iter("table") if one.attrib.get("id") == "board")
    return [[text_of(cell) for cell in line] for line in table.iter("tr")]


def test_the_parser_is_strict() -> None:
    with pytest.raises(ParseError):
        parsed(b"<!doctype html><title>x</title><p><b>x</p></b>")
    with pytest.raises(ParseError):
        parsed(b"\n<title>no doctype</title>")


def test_measures_of_stability_have_names_that_people_read(pages: Mapping[str, Element]) -> None:
    board, one = text_of(pages[BOARD]), text_of(pages[ALPHA])
    for text in (board, one):
        assert "Variance of J" in text and "Flicker" in text
        assert "stability_J" not in text


def test_there_is_a_page_for_everything(pages: Mapping[str, Element]) -> None:
    kinds = {"": 5, "boards": 3, "methods": 6, "records": 11}
    found = {kind: sum(Path(path).parent == Path(kind) for path in pages) for kind in kinds}
    assert found == kinds
    for path, tree in pages.items():
        assert [one.tag for one in tree.iter() if one.tag in ("h1", "main")].count("h1") == 1, path
        ids = [one.attrib["id"] for one in tree.iter() if "id" in one.attrib]
        assert len(ids) == len(set(ids)), path


def test_every_link_leads_somewhere_and_every_page_is_reached(
    site: dict[str, bytes], pages: Mapping[str, Element]
) -> None:
    reached = set()
    for page, tree in pages.items():
        for address in [*links(tree), *loaded(tree)]:
            where = target(page, address)
            if where is not None:
                path, fragment = where
                assert path in site, f"{page}: {address}"
                reached.add(path)
                if fragment:
                    ids = {one.attrib.get("id") for one in pages[path].iter()}
                    assert fragment in ids, f"{page}: {address}"
    assert set(site) - reached == {".nojekyll"}


def test_nothing_is_asked_of_anybody_else(site: dict[str, bytes], pages: Mapping[str, Element]) -> None:
    asked = {address for tree in pages.values() for address in loaded(tree)}
    assert asked and not [one for one in asked if re.match(r"(?i)[a-z]+:|//", one)]
    for path, content in site.items():
        if path.startswith("static/"):
            assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)|@import|url\(", content), path
    away = {one for tree in pages.values() for one in links(tree) if target("", one) is None}
    assert away == {"https://example.org/alpha", "https://example.org/alpha.git"}


def test_the_table_stands_sorted_without_any_script(pages: Mapping[str, Element]) -> None:
    heads, *lines = rows(pages[BOARD])
    scores = [float(line[heads.index("J&F")].split()[0]) for line in lines]
    assert scores == sorted(scores, reverse=True)
    assert [line[0] for line in lines] == ["–", "1", "–", "2", "3", "–", "–"]  # noqa: RUF001
    assert "50.11 to 58.99" in lines[1][heads.index("J&F")]


def test_the_page_of_a_board_has_a_part_for_all_that_is_known(pages: Mapping[str, Element]) -> None:
    assert headings(pages[BOARD])[1:] == [
        "Over the years",
        "Score against trainable parameters",
        "Score against speed",
        "Stability",
        "By attribute",
        "Doubtful figures",
    ]
    assert headings(pages["boards/ref-youtube-vos-valid.html"])[1:] == [
        "Over the years",
        "Score against trainable parameters",
        "Score against speed",
    ]
    assert "J&F 31.0 is not the mean of J and F." in text_of(pages[BOARD])


def test_a_record_tells_where_it_comes_from(pages: Mapping[str, Element]) -> None:
    text = text_of(pages[ALPHA])
    for told in (
        "re-scored Predictions were scored by the harness",
        f"Fingerprint of the result{'0123456789abcdef' * 4}",
        "Hash of the predictions",
        "rvosbench eval preds --out kept/alpha",
        "50.11 to 58.99",
        "Swin-T",
        "46.5",
        "30 single videos",
    ):
        assert told in text, told
    speed = text_of(pages["records/gamma-speed.html"])
    assert "Stated apart from any board" in speed and "Status" not in speed


def test_a_contradiction_is_said_wherever_the_figure_stands(pages: Mapping[str, Element]) -> None:
    flag = "J&F 31.0 is not the mean of J and F."
    saying = {path for path, tree in pages.items() if flag in text_of(tree)}
    assert saying == {BOARD, "flagged.html", "records/gamma-mevis-v1-valid_u-mevis.html"}


def test_texts_to_copy_have_a_line_for_each_row(pages: Mapping[str, Element]) -> None:
    texts = {one.attrib["id"]: one for one in pages[BOARD].iter("pre")}
    latex = "".join(texts["latex"].itertext())
    assert r"Alpha, Swin-T & mevis-v1 & \textbf{54.5} & \textbf{52.5} & \textbf{56.5} \\" in latex
    assert r"Alpha, Swin-T (again) & mevis-v1 & 54.5 & " in latex
    assert r"$\mathcal{J}\&\mathcal{F}$" in latex and latex.rstrip().endswith(r"\end{tabular}")
    assert "Oracle (ceiling) &  & 91.0" in latex
    markdown = "".join(texts["markdown"].itertext())
    assert "| Beta, Swin-B | 54.4 | 52.4 | 56.4 | re-scored | rvosbench |" in markdown
    assert "".join(texts["bibtex"].itertext()) == f"{BIBTEX}\n\n"
    for text in (texts["latex"], texts["markdown"]):
        assert [one.attrib["data-row"] for one in text.iter("span")] == [str(n) for n in range(7)]


def test_files_beside_a_board_hold_its_records(site: dict[str, bytes]) -> None:
    document = json.loads(site["data/mevis-v1-valid_u.json"])
    assert [one["metrics"]["J&F"] for one in document["records"]] == [
        *("91.0", "54.5", "54.5", "54.4", "31.0", "20.0", "12.0")
    ]
    assert len(json.loads(site["data/records.json"])["records"]) == 11
    assert site["data/records.csv"].count(b"\r\n") == 12


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_texts_remain_texts(payload: str, tmp_path: Path) -> None:
    made = build_site(hostile(payload), title=payload)
    for path, tree in documents(made):
        scripts = [one.attrib.get("src", "") for one in tree.iter("script")]
        assert all(one.lstrip("./").startswith("static/") for one in scripts), path
        for one in tree.iter():
            assert one.tag not in ("iframe", "img", "style", "b"), path
            assert not [name for name in one.attrib if name.startswith("on") or name in ("style", "srcdoc")]
        assert [one for one in links(tree) if one.lower().lstrip().startswith("javascript:")] == []
        for address in [*links(tree), *loaded(tree)]:
            where = target(path, address)
            assert where is None or where[0] in made, f"{path}: {address}"
    write_site(tmp_path / "site", made)
    assert [one.name for one in tmp_path.iterdir()] == ["site"]
    assert {one.relative_to(tmp_path / "site").as_posix() for one in (tmp_path / "site").rglob("*.*")} == {
        *made,
        LIST,
    }


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def test_the_same_records_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: dict[str, bytes]
) -> None:
    write_site(tmp_path / "one", site)
    monkeypatch.setattr("time.time", lambda: 4e9)
    monkeypatch.chdir(tmp_path)
    write_site(Path("deep/other"), build_site(furnished()))
    assert files_of(tmp_path / "one") == files_of(tmp_path / "deep/other")


def test_what_is_gone_is_removed_and_nothing_else_is_touched(tmp_path: Path, site: dict[str, bytes]) -> None:
    folder = tmp_path / "site"
    (folder / ".git").mkdir(parents=True)
    (folder / "CNAME").write_text("example.org")
    assert write_site(folder, site).removed == 0
    before = (folder / "about.html").stat().st_mtime_ns
    few = build_site(records_of([record("Alpha", 50.0)]))
    written = write_site(folder, few)
    assert written.removed == len(set(site) - set(few))
    assert set(files_of(folder)) == {*few, LIST, "CNAME"}
    assert (folder / "about.html").stat().st_mtime_ns != before  # its number of records has changed
    assert write_site(folder, few).changed == 0


def test_files_of_others_are_not_replaced(tmp_path: Path, site: dict[str, bytes]) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(UsageError) as refused:
        write_site(tmp_path, site)
    assert refused.value.problems[0].path.endswith("index.html")
    assert files_of(tmp_path) == {"index.html": b"mine"}
    write_site(tmp_path, site, force=True)
    assert (tmp_path / "index.html").read_bytes() == site["index.html"]


@pytest.mark.parametrize("line", ["../outside", "/outside", "a/../../outside", "link/outside"])
def test_a_forged_list_removes_nothing_outside(tmp_path: Path, line: str, site: dict[str, bytes]) -> None:
    (tmp_path / "outside").write_text("stays")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (folder / LIST).write_text(f"{LIST}\n{line}\n")
    write_site(folder, site)
    assert (tmp_path / "outside").read_text() == "stays"


def test_the_command_builds_from_a_folder_of_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (records / "method.toml").write_text('[method]\nid = "a"\nname = "A"\n')
    (records / "source.toml").write_text(
        '[source]\npaper = "P"\nstatus = "printed"\n[[record]]\nid = "a-1"\nmethod = "a"\n'
        'dataset = "mevis-v1"\nsplit = "valid_u"\nprotocol = "mevis"\nmetrics = { "J&F" = 50.0 }\n'
    )
    folder = tmp_path / "site"
    call = ["leaderboard", "build", "--records", str(records), "--out", str(folder), "--json"]
    assert run(call) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["records"], first["removed"]) == (1, 0)
    assert first["changed"] == first["files"] == len(files_of(folder))
    assert run(call) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 0
    (records / "source.toml").write_text("[source]\n")
    assert run(call) == 2
    assert json.loads(capsys.readouterr().out)["problems"]
