"""Column types and ids that all tables share."""

from __future__ import annotations

import secrets
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, MetaData, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A point in time. Refuses times without a zone; gives UTC, also from SQLite, which knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Constraints are named, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's own form)
        datetime: UtcTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        int: BigInteger(),
        str: String(),
    }


class _Clockwork:
    """The last id of this process: ids of one millisecond go on from it, in the order of making."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.millisecond, self.tail = -1, 0

    def tail_for(self, millisecond: int) -> int:
        with self.lock:
            if millisecond == self.millisecond:
                self.tail += 1 + secrets.randbits(_STEP)
            else:
                self.millisecond, self.tail = millisecond, secrets.randbits(_TAIL - 1)
            return self.tail


_TAIL = 74  # bits of an id that are not its time: 12 and 62, around what says that they are two
_STEP = 56  # what follows is not to be guessed either, and 2 ** 17 ids of one millisecond fit
_clockwork = _Clockwork()


def new_id(now: datetime) -> str:
    """A UUID of version 7: sorted by time, within a process in the order of making, and not to be guessed."""
    millisecond = int(now.timestamp() * 1000) & (1 << 48) - 1
    tail = _clockwork.tail_for(millisecond)
    bits = millisecond << 80 | 7 << 76 | tail >> 62 << 64 | 2 << 62 | tail & (1 << 62) - 1
    return str(uuid.UUID(int=bits))
