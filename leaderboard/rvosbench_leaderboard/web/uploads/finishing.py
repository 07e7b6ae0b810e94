"""From the last byte to a submission. Every step can be repeated: a crash between two of them loses
nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import select

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Submission, Upload
from rvosbench_leaderboard.phases.submitting import UPLOADING
from rvosbench_leaderboard.web.refusal import Refusal
from rvosbench_leaderboard.web.services import Services
from rvosbench_leaderboard.web.uploads import parts
from rvosbench_leaderboard.web.uploads.parts import Part

_BLOCK = 1 << 20


def offset_of(services: Services, upload: Upload) -> int:
    """How many bytes are here for good."""
    if services.settings.blobs.exists(upload.blob):
        return upload.size
    return parts.length(services.settings.blobs.partial(upload.blob)) or 0


def finish(services: Services, upload: Upload, part: Part) -> str:
    """The id of the submission that the upload becomes. A file that is not the announced one ends the upload,
    and costs no submission."""
    on_the_way = services.sums.take(upload.id, part.length)
    found = part.sha256() if on_the_way is None else on_the_way.digest.hexdigest()
    if upload.sha256 is not None and upload.sha256 != found:
        give_up(services, upload)
        raise _another_file()
    with parts.room_or_refusal(upload.size):
        services.settings.blobs.keep(upload.blob)
    return _receive(services, upload, found)


def submission_of(services: Services, upload: str) -> str | None:
    with services.database.read() as session:
        return session.scalar(select(Submission.id).where(Submission.upload == upload))


def give_up(services: Services, upload: Upload) -> None:
    """Ends an upload that is not complete; the slot and the room are free again."""
    with services.database.write() as session:
        phases.cancel_upload(session, session.get_one(Upload, upload.id), now=services.settings.clock())
    services.settings.blobs.remove(upload.blob)


def finish_stranded(services: Services) -> int:
    """Uploads of which all bytes are here and no submission: the server went down in between. How many became
    submissions now."""
    with services.database.read() as session:
        open_ones = session.scalars(select(Upload).where(Upload.state == UPLOADING)).all()
    finished = 0
    for upload in open_ones:
        if offset_of(services, upload) != upload.size:
            continue
        try:
            complete(services, upload)
        except RvosbenchError as error:
            services.settings.report(f"upload {upload.id}: {error}")
        else:
            finished += 1
    return finished


def complete(services: Services, upload: Upload) -> str:
    """As `finish`, for an upload of which all bytes came earlier."""
    blobs = services.settings.blobs
    if blobs.exists(upload.blob):
        return _receive(services, upload, _sha256(blobs.path(upload.blob)))
    part = parts.lock(blobs.partial(upload.blob))
    try:
        return finish(services, upload, part)
    finally:
        part.close()


def _receive(services: Services, upload: Upload, sha256: str) -> str:
    with services.database.write() as session:
        row = session.get_one(Upload, upload.id)
        return phases.received(session, row, sha256=sha256, now=services.settings.clock()).id


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _another_file() -> Refusal:
    problem = Problem(
        Code.UPLOAD_BROKEN,
        "sha256",
        expected="the file that was announced",
        found="another one",
        fix="the file was changed while it was being sent: submit it again",
    )
    return Refusal(problem)
