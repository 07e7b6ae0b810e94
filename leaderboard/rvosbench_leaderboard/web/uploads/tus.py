"""The routes of an upload: tus 1.0 with creation, checksum, expiration and termination."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from rvosbench.errors import Code, Problem
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Upload
from rvosbench_leaderboard.phases.submitting import RECEIVED, UPLOADING
from rvosbench_leaderboard.web.api.shared import Shared, new_router
from rvosbench_leaderboard.web.refusal import Refusal, bad_request
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import Services
from rvosbench_leaderboard.web.uploads import finishing, headers, parts
from rvosbench_leaderboard.web.uploads.beginning import begin
from rvosbench_leaderboard.web.uploads.parts import Part
from rvosbench_leaderboard.web.uploads.receiving import Checksum, take_body
from rvosbench_leaderboard.web.uploads.sums import Running

router = new_router("uploads")

Create = Annotated[Granted, Depends(Allow("upload.create"))]
Continue = Annotated[Granted, Depends(Allow("upload.continue"))]


@router.options("/uploads", status_code=204, dependencies=[Depends(Allow("site.read"))])
def upload_options(services: Shared, response: Response) -> None:
    """What the server can do."""
    response.headers.update(headers.about(services.settings.limits.upload))


@router.post("/uploads", status_code=201)
def create_upload(request: Request, response: Response, services: Shared, granted: Create) -> None:
    """Begin an upload of `Upload-Length` bytes. `Upload-Metadata` names phase, team, filename and sha256.
    A slot of the quota is taken now, and given back if the upload ends without a submission."""
    headers.check_version(request)
    size = headers.number(request, "upload-length")
    upload = begin(services, granted.user, headers.metadata(request), size)
    offset = finishing.offset_of(services, upload)
    response.headers["Location"] = f"{request.url.path}/{upload.id}"
    response.headers.update(headers.of_upload(upload, offset, None))


@router.head("/uploads/{upload}", status_code=200)
def upload_offset(
    request: Request, upload: str, response: Response, services: Shared, granted: Continue
) -> None:
    """How many bytes are here for good. Of a complete one, `Rvosbench-Submission` is what became of it."""
    headers.check_version(request)
    row = _row(services, granted.id)
    _refuse_if_over(row)
    submission = finishing.submission_of(services, row.id) if row.state == RECEIVED else None
    response.headers.update(headers.of_upload(row, finishing.offset_of(services, row), submission))


@router.patch("/uploads/{upload}", status_code=204)
async def continue_upload(
    request: Request, upload: str, response: Response, services: Shared, granted: Continue
) -> None:
    """Append bytes at `Upload-Offset`. What came before a break is kept. After the last byte the whole
    file is compared with the announced sha256 and becomes a submission."""
    headers.check_version(request)
    if request.headers.get("content-type") != headers.BODY:
        wrong = bad_request("Content-Type", headers.BODY, "another type")
        raise Refusal(*wrong.problems, status=415)
    offset, checksum = headers.number(request, "upload-offset"), headers.checksum(request)
    row = await run_in_threadpool(_row, services, granted.id)
    _refuse_if_over(row)
    if row.state == RECEIVED:
        submission = await run_in_threadpool(finishing.submission_of, services, row.id)
        response.headers.update(headers.of_upload(row, row.size, submission))
        return
    with services.uploading.one_for(granted.user, "uploads at the same time"):
        services.interrupters.interrupt(row.id)
        reached, submission = await _append(services, request, row, offset, checksum)
    response.headers.update(headers.of_upload(row, reached, submission))


@router.delete("/uploads/{upload}", status_code=204)
def end_upload(request: Request, upload: str, services: Shared, granted: Continue) -> None:
    """Give the upload up. The slot is free again."""
    headers.check_version(request)
    services.interrupters.interrupt(granted.id)
    finishing.give_up(services, _row(services, granted.id))


async def _append(
    services: Services, request: Request, row: Upload, offset: int, checksum: Checksum | None
) -> tuple[int, str | None]:
    if services.settings.blobs.exists(row.blob):  # all bytes came, and the server went down before the end
        return row.size, await run_in_threadpool(finishing.complete, services, row)
    path = services.settings.blobs.partial(row.blob)
    if not path.exists():  # the server went down between the row and its file
        parts.create(path)
    part = await run_in_threadpool(parts.lock, path)
    try:
        _check_offset(part, offset)
        whole = services.sums.take(row.id, offset)
        try:
            reached = await _receive(services, request, row, part, checksum, whole)
        finally:
            services.sums.keep(row.id, whole, part.length)
        await run_in_threadpool(_touch, services, row)
        if reached < row.size:
            return reached, None
        return reached, await run_in_threadpool(finishing.finish, services, row, part)
    finally:
        part.close()


async def _receive(
    services: Services,
    request: Request,
    row: Upload,
    part: Part,
    checksum: Checksum | None,
    whole: Running | None,
) -> int:
    try:
        async with asyncio.timeout(None) as leash:
            with services.interrupters.holding(row.id, leash):
                return await take_body(part, request.stream(), part.length, row.size, checksum, whole)
    except TimeoutError as error:
        raise parts.busy() from error  # the same client has come back on another connection


def _check_offset(part: Part, offset: int) -> None:
    if part.length == offset:
        return
    problem = Problem(
        Code.UPLOAD_BROKEN,
        "Upload-Offset",
        expected=f"{part.length}",
        found=f"{offset}",
        fix="ask for the offset with HEAD and go on from there",
    )
    raise Refusal(problem, headers={"Upload-Offset": str(part.length), "Tus-Resumable": headers.VERSION})


def _row(services: Services, upload: str) -> Upload:
    with services.database.read() as session:
        return session.get_one(Upload, upload)


def _touch(services: Services, row: Upload) -> None:
    now = services.settings.clock()
    if now - row.touched_at < services.settings.touched_every:
        return
    with services.database.write() as session:
        phases.touch(session, session.get_one(Upload, row.id), now)


def _refuse_if_over(row: Upload) -> None:
    if row.state not in (UPLOADING, RECEIVED):
        raise Refusal(*parts.gone().problems, status=410)
