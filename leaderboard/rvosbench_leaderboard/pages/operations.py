"""For those who watch the server: is it alive, can it work, and how much of what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from rvosbench import __version__
from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.database.tables import Job
from rvosbench_leaderboard.organisers.state import look
from rvosbench_leaderboard.queue.jobs import WAITING
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Granted, Depends(Allow("site.read"))]
Measuring = Annotated[Granted, Depends(Allow("site.measure"))]
NEEDED = 256 << 20  # bytes on the disk, below which no upload is taken
TEXT = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz")
def alive(granted: Anyone) -> Response:
    """Asks nothing of anybody: who restarts what does not answer must not restart it for its database."""
    return PlainTextResponse("alive\n")


@router.get("/readyz")
def ready(request: Request, granted: Anyone) -> Response:
    """503 as long as the database does not answer or the disk is full, with which of the two it is."""
    services = services_of(request)
    parts = {"database": "ok", "disk": "ok"}
    try:
        with services.database.read() as session:
            session.execute(select(1))
    except RvosbenchError:
        parts["database"] = "does not answer"
    if services.settings.blobs.free() < NEEDED:
        parts["disk"] = "full"
    well = set(parts.values()) == {"ok"}
    return JSONResponse({"ready": well, **parts}, 200 if well else 503)


@router.get("/metrics")
def metrics(request: Request, granted: Measuring) -> Response:
    """For Prometheus, with the token of an administrator that has the scope admin."""
    services = services_of(request)
    now = services.settings.clock()
    registry = CollectorRegistry()
    with services.database.read() as session:
        state = look(session, now)
        oldest = session.scalar(select(func.min(Job.created_at)).where(Job.state == WAITING))
    _gauge(registry, "info", "The version that runs", {(__version__,): 1}, ("version",))
    submissions = {(name,): count for name, count in state.submissions}
    _gauge(registry, "submissions", "Submissions by state", submissions, ("state",))
    jobs = {(name,): count for name, count in state.jobs}
    _gauge(registry, "jobs", "Jobs by state", jobs, ("state",))
    waited = max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0
    _gauge(registry, "oldest_waiting_job_seconds", "How long the first in the queue waits", {(): waited})
    _gauge(registry, "workers", "Workers heard of in the last minute", {(): state.alive})
    _gauge(registry, "uploads", "Uploads under way", {(): state.uploading})
    _gauge(registry, "stuck_submissions", "Longer than expected in one state", {(): len(state.stuck)})
    _gauge(registry, "free_bytes", "Room for uploads", {(): services.settings.blobs.free()})
    return Response(generate_latest(registry), media_type=TEXT)


def _gauge(
    registry: CollectorRegistry,
    name: str,
    text: str,
    values: Mapping[Any, float],
    labels: tuple[str, ...] = (),
) -> None:
    gauge = Gauge(f"rvosbench_{name}", text, labels, registry=registry)
    for key, value in values.items():
        (gauge.labels(*key) if labels else gauge).set(value)
