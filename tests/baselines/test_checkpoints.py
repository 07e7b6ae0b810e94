"""Released files load as they are, and the message about one that does not fit is exact."""

from __future__ import annotations

import argparse
import collections
import os
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from rvosbench_baselines.checkpoints import StateRules, fit, generate, read_state
from torch import nn

from rvosbench.errors import Code, RvosbenchError, UsageError


class Twice(nn.Module):
    """One layer under two names, as in decoders that refine boxes."""

    def __init__(self, width: int = 3) -> None:
        super().__init__()
        self.head = nn.Linear(width, 2)
        self.decoder = nn.Module()
        self.decoder.head = self.head
        self.norm = nn.LayerNorm(2)
        self.register_buffer("weights_of_loss", torch.ones(2))


RULES = StateRules(
    ignored=(r".*total_(params|ops)", r"text\.position_ids"),
    may_lack=("weights_of_loss",),
    copies={"decoder.head.": "head."},
    fix="take the right file",
)


@pytest.fixture
def source() -> Twice:
    model = Twice()
    generate(model, 1)
    return model


def equal(one: nn.Module, other: nn.Module) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[key]) for key, value in one.state_dict().items())


@pytest.mark.parametrize("wrapper", [None, "model_state_dict", "model", "state_dict"])
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("parallel", [True, False])
def test_a_file_loads_however_the_training_program_wrapped_it(
    tmp_path: Path, source: Twice, wrapper: str | None, zipped: bool, parallel: bool
) -> None:
    state = {("module." if parallel else "") + key: value for key, value in source.state_dict().items()}
    path = tmp_path / "file.pth.tar"
    content = state if wrapper is None else {wrapper: state, "epoch": 3, "optimizer_state_dict": {"lr": 0.1}}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    model = Twice()
    fit(model, read_state(path), RULES, source=path, what="twice")
    assert equal(model, source)


def test_safetensors_are_read(tmp_path: Path, source: Twice) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "file.safetensors"
    save_file({key: value.clone() for key, value in source.state_dict().items()}, path)
    model = Twice()
    fit(model, read_state(path), RULES, source=path, what="twice")
    assert equal(model, source)


def test_stale_keys_are_passed_over_and_constants_and_copies_may_lack(tmp_path: Path, source: Twice) -> None:
    state = source.state_dict()
    for key in [key for key in state if key.startswith("decoder.")] + ["weights_of_loss"]:
        del state[key]
    state |= {"norm.total_ops": torch.zeros(1), "text.position_ids": torch.zeros(1, 514)}
    model = Twice()
    fit(model, state, RULES, source=tmp_path, what="twice")
    assert equal(model, source)


class Trap:
    """Leaves a trace when it is unpickled by a reader that executes what files say."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.trace),)


def test_nothing_in_a_file_is_executed(tmp_path: Path, source: Twice) -> None:
    trace, path = tmp_path / "trace", tmp_path / "file.pth"
    torch.save({"model": source.state_dict(), "more": Trap(trace)}, path)
    with pytest.raises(RvosbenchError):  # modules of the system are refused outright
        read_state(path)
    assert not trace.exists()


def test_what_else_a_training_program_pickled_does_not_keep_its_weights_from_loading(
    tmp_path: Path, source: Twice
) -> None:
    path = tmp_path / "file.pth"
    torch.save({"model": source.state_dict(), "args": argparse.Namespace(lr=1, names=["a"])}, path)
    assert sorted(read_state(path)) == sorted(source.state_dict())


def misfit(state: dict[str, torch.Tensor]) -> RvosbenchError:
    model = Twice()
    generate(model, 9)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(RvosbenchError) as caught:
        fit(model, state, RULES, source=Path("their.pth"), what="twice")
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    return caught.value


def test_what_is_missing_too_much_and_of_another_shape_is_said_at_once_and_nothing_is_loaded(
    source: Twice,
) -> None:
    state = OrderedDict(source.state_dict())
    del state["norm.bias"]
    state["norm.scale"] = torch.ones(2)
    state["norm.weight"] = torch.ones(5)
    error = misfit(state)
    assert [problem.code for problem in error.problems] == [Code.WEIGHTS_DO_NOT_FIT] * 3
    assert [problem.examples for problem in error.problems] == [
        ("norm.bias",),
        ("norm.scale",),
        ("norm.weight: [5] for [2]",),
    ]
    assert {problem.path for problem in error.problems} == {"their.pth"}
    assert {problem.fix for problem in error.problems} == {"take the right file"}


def test_up_to_ten_are_named_and_all_are_counted(source: Twice) -> None:
    error = misfit(source.state_dict() | {f"extra.{i:02d}": torch.zeros(1) for i in range(40)})
    assert error.problems[0].count == 40
    assert len(error.problems[0].examples) == 10


def test_copies_that_contradict_each_other_are_refused(source: Twice) -> None:
    state = source.state_dict()
    state["decoder.head.weight"] = state["head.weight"] + 1
    error = misfit(state)
    assert "decoder.head.weight: not equal to head.weight" in error.problems[0].examples


def test_a_file_of_another_model_is_recognised(source: Twice) -> None:
    error = misfit({"object_lang_align_layers.0.x": torch.zeros(1)})
    assert all("this looks like SOLA" in problem.found for problem in error.problems)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE html><html>Sign in</html>", "a web page"),
        (b"hello\n", "a file of another kind"),
        (b"PK\x03\x04 and then nothing", "zip archive"),
        (b"", ""),
        (b"\x80\x02garbage", ""),
    ],
)
def test_a_file_that_is_no_file_of_weights_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "file.pth"
    path.write_bytes(content)
    with pytest.raises(RvosbenchError) as caught:
        read_state(path)
    problem = caught.value.problems[0]
    assert (problem.code, problem.path) == (Code.WEIGHTS_UNREADABLE, str(path))
    assert told in problem.found
    assert problem.found


@pytest.mark.parametrize("content", [{}, {"model": {"a": 1}}, [torch.zeros(1)], 7])
def test_a_file_without_weights_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "file.pth"
    torch.save(content, path)
    with pytest.raises(RvosbenchError) as caught:
        read_state(path)
    assert caught.value.problems[0].code is Code.WEIGHTS_UNREADABLE


def test_a_path_that_leads_nowhere_is_a_mistake_of_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pth", tmp_path):
        with pytest.raises(UsageError) as caught:
            read_state(path)
        assert caught.value.problems[0].code is Code.MISSING_FILE


def test_generated_weights_depend_on_the_seed_alone() -> None:
    one, same, other = Twice(), Twice(), Twice()
    generate(one, 5)
    generate(same, 5)
    generate(other, 6)
    assert equal(one, same)
    assert not equal(one, other)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old form"])
def test_what_a_training_program_pickled_beside_the_weights_is_passed_over(
    zipped: bool, tmp_path: Path
) -> None:
    path = tmp_path / "epoch_9.pth"
    content = {"model": {"a": torch.ones(2)}, "args": argparse.Namespace(lr=0.1)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    assert list(read_state(path)) == ["a"]


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old form"])
def test_an_object_that_cannot_be_passed_over_is_named(zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "epoch_9.pth"
    content = {"model": {"a": torch.ones(2)}, "meters": collections.defaultdict(int, {"loss": 1})}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(RvosbenchError) as refused:
        read_state(path)
    (problem,) = refused.value.problems
    assert "an object of int" in problem.found
    assert "save its state dict alone" in problem.fix


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    state = model.state_dict() | {"bias": torch.tensor([0.0, float("nan")])}
    with pytest.raises(RvosbenchError, match="bias: not a number, or infinite"):
        fit(model, state, StateRules(), source=tmp_path / "x.pth", what="linear")
