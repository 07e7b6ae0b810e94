"""The order of samples is a function of seed and epoch: it needs no memory, and processes no word."""

from __future__ import annotations

import pytest
import torch
from rvosbench_baselines.training.feeding import Feed, Order, batches


def flat(order: Order, epoch: int, start: int = 0) -> list[int]:
    return [sample for batch in order.of_epoch(epoch, start) for _, sample in batch]


def test_an_epoch_has_every_sample_once_and_the_next_another_order() -> None:
    order = Order(count=20, batch=4, seed=1)
    first, second = flat(order, 0), flat(order, 1)
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second
    assert first == flat(Order(count=20, batch=4, seed=1), 0)
    assert first != flat(Order(count=20, batch=4, seed=2), 0)


def test_what_is_left_of_an_epoch_is_its_end() -> None:
    order = Order(count=20, batch=4, seed=1)
    assert flat(order, 3, start=2) == flat(order, 3)[8:]


@pytest.mark.parametrize("world", [2, 3])
def test_processes_share_the_batches_of_one_that_takes_as_many_at_once(world: int) -> None:
    alone = Order(count=30, batch=2 * world, seed=5)
    shares = [list(Order(30, 2, 5, rank, world).of_epoch(1)) for rank in range(world)]
    together = [[one for batch in at_once for one in batch] for at_once in zip(*shares, strict=True)]
    assert together == list(alone.of_epoch(1))


def test_fewer_samples_than_a_batch_repeat() -> None:
    assert sorted(flat(Order(count=2, batch=4, seed=0), 0)) == [0, 0, 1, 1]


def test_chance_of_a_sample_does_not_depend_on_where_an_epoch_begins_or_who_reads() -> None:
    feed = Feed(range(8), lambda sample, random: (sample, float(random.random())), seed=4)
    order = Order(count=8, batch=2, seed=4)
    whole = list(batches(feed, order, 2, 0, list, workers=0))
    assert list(batches(feed, order, 2, 3, list, workers=0)) == whole[3:]
    other_epoch = dict(one for batch in batches(feed, order, 3, 0, list, workers=0) for one in batch)
    assert other_epoch != dict(one for batch in whole for one in batch)


def test_reading_draws_nothing_from_the_generator_of_the_model() -> None:
    before = torch.get_rng_state()
    feed = Feed(range(4), lambda sample, random: sample, seed=0)
    list(batches(feed, Order(4, 2, 0), 0, 0, list, workers=0))
    assert (torch.get_rng_state() == before).all()
