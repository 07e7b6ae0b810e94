"""Boxes for sentences, from GroundingDINO as transformers has it, in a local folder; and SAM 2's masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench.masks import rle
from rvosbench_baselines.tracks.candidates import Candidate, Mask
from rvosbench_baselines.tracks.mask_quality import stability
from rvosbench_baselines.tracks.sam2_model import Embedding, Sam2
from rvosbench_baselines.tracks.settings import Settings

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILES = ("config.json", "model.safetensors", "tokenizer.json")
HUB = "IDEA-Research/grounding-dino-tiny"
_SHORT, _LONG = 800, 1333  # sides of the picture it looks at
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SPECIAL = {"[CLS]", "[SEP]", "[PAD]"}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Boxes [N, 4] as left, top, right, bottom from 0 to 1, and the words that each was found for."""

    boxes: Tensor
    phrases: tuple[str, ...]


class GroundingDino:
    def __init__(self, model: Any, tokenizer: Tokenizer, device: str) -> None:
        self.device = torch.device(device)
        self._model = model.to(self.device).eval()
        backbone = self._model.model.backbone
        backbone.conv_encoder = _OncePerPicture(backbone.conv_encoder)
        self._tokenizer = tokenizer

    def find(
        self, picture: NDArray[np.uint8], sentences: Sequence[str], settings: Settings
    ) -> Iterator[Found]:
        """What each sentence may mean in this picture, whose backbone runs once for all of them."""
        pixels = _prepared(picture).to(self.device)
        for sentence in sentences:
            yield self._find(pixels, sentence, settings)

    @torch.inference_mode()
    def _find(self, pixels: Tensor, sentence: str, settings: Settings) -> Found:
        encoding = self._tokenizer.encode(as_caption(sentence))
        ids = torch.tensor([encoding.ids], device=self.device)
        out = self._model(
            pixel_values=pixels,
            input_ids=ids,
            token_type_ids=torch.zeros_like(ids),
            attention_mask=torch.ones_like(ids),
        )
        share = out.logits[0].sigmoid()  # [queries, places of words]
        good = share.amax(1) > settings.box_threshold
        centre, extent = out.pred_boxes[0][good].float().cpu().split(2, dim=1)
        words = [
            [word for word, use in zip(encoding.tokens, row, strict=False) if use and word not in _SPECIAL]
            for row in (share[good] > settings.text_threshold).tolist()
        ]
        return Found(torch.cat((centre - extent / 2, centre + extent / 2), dim=1), tuple(map(_phrase, words)))


def candidates(
    dino: GroundingDino,
    sam2: Sam2,
    frame: int,
    picture: NDArray[np.uint8],
    sentences: Sequence[tuple[str, str]],
    settings: Settings,
) -> Iterator[Candidate]:
    """Masks in one picture for (expression, text) pairs: one for each box, if it is stable enough."""
    texts = [text for _, text in sentences]
    embedding = None
    for (expression, _), found in zip(sentences, dino.find(picture, texts, settings), strict=True):
        if len(found.boxes):
            with torch.inference_mode(), sam2.precision():
                embedding = embedding or sam2.embed(picture)
                drawn = list(_drawn(sam2, embedding, found.boxes))
            for (mask, steady), phrase in zip(drawn, found.phrases, strict=True):
                if steady >= settings.stability and mask.any():
                    yield Candidate(frame, rle.encode(mask), int(mask.sum()), steady, expression, phrase)


def _drawn(sam2: Sam2, embedding: Embedding, boxes: Tensor) -> Iterator[tuple[Mask, float]]:
    """The mask in each box, and how stable its logits are, before they are enlarged."""
    logits = sam2.masks_in_boxes(embedding, boxes)[0][:, 0].float()
    for one, steady in zip(logits, stability(logits).tolist(), strict=True):
        yield (sam2.full_size(one[None], embedding.size)[0] > 0).cpu().numpy(), steady


def as_caption(sentence: str) -> str:
    """In the form that GroundingDINO was trained on."""
    text = sentence.lower().strip()
    return text if text.endswith(".") else text + "."


def load(folder: Path | None, device: str) -> GroundingDino:
    place = _require(folder)
    from tokenizers import Tokenizer
    from transformers import GroundingDinoForObjectDetection

    try:
        model = GroundingDinoForObjectDetection.from_pretrained(place, local_files_only=True, dtype="float32")
        tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
    except Exception as error:  # whatever transformers, tokenizers and safetensors think of the files
        raise RvosbenchError(
            Problem(
                Code.UNREADABLE_FILE,
                str(place),
                expected=f"the files of {HUB}",
                found=str(error).strip().split("\n", 1)[0],
                fix="download them again",
            )
        ) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return GroundingDino(model, tokenizer, device)


class _OncePerPicture(nn.Module):
    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self._last: tuple[Tensor, Any] | None = None

    def forward(self, pixels: Tensor, mask: Tensor) -> Any:
        if self._last is None or self._last[0] is not pixels:
            self._last = (pixels, self.encoder(pixels, mask))
        return self._last[1]


def _prepared(picture: NDArray[np.uint8]) -> Tensor:
    """[1, 3, h, w]: short side 800, unless the long one would exceed 1333."""
    height, width = picture.shape[:2]
    short, long = sorted((height, width))
    scale = min(_SHORT / short, _LONG / long)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    resized = np.array(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR), np.float32) / 255
    values = (resized - np.array(_MEAN, np.float32)) / np.array(_STD, np.float32)
    return torch.from_numpy(values.transpose(2, 0, 1)[None].copy())


def _phrase(words: list[str]) -> str:
    """BERT's pieces of words, joined."""
    return " ".join(words).replace(" ##", "").replace(" .", "").strip(". ")


def _require(folder: Path | None) -> Path:
    lacking = list(FILES) if folder is None else [name for name in FILES if not (folder / name).is_file()]
    if folder is not None and not lacking:
        return folder
    raise UsageError(
        Problem(
            Code.MISSING_FILE,
            "--gdino" if folder is None else str(folder),
            expected=f"a folder with GroundingDINO: {', '.join(FILES)}",
            found="the option is not given" if folder is None else f"no {lacking[0]}",
            fix=f"download these files of {HUB} (page `Files` of that model on the Hugging Face hub) into a "
            "folder and give --gdino FOLDER",
            count=len(lacking),
            examples=tuple(lacking),
        )
    )
