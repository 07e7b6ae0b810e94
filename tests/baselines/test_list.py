"""`baseline list`: everything the cards say, without torch; what other packages break is a warning."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bright_baseline
import pytest
from program import Outcome

from rvosbench import registry

Program = Callable[..., Outcome]


@pytest.mark.usefixtures("plug_in")
def test_the_list_says_what_a_user_needs_to_know(rvosbench: Program) -> None:
    done = rvosbench("baseline", "list")
    assert done.code == 0
    for told in (
        "bright  What is bright",
        "On Bright Things",
        "Journal of Thresholds 1999",
        "licence: MIT",
        "bright-things 2.0",
        "1,234,567",
        "234,567",
        "the page of the sun",
        "J&F 12.5",
        "Table 2",
        "It knows nothing of sentences.",
    ):
        assert told in done.out, told


@pytest.mark.usefixtures("plug_in")
def test_for_one_baseline_its_options_are_explained(rvosbench: Program) -> None:
    done = rvosbench("baseline", "list", "bright")
    assert "128, 100 on a2d-sentences" in done.out
    assert "gray value" in done.out
    assert "bright-weighted" not in done.out


@pytest.mark.usefixtures("plug_in")
def test_programs_read_the_same(rvosbench: Program) -> None:
    document = json.loads(rvosbench("baseline", "list", "--json").out)
    cards = {card["name"]: card for card in document["baselines"]}
    bright = cards["bright"]
    assert bright["package"] == "bright-things 2.0"
    assert bright["variants"][0] == {
        "name": "bright-l",
        "title": "as published",
        "parameters": 1234567,
        "trainable": 234567,
        "reduced": False,
    }
    assert bright["expected"][0]["figures"] == {"J&F": 12.5}
    assert bright["weights"][0]["where"] == "the page of the sun"
    assert [option["name"] for option in bright["options"]] == ["threshold", "pause", "fail", "select"]
    assert cards["bright-weighted"]["needs_weights"] == "the file bright.pth"
    assert document["problems"] == []


@pytest.mark.parametrize(
    ("target", "told"), [("gone.model:MODEL", "No module named 'gone'"), ("bright_baseline:NAME", "str")]
)
def test_a_broken_card_of_another_package_is_a_warning_and_the_others_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rvosbench: Program, target: str, told: str
) -> None:
    bright_baseline.register(tmp_path, bright="bright_baseline:BRIGHT", dark=target)
    monkeypatch.syspath_prepend(str(tmp_path))
    document = rvosbench("baseline", "list", "--json")
    assert document.code == 0
    read = json.loads(document.out)
    assert "bright" in {card["name"] for card in read["baselines"]}
    (problem,) = read["problems"]
    assert (problem["code"], problem["severity"]) == ("RVB006", "warning")
    assert told in problem["found"]
    assert "warning RVB006" in rvosbench("baseline", "list").err
    assert rvosbench("baseline", "list", "dark").code == 1


@pytest.mark.usefixtures("plug_in")
def test_an_unknown_name_is_answered_with_the_nearest(rvosbench: Program) -> None:
    done = rvosbench("baseline", "list", "brigth")
    assert done.code == 2
    assert "RVB202" in done.err
    assert "did you mean bright?" in done.err


def test_every_card_is_read_without_torch() -> None:
    """Of this project, in a process of its own: neither torch nor what builds on it is imported."""
    program = (
        "import sys; from rvosbench.cli.app import run; code = run(['baseline', 'list', '--json']);"
        "heavy = {'torch', 'transformers', 'numpy', 'scipy', 'sam2'} & set(sys.modules);"
        "sys.exit(f'{code} {sorted(heavy)}' if code or heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = {card["name"] for card in json.loads(done.stdout)["baselines"]}
    ours = {
        name for name, point in registry.registered(registry.BASELINES).items() if registry.is_ours(point)
    }
    assert names >= ours


@pytest.mark.parametrize("there", [True, False])
def test_it_is_said_if_torch_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, rvosbench: Program, there: bool
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "rvosbench_baselines.list_command.find_spec",
        lambda name: found("json") if there and name == "torch" else None,
    )
    assert ('pip install "rvosbench[baselines]"' in rvosbench("baseline", "list").err) is not there


def test_where_none_is_registered_that_is_said(monkeypatch: pytest.MonkeyPatch, rvosbench: Program) -> None:
    monkeypatch.setattr("rvosbench_baselines.cards.read_cards", lambda: ([], []))
    done = rvosbench("baseline", "list")
    assert done.code == 0
    assert "no baseline is here" in done.out
