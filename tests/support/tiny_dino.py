"""GroundingDINO of transformers, tiny and with made-up weights, in a folder as its page has it."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, GroundingDinoConfig, GroundingDinoForObjectDetection

WORDS = ("a", "red", "ball", "that", "roll", "##s", "square")
SPECIAL = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, ".": 1012, "?": 1029}  # as BERT numbers them


def write(folder: Path) -> Path:
    torch.manual_seed(0)
    model = GroundingDinoForObjectDetection(
        GroundingDinoConfig(
            backbone_config={
                "model_type": "swin",
                "embed_dim": 8,
                "depths": [1, 1, 1, 1],
                "num_heads": [1, 1, 2, 2],
                "window_size": 4,
                "out_features": ["stage2", "stage3", "stage4"],
            },
            text_config=BertConfig(
                vocab_size=1100,
                hidden_size=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                intermediate_size=16,
            ),
            d_model=32,
            encoder_layers=1,
            encoder_ffn_dim=16,
            encoder_attention_heads=2,
            decoder_layers=2,
            decoder_ffn_dim=16,
            decoder_attention_heads=2,
            num_queries=12,
            num_feature_levels=4,
            disable_custom_kernels=True,
        )
    )
    model.save_pretrained(folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def tokenizer() -> Tokenizer:
    words = {word: 1030 + place for place, word in enumerate(WORDS)}
    fillers = {f"[unused{number}]": number for number in range(1, 100)}
    made = Tokenizer(models.WordPiece({**SPECIAL, **words, **fillers}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 101), ("[SEP]", 102)]
    )
    return made
