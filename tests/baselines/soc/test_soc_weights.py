"""The authors' files load as they are, and what does not fit is said."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from rvosbench_baselines.soc import build
from rvosbench_baselines.soc.card import SOC
from rvosbench_baselines.soc.config import VARIANTS
from rvosbench_baselines.soc.weights import RULES, generated_model, recognise, recognise_file, released_model
from torch import Tensor

from rvosbench.errors import Code, RvosbenchError

LIKE = "soc-small"


def state(num_classes: int = 1) -> dict[str, Tensor]:
    torch.manual_seed(4)
    return build(LIKE, num_classes=num_classes).state_dict()


def saved(folder: Path, content: dict[str, Tensor]) -> Path:
    """As the authors' training program saves it."""
    path = folder / "19.pth.tar"
    torch.save(
        {
            "epoch": 19,
            "iteration": 3,
            "model_state_dict": content,
            "optimizer_state_dict": {"state": {}, "param_groups": [{"lr": 1e-4}]},
        },
        path,
    )
    return path


@pytest.mark.parametrize("classes", [1, 65])
def test_the_number_of_classes_is_that_of_the_file(tmp_path: Path, classes: int) -> None:
    content = state(classes)
    model = released_model(saved(tmp_path, content), LIKE)
    assert model.config.num_classes == classes
    assert all(torch.equal(value, content[key]) for key, value in model.state_dict().items())


def test_what_old_libraries_and_profilers_left_in_a_file_is_passed_over(tmp_path: Path) -> None:
    content = state()
    stale = {
        "text_encoder.embeddings.position_ids": torch.arange(66)[None],
        "total_ops": torch.zeros(1),
        "backbone.0.body.patch_embed.total_params": torch.zeros(1),
    }
    assert released_model(saved(tmp_path, content | stale), LIKE).config.num_classes == 1


def test_box_heads_are_one_set_under_two_names(tmp_path: Path) -> None:
    content = state()
    doubled = [key for key in content if key.startswith("transformer.decoder.bbox_embed.")]
    assert len(doubled) == 6 * VARIANTS[LIKE].decoder_depth
    model = released_model(
        saved(tmp_path, {key: content[key] for key in content if key not in doubled}), LIKE
    )
    assert model.transformer.decoder.bbox_embed is model.bbox_embed
    content[doubled[0]] = content[doubled[0]] + 1
    with pytest.raises(RvosbenchError) as caught:
        released_model(saved(tmp_path, content), LIKE)
    assert doubled[0] in caught.value.problems[0].examples[0]


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_a_variant_is_known_by_its_backbone(variant: str) -> None:
    with torch.device("meta"):
        assert recognise(build(variant).state_dict()) == variant


def test_a_file_tells_its_variant(tmp_path: Path) -> None:
    assert recognise_file(saved(tmp_path, state())) == LIKE
    assert recognise({"voc.decoder_norm.bias": torch.zeros(1)}) is None


def test_weights_of_another_variant_are_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(RvosbenchError) as caught:
        released_model(saved(tmp_path, state()), "soc-t")
    problem = caught.value.problems[0]
    assert problem.code is Code.WEIGHTS_DO_NOT_FIT
    assert "soc-small" in problem.found
    assert "--variant soc-small" in problem.fix


def test_the_file_of_another_model_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"object_lang_align_layers.0.norm.0.bias": torch.zeros(8)})
    with pytest.raises(RvosbenchError) as caught:
        released_model(path, LIKE)
    assert all("SOLA" in problem.found for problem in caught.value.problems)


def test_made_up_weights_depend_on_the_seed_alone() -> None:
    one, same, other = (generated_model(LIKE, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["query_embed.weight"], other["query_embed.weight"])


def test_the_card_counts_what_the_models_have() -> None:
    for variant in SOC.variants:
        with torch.device("meta"):
            weights = list(build(variant.name).parameters())
        assert sum(weight.numel() for weight in weights) == variant.parameters
        assert sum(weight.numel() for weight in weights if weight.requires_grad) == variant.trainable


def test_the_card_names_released_files_of_variants_that_there_are() -> None:
    names = [variant.name for variant in SOC.variants]
    assert names == list(VARIANTS)
    assert {file.variant for file in SOC.released} <= set(names)
    assert {score.weights for score in SOC.expected} <= {file.name for file in SOC.released}
    assert RULES.copies == {"transformer.decoder.bbox_embed.": "bbox_embed."}
