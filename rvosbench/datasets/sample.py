"""What `rvosbench sample` writes: MeViS in form, plus kinds of sentences and categories of objects."""

from __future__ import annotations

from rvosbench.datasets.base import DatasetInfo
from rvosbench.datasets.mevis import Mevis

LAYOUT = """\
OUT/sample/{train,valid}/JPEGImages/<video>/<frame>.jpg
                         meta_expressions.json
                         mask_dict.json
"""

PREDICTIONS = """\
<video>/<expression>/<frame>.png    8-bit gray, 0 and 255, of the size of the video
One file for every frame of every expression, also of those without a target.
"""

SAMPLE_INFO = DatasetInfo(
    id="sample",
    title="rvosbench sample: moving shapes, made by a program",
    splits=("train", "valid"),
    default_split="valid",
    licence="CC0-1.0",
    citation="",
    homepage="",
    layout=LAYOUT,
    predictions=PREDICTIONS,
)

SAMPLE = Mevis(SAMPLE_INFO, hidden=frozenset())
