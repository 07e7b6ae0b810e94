"""From a file to a submission. The server knows a file by its sha256 while it is on its way, so that a
command which was broken off goes on where it stopped, on whatever machine it is repeated."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rvosbench.progress import Progress
from rvosbench_leaderboard.submitting.connection import Server
from rvosbench_leaderboard.submitting.sending import TUS, Sending, Sent

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be submitted, and where. `name` is what the file is called on the server."""

    phase: str
    team: str
    name: str
    details: Mapping[str, str]

    def header(self, sha256: str) -> str:
        values = {
            "phase": self.phase,
            "team": self.team,
            "filename": self.name,
            "sha256": sha256,
            **self.details,
        }
        return ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items() if value
        )


def upload(server: Server, file: Path, wanted: Wanted, progress: Progress) -> Sent:
    headers = {
        **TUS,
        "Upload-Length": str(file.stat().st_size),
        "Upload-Metadata": wanted.header(sum_up(file, progress)),
    }
    begun = server.ask("POST", "/api/v1/uploads", headers=headers)
    return Sending(server, file, begun.headers["location"], progress).run()


def sum_up(file: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    progress.start("reading", file.stat().st_size, "byte")
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
            progress.advance(len(block))
    progress.finish()
    return digest.hexdigest()
