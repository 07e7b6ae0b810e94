"""The words of the made-up dataset, for tokenizers of reduced variants. Predictors have them from here, since
they see nothing of how that dataset is made."""

from __future__ import annotations

_WORDS = (
    "a again and another around at away back before behind big blue bottom circle circles come comes "
    "coming cross crosses do does dotted down downwards drifting enter enters first five floating "
    "flower flowers four from go goes going green heading heart hearts hexagon hexagons hides hop "
    "hopping hops in into is it leave leaves left move moves moving not off on one orange out passing "
    "pink plain purple red right rises scene sets seven shape shapes sinks six small spin spinning "
    "spins spot square squares standing stands star stars stays still stop stops striped that the then "
    "they three to top triangle triangles turn turns two up upwards view wait waits where white yellow"
)
SAMPLE_WORDS = tuple(_WORDS.split())
