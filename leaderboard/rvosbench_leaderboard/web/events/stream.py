"""The state of a submission as server-sent events: one for each change, and the last one ends the stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated

from fastapi import Depends, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.phases import IN_WORK, State
from rvosbench_leaderboard.web.api.shared import Shared, new_router
from rvosbench_leaderboard.web.api.submission_answers import state_of
from rvosbench_leaderboard.web.api.submission_models import StateAnswer
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import Services

router = new_router("submissions")

EVERY = 1.0  # seconds between two looks
ALIVE = 15.0  # seconds after which a comment keeps proxies from closing a silent stream
LONGEST = 600.0  # seconds; browsers come back by themselves


@router.get(
    "/submissions/{submission}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow(
    submission: str, services: Shared, granted: Annotated[Granted, Depends(Allow("submission.read"))]
) -> Response:
    """Events named `state` with the fields of a state; the stream ends with the work."""
    place = ExitStack()
    place.enter_context(services.streams.one_for(granted.user, "open streams"))
    return _Stream(_events(services, granted.id), place)


class _Stream(StreamingResponse):
    """Gives its place back however it ends, also before the first event."""

    def __init__(self, events: AsyncIterator[str], place: ExitStack) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self.place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.place:
            await super().__call__(scope, receive, send)


async def _events(services: Services, submission: str) -> AsyncIterator[str]:
    """One look a second, in a transaction of its own."""
    until = time.monotonic() + LONGEST
    told: StateAnswer | None = None
    silent = 0.0
    while time.monotonic() < until:
        try:
            now = await run_in_threadpool(_look, services, submission)
        except RvosbenchError:
            return  # the browser asks again
        if now != told:
            yield f"event: state\ndata: {now.model_dump_json()}\n\n"
            told, silent = now, 0.0
        elif silent >= ALIVE:
            yield ": still here\n\n"
            silent = 0.0
        if State(now.state) not in IN_WORK:
            return
        await asyncio.sleep(EVERY)
        silent += EVERY


def _look(services: Services, submission: str) -> StateAnswer:
    with services.database.read() as session:
        return state_of(session, submission)
