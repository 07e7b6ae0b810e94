"""Which queue a database has: on SQLite our table of leases, on PostgreSQL procrastinate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rvosbench_leaderboard.queue.engine import LEASE, Queue
from rvosbench_leaderboard.queue.leases import LeaseQueue

if TYPE_CHECKING:
    from rvosbench_leaderboard.database.engine import Database


def queue_of(database: Database, lease: timedelta = LEASE) -> Queue:
    if database.is_sqlite:
        return LeaseQueue(database, lease)
    from rvosbench_leaderboard.queue.procrastinate_queue import ProcrastinateQueue

    return ProcrastinateQueue(database, lease)
