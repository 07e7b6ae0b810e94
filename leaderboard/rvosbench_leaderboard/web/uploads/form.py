"""An upload by a plain form, for browsers without JavaScript: one request, which cannot go on after a
break."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import compare_digest

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from rvosbench_leaderboard.database.tables import Upload
from rvosbench_leaderboard.web.refusal import Refusal, bad_request, not_allowed
from rvosbench_leaderboard.web.security.allow import Granted
from rvosbench_leaderboard.web.services import Services, services_of
from rvosbench_leaderboard.web.uploads import finishing, parts
from rvosbench_leaderboard.web.uploads.beginning import begin
from rvosbench_leaderboard.web.uploads.multipart import FormStream
from rvosbench_leaderboard.web.uploads.receiving import take_body
from rvosbench_leaderboard.web.uploads.sums import Running

MOST_FIELDS, LONGEST_FIELD = 50, 4096
FILE = "file"


async def receive_form(request: Request, granted: Granted, phase: str) -> str:
    """The id of the submission that the file becomes. The route is `Allow(..., checks_form=False)`: the token
    is compared here, before the first byte of the file, which has to be the last field. The other fields are
    those of `begin`."""
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        refusal = bad_request("Content-Length", "the length of the form", "none")
        raise Refusal(*refusal.problems, status=411)
    form = FormStream(request.stream(), request.headers.get("content-type", ""))
    fields: dict[str, str] = {}
    while (part := await form.part()) is not None:
        if part.filename is None or part.name != FILE:
            if len(fields) >= MOST_FIELDS:
                raise bad_request("form", f"at most {MOST_FIELDS} fields", "more")
            fields[part.name] = await form.text(LONGEST_FIELD)
            continue
        _check_token(fields, granted)
        if not part.filename:
            break
        wanted = fields | {"phase": phase, "filename": part.filename, "sha256": ""}
        with services_of(request).uploading.one_for(granted.user, "uploads at the same time"):
            return await _take(services_of(request), granted.user, wanted, form, int(length))
    raise bad_request(FILE, "a file", "none", "choose a file")


async def _take(
    services: Services, user: str, wanted: Mapping[str, str], form: FormStream, length: int
) -> str:
    """What is left of the request is the most that the file can be; its true size is known at its end."""
    upload = await run_in_threadpool(begin, services, user, wanted, length)
    done = False
    try:
        part = await run_in_threadpool(parts.lock, services.settings.blobs.partial(upload.blob))
        try:
            size = await take_body(part, form.body(), 0, length, None, whole := Running())
            if not size:
                raise bad_request(FILE, "a file with something in it", "an empty one")
            await run_in_threadpool(_correct_size, services, upload, size)
            services.sums.keep(upload.id, whole, size)
            submission = await run_in_threadpool(finishing.finish, services, upload, part)
            done = True
            return submission
        finally:
            part.close()
    finally:
        if not done:
            await run_in_threadpool(finishing.give_up, services, upload)


def _correct_size(services: Services, upload: Upload, size: int) -> None:
    with services.database.write() as session:
        session.get_one(Upload, upload.id).size = size
    upload.size = size


def _check_token(fields: Mapping[str, str], granted: Granted) -> None:
    given, wanted = fields.get("csrf", ""), granted.actor.csrf or ""
    if not wanted or not compare_digest(given.encode(), wanted.encode()):
        raise not_allowed(
            "form",
            expected="the token of the page that the form was on",
            found="another or none",
            fix="reload the page and send the form again",
        )
