"""A backup: one tar file with a list of what is in it, and the SHA-256 of each part."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from rvosbench import __version__
from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench_leaderboard.backup import snapshot
from rvosbench_leaderboard.processes.place import Place

MANIFEST = "backup.json"
FORM = 1
_BLOCK = 1 << 20
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself."""

    made_at: str
    version: str
    files: int
    blobs: int


def back_up(place: Place, target: Path, now: datetime, *, blobs: bool, advance: Advance) -> Backup:
    """The rows first, then the files that they name: what comes in meanwhile is in the next backup. Appears
    whole or not at all."""
    if target.exists():
        raise snapshot.not_empty(str(target), "name a file that is not there yet")
    if target.resolve().is_relative_to(place.folder.resolve()):
        raise _inside(target)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with TemporaryDirectory(dir=target.parent) as scratch:
            rows = snapshot.dump(place.url, Path(scratch))
            with tarfile.open(partial, "x", format=tarfile.PAX_FORMAT) as archive:
                files = {rows.name: _add(archive, rows, rows.name, advance)}
                for name, path in _parts(place, blobs=blobs):
                    files[name] = _add(archive, path, name, advance)
                about = _about(now, files)
                _add_text(archive, MANIFEST, json.dumps(about, indent=1, sort_keys=True))
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.chmod(0o600)
        partial.rename(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        partial.unlink(missing_ok=True)
    return _backup(about)


def restore(source: Path, place: Place, *, advance: Advance) -> Backup:
    """Into a folder in which nothing is. Every part is compared with its SHA-256 before it is used."""
    if not source.is_file():
        raise _no_file(source)
    if place.folder.exists() and any(place.folder.iterdir()):
        raise snapshot.not_empty(str(place.folder))
    place.folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place.folder.parent) as scratch:
        folder = Path(scratch) / "server"
        folder.mkdir()
        about = _unpack(source, folder, advance)
        for name in (snapshot.SQLITE, snapshot.POSTGRES):
            if name in about["files"]:
                snapshot.load(folder / name, place.url)
        if place.folder.exists():
            place.folder.rmdir()
        folder.rename(place.folder)
    place.make()
    return _backup(about)


def _parts(place: Place, *, blobs: bool) -> Iterator[tuple[str, Path]]:
    for path in sorted(place.benchmarks.glob("*.toml")):
        yield f"benchmarks/{path.name}", path
    if blobs:
        for key in place.blobs.keys():  # noqa: SIM118  (no dictionary)
            path = place.blobs.path(key)
            if path.exists():  # it may have been cleared away since it was listed
                yield path.relative_to(place.folder).as_posix(), path


def _add(archive: tarfile.TarFile, path: Path, name: str, advance: Advance) -> str:
    with path.open("rb") as file:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = os.fstat(file.fileno()).st_size, 0o600
        reader = _Summed(file, advance)
        archive.addfile(entry, reader)
    return reader.sum.hexdigest()


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    body = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(body), 0o600
    archive.addfile(entry, io.BytesIO(body))


class _Summed:
    """Reads a file, and sums it up on the way."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self.file = file
        self.advance = advance
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.sum.update(block)
        self.advance(len(block))
        return block


def _about(now: datetime, files: dict[str, str]) -> dict[str, Any]:
    return {"form": FORM, "version": __version__, "made_at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "files": files}


def _backup(about: dict[str, Any]) -> Backup:
    blobs = sum(name.startswith("blobs/") for name in about["files"])
    return Backup(about["made_at"], about["version"], len(about["files"]), blobs)


def _unpack(source: Path, folder: Path, advance: Advance) -> dict[str, Any]:
    """Names become paths only if they are ours; the list comes last, so sums are compared at the end."""
    found: dict[str, str] = {}
    about: dict[str, Any] | None = None
    try:
        with tarfile.open(source, "r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry) if entry.isreg() else None
                if file is None or not _is_ours(entry.name):
                    raise _damaged(source, f"an entry {entry.name!r}")
                if entry.name == MANIFEST:
                    about = json.loads(file.read())
                else:
                    found[entry.name] = _write(file, folder / entry.name, advance)
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise _damaged(source, _reason(error, found)) from error
    if about is None or about.get("form") != FORM:
        raise _damaged(source, "no list of its parts, or one of another version")
    if about["files"] != found:
        differing = sorted(set(about["files"].items()) ^ set(found.items()))
        raise _damaged(source, f"other bytes in {differing[0][0]}")
    return about


def _is_ours(name: str) -> bool:
    parts = name.split("/")
    plain = all(one not in ("", ".", "..") and one.isprintable() and "\\" not in one for one in parts)
    known = name in (MANIFEST, snapshot.SQLITE, snapshot.POSTGRES) or parts[0] in ("benchmarks", "blobs")
    return plain and known and len(parts) <= 3


def _write(file: IO[bytes], target: Path, advance: Advance) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    summed = _Summed(file, advance)
    with target.open("xb") as written:
        while block := summed.read(_BLOCK):
            written.write(block)
        written.flush()
        os.fsync(written.fileno())
    return summed.sum.hexdigest()


def _reason(error: Exception, found: Collection[str]) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (
        f"one that breaks off or is damaged after {len(found)} parts" if found else "a file of another kind"
    )


def _inside(target: Path) -> UsageError:
    return UsageError(
        Problem(
            Code.BAD_OPTION,
            str(target),
            expected="a place outside of the folder that is backed up",
            found="one inside: it would be lost together with the folder",
            fix="choose another place, best on another disk",
        )
    )


def _no_file(source: Path) -> UsageError:
    return UsageError(
        Problem(
            Code.MISSING_FILE,
            str(source),
            expected="a backup that `rvosbench admin backup` made",
            found="a folder" if source.is_dir() else "nothing",
            fix="check the path",
        )
    )


def _damaged(source: Path, found: str) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.BACKUP_DAMAGED,
            str(source),
            expected="a whole backup that `rvosbench admin backup` made",
            found=found,
            fix="use another backup, or copy this one again from where it is kept",
        )
    )


def _cannot_write(target: Path, error: OSError) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.CANNOT_WRITE,
            str(target),
            expected="a place with room for the backup",
            found=str(error.strerror),
            fix="choose another place",
        )
    )
