"""Rates hold over time, with room for bursts, in bounded memory."""

from __future__ import annotations

from rvosbench_leaderboard.web.limits.bucket import MOST_KEYS, Buckets, Rate


def test_a_burst_is_let_through_and_then_the_rate_holds() -> None:
    now = 0.0
    buckets = Buckets(Rate(burst=3, per_minute=60), now=lambda: now)
    assert [buckets.take("ada") for _ in range(4)] == [0, 0, 0, 1]
    assert buckets.take("bo") == 0  # everybody has a bucket of their own
    now = 1.0
    assert buckets.wait("ada") == 0
    assert [buckets.take("ada") for _ in range(2)] == [0, 1]
    now = 1000.0
    assert [buckets.take("ada") for _ in range(4)] == [0, 0, 0, 1]  # never more than the burst


def test_many_keys_take_bounded_memory_and_the_recent_ones_are_remembered() -> None:
    buckets = Buckets(Rate(burst=1, per_minute=1), now=lambda: 0.0)
    for number in range(MOST_KEYS):
        buckets.take(number)
    buckets.take("one more")
    assert len(buckets._left) <= MOST_KEYS
    assert buckets.wait(0) == 0  # forgotten
    assert buckets.wait(MOST_KEYS - 1) > 0
