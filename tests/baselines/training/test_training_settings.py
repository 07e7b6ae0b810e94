"""Settings come from a file and are checked as a whole; what comes along is complete."""

from __future__ import annotations

from pathlib import Path

import pytest
from rvosbench_baselines.sizes import with_sizes
from rvosbench_baselines.soc.config import configuration
from rvosbench_baselines.training import recipe
from rvosbench_baselines.training.recipes.soc import SocSettings
from rvosbench_baselines.training.settings import read_settings, shipped

from rvosbench.errors import Code, UsageError


def test_each_baseline_has_the_file_of_its_released_configuration() -> None:
    assert set(recipe.RECIPES) <= set(shipped())
    found = {name: read_settings(recipe.find(name).KIND, name) for name in recipe.RECIPES}
    assert (found["soc"].rate, found["soc"].length, found["soc"].drops) == (1e-4, 30, (20,))
    assert (found["ssa"].rate, found["ssa"].length, found["ssa"].drops) == (5e-5, 75000, (55000, 70000))
    assert (found["sola"].rate, found["sola"].length, found["sola"].patience) == (5e-6, 15, 5)
    assert {one.seed for one in found.values()} == {42}


def test_the_losses_of_soc_weigh_as_in_the_released_file_and_not_as_in_the_paper() -> None:
    settings = read_settings(SocSettings, "soc")
    assert (settings.focal_weight, settings.dice_weight) == (2.0, 5.0)


def test_what_is_set_wins_over_the_file() -> None:
    given = ["rate=3e-5", "mirror=false", "drops=[1, 2]", "variant=soc-small", "model.queries=7"]
    settings = read_settings(SocSettings, "soc", given)
    assert (settings.rate, settings.mirror, settings.drops, settings.variant) == (
        3e-5,
        False,
        (1, 2),
        "soc-small",
    )
    assert with_sizes(configuration("soc-small"), settings.model).queries == 7


def test_a_file_of_ones_own_is_taken(tmp_path: Path) -> None:
    from rvosbench_baselines.training.settings import config_file

    path = tmp_path / "mine.toml"
    path.write_text(config_file("soc").read_text().replace("seed = 42", "seed = 7"))
    assert read_settings(SocSettings, str(path)).seed == 7


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('variant = "soc-t"\nrate = "fast"\nbatch = 0\nprecision = "fp8"\nlearning = 1\n')
    with pytest.raises(UsageError) as caught:
        read_settings(SocSettings, str(path), ["drops=1", "nothing"])
    problems = {problem.path.rpartition(": ")[2]: problem for problem in caught.value.problems}
    assert {problem.code for problem in problems.values()} == {Code.BAD_SETTING}
    assert problems["rate"].expected == "a number"
    assert problems["batch"].expected == "at least 1"
    assert problems["precision"].expected == "fp32 or bf16 or fp16"
    assert problems["drops"].expected == "a list, each a whole number"
    assert problems["learning"].found == "no such setting"
    assert problems["nothing"].expected.startswith("KEY=VALUE")
    assert any(problem.expected == "a value for every setting" for problem in problems.values())


@pytest.mark.parametrize(("value", "expected"), [("queries=1.5", "a whole number"), ("swin=1", "one of")])
def test_sizes_that_the_model_does_not_have_are_refused(value: str, expected: str) -> None:
    settings = read_settings(SocSettings, "soc", [f"model.{value}"])
    with pytest.raises(UsageError, match=expected):
        with_sizes(configuration("soc-t"), settings.model)


@pytest.mark.parametrize("content", [None, "rate = = 1", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | bytes | None) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError, match="RVB210"):
        read_settings(SocSettings, str(path))


def test_sizes_of_a_part_are_named_by_part_and_size() -> None:
    settings = read_settings(SocSettings, "soc", ["model.swin.width=48", "model.text.depth=1"])
    config, before = with_sizes(configuration("soc-t"), settings.model), configuration("soc-t")
    assert (config.swin.width, config.text.depth) == (48, 1)
    assert (config.swin.depths, config.text.width) == (before.swin.depths, before.text.width)
    for wrong in ("model.swin.breadth=1", "model.width.more=1", "model.swin.width=wide"):
        with pytest.raises(UsageError, match="RVB210"):
            with_sizes(configuration("soc-t"), read_settings(SocSettings, "soc", [wrong]).model)
