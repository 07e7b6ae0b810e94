"""The headers of tus 1.0, read strictly and written."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from fastapi import Request

from rvosbench_leaderboard.database.tables import Upload
from rvosbench_leaderboard.web.refusal import Refusal, bad_request
from rvosbench_leaderboard.web.uploads.receiving import ALGORITHMS, Checksum

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
BODY = "application/offset+octet-stream"
LONGEST = 8000  # characters of metadata


def about(largest: int) -> dict[str, str]:
    """What the server can do."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        "Tus-Max-Size": str(largest),
    }


def of_upload(upload: Upload, offset: int, submission: str | None) -> dict[str, str]:
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(offset), "Upload-Length": str(upload.size)}
    if submission is None:
        headers["Upload-Expires"] = http_date(upload.expires_at)
    else:
        headers["Rvosbench-Submission"] = submission
    return headers


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def check_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != VERSION:
        refusal = bad_request("Tus-Resumable", VERSION, "another version, or none", "speak tus 1.0.0")
        raise Refusal(*refusal.problems, status=412, headers={"Tus-Version": VERSION})


def number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise bad_request(name, "a whole number of bytes", "something else or nothing")
    return int(text)


def metadata(request: Request) -> Mapping[str, str]:
    """Pairs of a name and a base64 value, with commas between."""
    header = request.headers.get("upload-metadata", "")
    if len(header) > LONGEST:
        raise bad_request("Upload-Metadata", f"at most {LONGEST} characters", f"{len(header)}")
    found = {}
    for pair in filter(None, (one.strip() for one in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _unreadable() from error
        if "\x00" in found[name]:
            raise _unreadable()
    return found


def _unreadable() -> Refusal:
    return bad_request("Upload-Metadata", "names with UTF-8 values in base64", "something else")


def checksum(request: Request) -> Checksum | None:
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in ALGORITHMS:
        raise bad_request(
            "Upload-Checksum", f"an algorithm of {', '.join(ALGORITHMS)}", "another one", "use sha256"
        )
    try:
        return Checksum(algorithm, base64.b64decode(value, validate=True))
    except binascii.Error as error:
        raise bad_request("Upload-Checksum", "a checksum in base64", "something else") from error
