"""Uploads by tuspy, a tus client that is not ours."""

from __future__ import annotations

import io
import os

import pytest
from running_web import BreakingLine, running
from tusclient.client import TusClient
from web_site import PHASE, TUS, WebSite, sha256

CONTENT = os.urandom(3_000_000)


@pytest.mark.parametrize("checksum", [False, True])
def test_a_foreign_client_uploads_in_pieces(site: WebSite, checksum: bool) -> None:
    with running(site.app) as address:
        client = TusClient(
            f"{address}/api/v1/uploads", headers={"Authorization": f"Bearer {site.token('owner')}"}
        )
        about = {"phase": PHASE, "filename": "theirs.zip", "sha256": sha256(CONTENT)}
        uploader = client.uploader(
            file_stream=io.BytesIO(CONTENT),
            chunk_size=1 << 20,
            metadata=about,
            upload_checksum=checksum,
        )
        uploader.upload()
        place = str(uploader.url).removeprefix(address)
    head = site.program("owner").head(place, headers=TUS)
    assert head.headers["Upload-Offset"] == str(len(CONTENT))
    assert head.headers["Rvosbench-Submission"]


def test_a_foreign_client_goes_on_after_breaks(site: WebSite) -> None:
    with running(site.app) as address:
        line = BreakingLine(address, after=400_000, cuts=2)
        with line.open() as broken:
            client = TusClient(
                f"{broken}/api/v1/uploads", headers={"Authorization": f"Bearer {site.token('owner')}"}
            )
            uploader = client.uploader(
                file_stream=io.BytesIO(CONTENT),
                chunk_size=500_000,
                metadata={"phase": PHASE, "filename": "theirs.zip"},
                retries=5,
                retry_delay=0.1,
            )
            uploader.upload()
    assert line.made == 2
    listed = site.program("owner").get("/api/v1/submissions").json()
    assert [(one["name"], one["size"]) for one in listed] == [("theirs.zip", len(CONTENT))]
