"""With adapters silent and no track token, what remains is SAM: transformers' SamModel, to 1e-5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import torch
from rvosbench_baselines.refsam.config import configuration
from rvosbench_baselines.refsam.model import RefSam, SeenFrame
from sam_of_transformers import randomise, sam_part, sam_with_weights_of, silence_adapters, their_name
from torch import Tensor
from transformers import SamModel

TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Pair:
    """Both models, and what their image encoders make of one picture (computed once: it takes most time)."""

    ours: RefSam
    sam: SamModel
    seen: SeenFrame
    embedding: Tensor
    their_embedding: Tensor
    their_blocks: tuple[Tensor, ...]


def pair(variant: str) -> Pair:
    config = configuration(variant)
    torch.manual_seed(1)
    ours = RefSam(config).eval()
    randomise(ours, seed=2)
    silence_adapters(ours)
    side = config.vit.image
    pixels = torch.randn(1, 3, side, side)
    sam = sam_with_weights_of(ours, config)
    theirs = sam.vision_encoder(pixels, output_hidden_states=True)
    embeddings: list[Tensor] = []
    hook = ours.image_encoder.register_forward_hook(lambda *call: embeddings.append(call[-1][0]))
    seen = ours.see(pixels)
    hook.remove()
    return Pair(ours, sam, seen, embeddings[0], theirs.last_hidden_state, tuple(theirs.hidden_states[1:]))


@pytest.fixture(scope="module", params=["refsam-small", pytest.param("refsam-b", marks=pytest.mark.full)])
def both(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with torch.no_grad():
        yield pair(request.param)


def agree(name: str, ours: Tensor, theirs: Tensor) -> None:
    difference, largest = float((ours - theirs).abs().max()), float(theirs.abs().max())
    print(f"{name}: largest difference {difference:.2e} of values up to {largest:.2f}")
    assert ours.shape == theirs.shape
    assert difference <= TOLERANCE


@torch.no_grad()
def test_the_image_encoder_is_sams(both: Pair) -> None:
    agree("image embedding", both.embedding, both.their_embedding)


@dataclass(frozen=True, slots=True)
class Prompt:
    points: int = 0
    box: bool = False
    mask: bool = False


PROMPTS = [
    Prompt(points=1),
    Prompt(points=7),
    Prompt(points=40),
    Prompt(box=True),
    Prompt(points=3, box=True),
    Prompt(points=2, mask=True),
    Prompt(points=5, box=True, mask=True),
]


@pytest.mark.parametrize("several", [1, 3])
@pytest.mark.parametrize("prompt", PROMPTS, ids=str)
@torch.no_grad()
def test_prompted_by_points_boxes_and_masks_the_masks_are_sams(
    both: Pair, prompt: Prompt, several: int
) -> None:
    ours, sam, config = both.ours, both.sam, both.ours.config
    side, grid = config.vit.image, config.vit.grid
    generator = torch.Generator().manual_seed(prompt.points)
    points = torch.rand(several, prompt.points, 2, generator=generator) * side
    labels = torch.randint(0, 2, (several, prompt.points), generator=generator)
    boxes = torch.rand(several, 4, generator=generator) * side
    mask = torch.randn(1, 1, 4 * grid, 4 * grid, generator=generator)

    image = both.embedding
    theirs = sam(
        image_embeddings=image,
        input_points=points[None] if prompt.points else None,
        input_labels=labels[None] if prompt.points else None,
        input_boxes=boxes[None] if prompt.box else None,
        input_masks=mask if prompt.mask else None,
        multimask_output=True,
    )

    sparse = []
    if prompt.points:
        if not prompt.box:  # SAM then adds a point that is none
            points = torch.cat((points, torch.full((several, 1, 2), -0.5)), dim=1)
            labels = torch.cat((labels, torch.full((several, 1), -1)), dim=1)
        sparse.append(ours.prompt_encoder.points(points, labels))
    if prompt.box:
        sparse.append(ours.prompt_encoder.boxes(boxes))
    dense = ours.prompt_encoder.masks(mask) if prompt.mask else ours.prompt_encoder.no_mask()
    decoded = ours.mask_decoder(image, ours.prompt_encoder.position_code(), torch.cat(sparse, dim=1), dense)

    agree(f"masks, {prompt}", decoded.logits[:, 1:], theirs.pred_masks[0])
    agree(f"quality, {prompt}", decoded.quality[:, 1:], theirs.iou_scores[0])


@pytest.mark.parametrize("count", [1, 2, 9, 77])
@torch.no_grad()
def test_prompted_by_words_the_mask_is_what_sams_decoder_makes_of_the_same_prompts(
    both: Pair, count: int
) -> None:
    """The prompts are worked out here once more, pixel by pixel in another way."""
    ours, sam = both.ours, both.sam
    text = torch.randn(1, count, ours.config.text_width, generator=torch.Generator().manual_seed(count))
    words = unit(ours.resizer(text))
    everything = torch.cat((words, unit(ours.resizer(text.mean(dim=1, keepdim=True)))), dim=1)[0]

    after = [both.their_blocks[index] for index in ours.config.vit.global_blocks[:-1]]
    last = unit(both.their_embedding.movedim(1, -1))
    directions = [unit(sam.vision_encoder.neck(one).movedim(1, -1)) for one in after]
    earlier = unit(torch.stack(directions).sum(dim=0))

    kernel, bias = ours.dense_conv.parameters()

    def fused(image: Tensor) -> Tensor:
        weights = (image @ everything.T / everything.shape[-1] ** 0.5).softmax(dim=-1)
        pair = torch.cat((image, weights @ everything), dim=-1)
        return pair @ kernel[:, :, 0, 0].T + bias

    share = float(ours.multi_scale_weight)
    dense = share * fused(last) + (1 - share) * fused(earlier)
    masks, quality = sam.mask_decoder(
        image_embeddings=last.movedim(-1, 1),
        image_positional_embeddings=ours.prompt_encoder.position_code(),
        sparse_prompt_embeddings=words[:, None],
        dense_prompt_embeddings=dense.movedim(-1, 1),
        multimask_output=False,
    )

    mask = ours.segment(both.seen, ours.read(text))
    agree(f"mask, {count} words", mask.logits, masks[0])
    agree(f"quality, {count} words", mask.quality, quality[0])


def unit(x: Tensor) -> Tensor:
    return x / x.square().sum(dim=-1, keepdim=True).sqrt()


@pytest.mark.parametrize("variant", ["refsam-small", "refsam-b"])
def test_names_and_shapes_are_sams_but_for_the_named_parts(variant: str) -> None:
    with torch.device("meta"):
        ours = RefSam(configuration(variant))
    names = list(sam_part(ours.state_dict()))
    assert len({their_name(name) for name in names}) == len(names)
    if variant == "refsam-b":
        assert len(names) == 314  # of sam_vit_b_01ec64.pth
