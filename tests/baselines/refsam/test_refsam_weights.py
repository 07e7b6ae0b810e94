"""SAM's public files, the authors' file per part, and whole files; and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from refsam_clips import small_model
from rvosbench_baselines.refsam import build
from rvosbench_baselines.refsam.config import configuration
from rvosbench_baselines.refsam.weights import (
    NEW_PARTS,
    PARTS,
    load_part,
    load_sam,
    model_with_weights,
)
from sam_of_transformers import sam_part
from torch import Tensor

from rvosbench.errors import Code, RvosbenchError, UsageError

VARIANT = "refsam-small"
CONFIG = configuration(VARIANT)


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def sam_file(tmp_path: Path) -> Path:
    """As segment_anything publishes: a bare state dict with SAM's names alone."""
    path = tmp_path / "sam_vit_tiny.pth"
    torch.save(sam_part(small_model(seed=1).state_dict()), path)
    return path


@pytest.fixture
def part_files(tmp_path: Path) -> Path:
    """As the authors' training writes them, beside SAM's file."""
    folder = tmp_path / "trained"
    folder.mkdir()
    trained = small_model(seed=2)
    torch.save(sam_part(small_model(seed=1).state_dict()), folder / "sam_vit_tiny.pth")
    for part, place in PARTS.items():
        torch.save(trained.get_submodule(place).state_dict(), folder / f"{part}_t5-small_last.pth")
    return folder


def test_sams_file_is_loaded_whole_and_the_named_new_parts_stay(sam_file: Path) -> None:
    model = small_model(seed=9)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    load_sam(model, sam_file)
    after = model.state_dict()
    assert equal(sam_part(after), torch.load(sam_file))
    own = after.keys() - sam_part(after).keys()
    assert own
    assert all(torch.equal(after[name], before[name]) for name in own)


@pytest.mark.parametrize(
    "change", ["one is missing", "one is too many", "one has another shape", "an adapter is torn"]
)
def test_sams_file_is_loaded_strictly(sam_file: Path, change: str) -> None:
    state = torch.load(sam_file)
    match change:
        case "one is missing":
            del state["mask_decoder.iou_token.weight"]
        case "one is too many":
            state["mask_decoder.hq_token.weight"] = torch.zeros(1, 32)
        case "one has another shape":
            state["prompt_encoder.no_mask_embed.weight"] = torch.zeros(1, 33)
        case "an adapter is torn":
            state["image_encoder.blocks.3.MLP_Adapter.D_fc1.weight"] = torch.zeros(2, 2)
    torch.save(state, sam_file)
    model = small_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(RvosbenchError) as caught:
        load_sam(model, sam_file)
    assert {problem.code for problem in caught.value.problems} == {Code.WEIGHTS_DO_NOT_FIT}
    assert equal(before, model.state_dict())


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_loaded_from_a_file_of_its_own(part_files: Path, part: str) -> None:
    model = small_model(seed=9)
    (file,) = part_files.glob(f"{part}*")
    load_part(model, part, file)
    assert equal(dict(model.get_submodule(PARTS[part]).state_dict()), torch.load(file))


@pytest.mark.parametrize(("part", "of"), [("resizer", "dense_conv"), ("track_net", "mask_decoder")])
def test_a_part_is_not_loaded_from_the_file_of_another(part_files: Path, part: str, of: str) -> None:
    (file,) = part_files.glob(f"{of}*")
    with pytest.raises(RvosbenchError, match=f"the tensors of {part}|every tensor of {part}"):
        load_part(small_model(), part, file)


def test_a_folder_holds_sam_and_the_parts(part_files: Path) -> None:
    state = model_with_weights(CONFIG, part_files, VARIANT).state_dict()
    trained, sam = small_model(seed=2).state_dict(), small_model(seed=1).state_dict()
    for name, value in state.items():
        of_part = name.startswith((*PARTS.values(), "image_encoder.blocks"))
        if name == "multi_scale_weight":
            assert value.item() == 0.5  # the authors save it nowhere
        else:
            assert torch.equal(value, (trained if of_part else sam)[name]), name


def test_parts_that_sam_has_may_be_left_to_sam(part_files: Path) -> None:
    for part in ("mask_decoder", "image_encoder_blocks"):
        next(part_files.glob(f"{part}*")).unlink()
    state, sam = (
        model_with_weights(CONFIG, part_files, VARIANT).state_dict(),
        small_model(seed=1).state_dict(),
    )
    assert torch.equal(state["mask_decoder.iou_token.weight"], sam["mask_decoder.iou_token.weight"])
    assert not state["image_encoder.blocks.3.Space_Adapter.D_fc2.weight"].any()


def test_a_whole_file_gives_the_whole_model(tmp_path: Path) -> None:
    model = small_model(seed=4)
    torch.save({"model": model.state_dict()}, tmp_path / "refsam.pth")
    assert equal(
        model_with_weights(CONFIG, tmp_path / "refsam.pth", VARIANT).state_dict(), model.state_dict()
    )


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_the_depth_of_the_cross_modal_mlp_is_told_by_the_file(tmp_path: Path, layers: int) -> None:
    from dataclasses import replace

    from rvosbench_baselines.refsam.model import RefSam

    model = RefSam(replace(CONFIG, resizer_layers=layers))
    torch.save(model.state_dict(), tmp_path / "refsam.pth")
    loaded = model_with_weights(CONFIG, tmp_path / "refsam.pth", VARIANT)
    assert equal(loaded.state_dict(), model.state_dict())


def test_sam_alone_is_refused_since_nothing_sensible_would_come_out(sam_file: Path) -> None:
    with pytest.raises(RvosbenchError, match="no tensor of resizer, dense_conv, track_net") as caught:
        model_with_weights(CONFIG, sam_file, VARIANT)
    assert "nobody has published these parts" in caught.value.problems[0].fix


def test_all_files_that_a_folder_lacks_or_has_twice_are_named(part_files: Path) -> None:
    next(part_files.glob("track_net*")).unlink()
    next(part_files.glob("sam_vit*")).unlink()
    (part_files / "resizer_t5-small_3.pth").write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        model_with_weights(CONFIG, part_files, VARIANT)
    told = [example for problem in caught.value.problems for example in problem.examples]
    assert sorted(told) == [
        f"{part_files}/resizer*: resizer_t5-small_3.pth and resizer_t5-small_last.pth",
        f"{part_files}/sam_vit*: none",
        f"{part_files}/track_net*: none",
    ]


def test_another_size_of_sam_is_told_by_the_variant_that_it_fits(tmp_path: Path) -> None:
    name = "image_encoder.patch_embed.proj.weight"
    torch.save({name: torch.zeros(1024, 3, 16, 16)}, tmp_path / "sam_vit_l_0b3195.pth")
    with pytest.raises(RvosbenchError) as caught:
        load_sam(small_model(), tmp_path / "sam_vit_l_0b3195.pth")
    (problem,) = caught.value.problems
    assert "one that is 1024 wide" in problem.found
    assert "--variant refsam-l" in problem.fix


def test_the_new_parts_are_all_that_sam_lacks() -> None:
    import re

    state = build("refsam-small").state_dict()
    new = {name for name in state if any(re.fullmatch(pattern, name) for pattern in NEW_PARTS)}
    assert new == state.keys() - sam_part(dict(state)).keys()
