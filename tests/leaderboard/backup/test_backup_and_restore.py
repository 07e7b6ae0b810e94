"""A backup of a running server, restored elsewhere, is the same server."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from furnished_site import NOW, Site, furnished
from rvosbench_leaderboard.backup.archive import back_up, restore
from rvosbench_leaderboard.database.tables import Submission, Team
from rvosbench_leaderboard.processes.place import Place

from rvosbench.errors import Code, RvosbenchError

BOARD = "/b/mevis/valid/open/board.json"


@pytest.fixture
def filled(tmp_path: Path) -> tuple[Site, Place]:
    """A site with a definition and with files of two submissions."""
    site = furnished(tmp_path / "server")
    place = Place(site.folder, tmp_path / "data")
    place.benchmarks.mkdir()
    (place.benchmarks / "mevis.toml").write_text('slug = "mevis"\n', encoding="utf-8")
    for name in ("Slow Motion", "Not Shown"):
        key = site.submissions[name]
        place.blobs.partial(key).write_bytes(name.encode() * 1000)
        place.blobs.path(key).parent.parent.mkdir(exist_ok=True)
        place.blobs.keep(key)
    place.blobs.partial(site.submissions["In Work"]).write_bytes(b"half of a file")
    return site, place


def ignore(amount: int) -> None:
    pass


def restored(source: Path, folder: Path) -> tuple[Site, Place]:
    place = Place(folder, folder.parent / "data")
    restore(source, place, advance=ignore)
    return Site(place.open(), folder), place


def test_threat_34_a_restored_server_shows_the_same_boards(
    filled: tuple[Site, Place], tmp_path: Path
) -> None:
    site, place = filled
    made = back_up(place, tmp_path / "backup.tar", NOW, blobs=True, advance=ignore)
    assert (made.blobs, made.files) == (2, 4)
    again, new_place = restored(tmp_path / "backup.tar", tmp_path / "other" / "server")
    assert again.client().get(BOARD).text == site.client().get(BOARD).text
    for key in place.blobs.keys():  # noqa: SIM118
        assert new_place.blobs.path(key).read_bytes() == place.blobs.path(key).read_bytes()
    assert (new_place.benchmarks / "mevis.toml").read_text(encoding="utf-8") == 'slug = "mevis"\n'
    assert new_place.folder.stat().st_mode & 0o077 == 0


def test_a_backup_is_of_one_moment_while_others_write(filled: tuple[Site, Place], tmp_path: Path) -> None:
    site, place = filled
    with site.database.write() as session:
        session.get_one(Team, site.teams["Motion Lab"]).name = "In the middle"
        session.flush()
        back_up(place, tmp_path / "backup.tar", NOW, blobs=False, advance=ignore)
    again, _ = restored(tmp_path / "backup.tar", tmp_path / "other")
    with again.database.read() as session:
        assert session.get_one(Team, site.teams["Motion Lab"]).name == "Motion Lab"
        assert session.query(Submission).count() == len(site.submissions)


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_a_backup_that_was_changed_or_cut_is_refused_and_nothing_is_restored(
    filled: tuple[Site, Place], tmp_path: Path, where: float
) -> None:
    source = tmp_path / "backup.tar"
    back_up(filled[1], source, NOW, blobs=True, advance=ignore)
    whole = source.read_bytes()
    with tarfile.open(source) as archive:
        content = archive.getmembers()[0]
    place = int(content.offset_data + where * content.size)
    changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    for broken in (changed, whole[:place]):
        source.write_bytes(broken)
        with pytest.raises(RvosbenchError) as caught:
            restored(source, tmp_path / "other")
        assert caught.value.problems[0].code is Code.BACKUP_DAMAGED
        assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "blobs/../../x", "server.db/../y", "other.txt"]
)
def test_no_entry_of_a_backup_is_written_outside(tmp_path: Path, name: str) -> None:
    source = tmp_path / "hostile.tar"
    (tmp_path / "x").write_text("x", encoding="utf-8")
    with tarfile.open(source, "w") as archive:
        entry = archive.gettarinfo(tmp_path / "x")
        entry.name = name
        with (tmp_path / "x").open("rb") as file:
            archive.addfile(entry, file)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RvosbenchError):
        restored(source, tmp_path / "other")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_a_backup_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "hostile.tar"
    with tarfile.open(source, "w") as archive:
        entry = tarfile.TarInfo("blobs/aa/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    with pytest.raises(RvosbenchError):
        restored(source, tmp_path / "other")


def test_nothing_is_written_over(filled: tuple[Site, Place], tmp_path: Path) -> None:
    _, place = filled
    target = tmp_path / "backup.tar"
    target.write_text("precious", encoding="utf-8")
    with pytest.raises(RvosbenchError) as caught:
        back_up(place, target, NOW, blobs=True, advance=ignore)
    assert caught.value.problems[0].code is Code.NOT_EMPTY
    target.unlink()
    back_up(place, target, NOW, blobs=True, advance=ignore)
    with pytest.raises(RvosbenchError) as caught:
        restore(target, place, advance=ignore)
    assert caught.value.problems[0].code is Code.NOT_EMPTY


def test_the_list_of_a_backup_names_every_part(filled: tuple[Site, Place], tmp_path: Path) -> None:
    back_up(filled[1], tmp_path / "backup.tar", NOW, blobs=True, advance=ignore)
    with tarfile.open(tmp_path / "backup.tar") as archive:
        names = archive.getnames()
        file = archive.extractfile("backup.json")
        assert file is not None
        about = json.loads(file.read())
    assert sorted(about["files"]) == sorted(set(names) - {"backup.json"})
    assert about["made_at"] == "2026-05-04T12:30:00Z"
