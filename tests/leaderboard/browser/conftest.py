"""A running server to look at in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from served_site import Served, served


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running
