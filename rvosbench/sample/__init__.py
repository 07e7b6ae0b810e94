"""A procedural video dataset in every official layout: the fixture of the tests, the data of the demo.

`write(out, recipe, seed)` makes it. Nothing is downloaded; the same recipe and seed give the same masks and
sentences on every machine.
"""

from __future__ import annotations

from rvosbench.sample.contents import RELEASES, Release, releases
from rvosbench.sample.recipe import LARGE, RECIPES, SMALL, TINY, TRAINING, Recipe
from rvosbench.sample.writing import LAYOUTS, SampleReport, write

__all__ = [
    "LARGE",
    "LAYOUTS",
    "RECIPES",
    "RELEASES",
    "SMALL",
    "TINY",
    "TRAINING",
    "Recipe",
    "Release",
    "SampleReport",
    "releases",
    "write",
]
