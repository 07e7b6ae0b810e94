"""The beginning of an upload: for which phase and team, and whether it may."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench.errors import Code, Problem, RvosbenchError
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Member, Phase, Team, Upload
from rvosbench_leaderboard.pages import metadata as method
from rvosbench_leaderboard.phases.submitting import UPLOADING
from rvosbench_leaderboard.web.refusal import Refusal, bad_request, not_there
from rvosbench_leaderboard.web.security.subjects import phase_query
from rvosbench_leaderboard.web.services import Services
from rvosbench_leaderboard.web.uploads import parts
from rvosbench_leaderboard.web.uploads.finishing import give_up

_SHA256 = re.compile("[0-9a-f]{64}")
LONGEST_NAME = 255


def begin(services: Services, user: str, wanted: Mapping[str, str], size: int) -> Upload:
    """`wanted` has phase (benchmark/track/phase), and may have team (an id, needed by who is in several),
    filename, sha256 and what is to be said of the method. Takes a slot of the quota. Who asks again for the
    same file while it is on its way gets the same upload: an answer may be lost, and clients forget."""
    name = file_name(wanted.get("filename", ""))
    sha256 = wanted.get("sha256") or None
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise bad_request("sha256", "64 hexadecimal digits in lower case", "something else")
    details, wrong = method.read(wanted)
    if wrong:
        raise Refusal(*(Problem(Code.BAD_REQUEST, *_told(key, what)) for key, what in wrong.items()))
    with parts.room_or_refusal(size):
        free = services.settings.blobs.free()
    now = services.settings.clock()
    with services.database.write() as session:
        phase = _phase(session, wanted.get("phase", ""))
        team = _team(session, wanted.get("team", ""), user)
        if sha256 is not None and (same := _same(session, phase.id, team, user, size, sha256)) is not None:
            phases.touch(session, same, now)
            return same
        upload = phases.reserve(
            session,
            phase,
            team,
            user,
            name=name,
            size=size,
            sha256=sha256,
            now=now,
            free=free,
            details=details,
        )
    try:
        with parts.room_or_refusal(size):
            path = services.settings.blobs.partial(upload.blob)
        parts.create(path)
    except RvosbenchError:
        give_up(services, upload)
        raise
    return upload


def _same(session: Session, phase: str, team: str, user: str, size: int, sha256: str) -> Upload | None:
    return session.scalar(
        select(Upload)
        .where(
            Upload.phase == phase,
            Upload.team == team,
            Upload.user == user,
            Upload.size == size,
            Upload.sha256 == sha256,
            Upload.state == UPLOADING,
        )
        .order_by(Upload.id)
        .limit(1)
    )


def file_name(text: str) -> str:
    """The last part of what the client calls the file. It is shown, and never becomes a path."""
    name = text.replace("\\", "/").rpartition("/")[2].strip()
    if not name or not name.isprintable():
        return "predictions"
    return name[-LONGEST_NAME:]


def _phase(session: Session, path: str) -> Phase:
    slugs = path.split("/")
    if len(slugs) != 3:
        raise bad_request("phase", "BENCHMARK/TRACK/PHASE", "something else")
    row = session.execute(phase_query(*slugs)).one_or_none()
    if row is None:
        raise not_there("phase")
    return row[0]


def _team(session: Session, team: str, user: str) -> str:
    """The id; it has to be one of the teams of this person, and is found if there is only one."""
    mine = session.scalars(select(Team.id).join(Member, Member.team == Team.id).where(Member.user == user))
    ids = list(mine)
    if team:
        if team not in ids:
            raise not_there("team")
        return team
    if len(ids) != 1:
        found = f"{len(ids)} teams"
        raise bad_request("team", "the team that submits", found, "make a team, or say which one it is")
    return ids[0]


def _told(key: str, expected: str) -> tuple[str, str, str, str]:
    return key, expected, "something else", "correct the field"
