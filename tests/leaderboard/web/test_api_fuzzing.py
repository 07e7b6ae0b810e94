"""The API asked by schemathesis, from its own description: no failure of ours, and answers as described."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from web_site import WebSite, copy_of

pytestmark = pytest.mark.full
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
EXAMPLES = 40  # of each operation
REFUSED = re.compile(r"request \w+: 4\d\d ")  # a line in the log, so that its id can be found


@pytest.mark.parametrize("role", ["nobody", "owner", "admin"])
def test_threat_23_no_request_makes_the_api_fail(
    model_with_scores: tuple[WebSite, str], tmp_path: Path, role: str
) -> None:
    site = copy_of(model_with_scores[0], tmp_path / "site")
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", site.app)
    headers = {} if role == "nobody" else {"Authorization": f"Bearer {site.token(role, 'read', 'submit')}"}
    headers["Tus-Resumable"] = "1.0.0"
    asked = 0
    for operation in schema.get_all_operations():
        assert isinstance(operation, Ok)
        found = operation.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None, derandomize=True
        )
        @hypothesis.given(case=found.as_strategy())
        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal asked
            if case.path.endswith("/events"):
                case.path_parameters = {"submission": "none"}  # the stream of a real one lasts
            asked += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        ask()
    assert asked > 100
    assert [one for one in site.reports if not REFUSED.match(one)] == []
