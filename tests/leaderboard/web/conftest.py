"""A server with people in every role, one for each test: copies of a model, which takes long to make. What is
asked of the API alone is also asked with the rows in PostgreSQL, in `make test-full`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_cluster import Cluster, cluster
from server_world import predictions_zip
from web_site import WebSite, copy_of, submit, web_site

ON_BOTH = (
    "test_answers",
    "test_authorization_matrix",
    "test_quota_race",
    "test_signing_in",
    "test_uploading",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind_of_database" in metafunc.fixturenames and metafunc.module.__name__ in ON_BOTH:
        kinds = ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)]
        metafunc.parametrize("kind_of_database", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def kind_of_database(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as found:
        yield found


@pytest.fixture(scope="session")
def model_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, kind_of_database: str
) -> WebSite:
    """To be copied, and never changed."""
    found = None if kind_of_database == "sqlite" else request.getfixturevalue("postgres")
    return web_site(tmp_path_factory.mktemp("model") / "site", cluster=found)


@pytest.fixture
def site(model_site: WebSite, tmp_path: Path) -> WebSite:
    return copy_of(model_site, tmp_path / "site")


@pytest.fixture(scope="session")
def model_with_scores(model_site: WebSite, tmp_path_factory: pytest.TempPathFactory) -> tuple[WebSite, str]:
    """And the id of its only submission, of the team Red, which has scores."""
    site = copy_of(model_site, tmp_path_factory.mktemp("model-with-scores") / "site")
    key = submit(site.program("owner"), predictions_zip(site.world.split))
    site.world.work()
    return site, key


@pytest.fixture
def scored_site(model_with_scores: tuple[WebSite, str], tmp_path: Path) -> WebSite:
    return copy_of(model_with_scores[0], tmp_path / "scored")


@pytest.fixture
def scored(model_with_scores: tuple[WebSite, str]) -> str:
    return model_with_scores[1]
