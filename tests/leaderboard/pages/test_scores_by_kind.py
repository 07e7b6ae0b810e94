"""Scores by kind of sentence: on an entry's page, and of hidden ground truth only where many stand behind."""

from __future__ import annotations

import pytest
from furnished_site import Site
from rvosbench_leaderboard.database.tables import Score, Track
from rvosbench_leaderboard.pages.scores import by_kind
from sqlalchemy import update


def kinds(**counts: int) -> dict[str, object]:
    return {
        name: {"expressions": count, "metrics": {"J&F": 0.123456, "J": 0.1, "F": 0.2}}
        for name, count in counts.items()
    }


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"motion": 500, "still": 20}, {"motion", "still"}),
        ({"motion": 500, "still": 19, "colour": 19}, {"motion"}),
        ({"motion": 500, "still": 19}, set()),  # the total would tell the rest
        ({"motion": 500, "still": 400, "colour": 1}, set()),
        ({"motion": 19}, set()),
        ({}, set()),
    ],
)
def test_threat_14_few_sentences_have_no_score_of_their_own(counts: dict[str, int], shown: set[str]) -> None:
    assert set(by_kind(kinds(**counts), hidden=True)) == shown
    assert set(by_kind(kinds(**counts), hidden=False)) == set(counts)


def test_an_entry_shows_them_with_two_digits(site: Site) -> None:
    address = f"/entries/{site.submissions['Slow Motion']}"
    assert "By kind of sentence" not in site.client().get(address).text
    with site.database.write() as session:
        given = kinds(motion=30, still=10, colour=15)
        session.execute(update(Score).values(attributes=given))
    page = site.client().get(address).text
    assert (
        "By kind of sentence" in page and '<th scope="row">motion</th><td class="number">12.35</td>' in page
    )
    assert "still" not in page and "12.34" not in page
    with site.database.write() as session:
        session.get_one(Track, site.track).hidden = False
    assert '<th scope="row">still</th>' in site.client().get(address).text
