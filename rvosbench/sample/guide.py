"""The README that lies in the folder of the sample."""

from __future__ import annotations

from collections.abc import Sequence

from rvosbench.sample.recipe import Recipe

_LAYOUTS = {
    "sample": "MeViS in form, with the kind of each sentence and the category of each object",
    "mevis-v1": "train, valid_u and valid; frames in folders; valid without ground truth",
    "mevis-v2": "the file names of the second release; train frames in a tar; sentences without target",
    "ref-youtube-vos": "every fifth frame; valid lists the test videos too; its ground truth lies beside",
    "ref-davis17": "DAVIS-2017 with four text files, two of them in latin-1; three misspelt names",
    "ref-davis17-converted": "the same, as the usual script converts it to the form of Ref-YouTube-VOS",
    "a2d-sentences": "mp4 clips, masks in h5, with the known kinds of dirt",
    "jhmdb-sentences": "PNG frames, puppet masks in mat, a list of the scored frames",
    "long-rvos": "one folder of masks per object; static, dynamic and hybrid sentences",
    "refcoco": "single frames with sentences about looks; polygons in instances.json, sentences in a pickle",
    "refcoco-plus": "the same, without testB",
    "refcocog": "the same, with the splits of UMD",
}

_FILES = {
    "ref-youtube-vos": " --expressions ref-youtube-vos/valid/meta_expressions_with_objects.json",
    "jhmdb-sentences": " --samples jhmdb-sentences/jhmdb_sentences_samples_metadata.json",
}

_TEXT = """\
# rvosbench sample

A referring video object segmentation dataset that a program made: {videos} videos of {width}x{height} pixels
with {frames} frames each, recipe `{recipe}`, seed {seed}. Shapes with faces move, meet, hide, come and go;
every sentence is true of what it means and of nothing else in its video. Masks and sentences are the same on
every machine for the same recipe and seed. Do with it what you like (CC0).

![some videos with their sentences](preview.png)

## What is here

The same videos in the official on-disk layout of each dataset:

{layouts}
{predictions}
`preview.png` and `preview.gif` are for looking at. `sample.json` says how this folder was made.

## Kinds of sentences

| kind | what tells the object |
|---|---|
| appearance | shape, colour, pattern or size |
| position | where it is; shape and colour alone would fit several |
| motion | what it does; shape and colour alone would fit several |
| multi | several objects are meant |
| none | nothing is meant, though the words come close (`sample` and `mevis-v2`) |

## Next

```
{commands}
```
"""

_PREDICTIONS = """
`predictions/<dataset>/<quality>/` holds predictions for the split that is scored where none is named, in the
form that the evaluator of the dataset takes:

| quality | what is predicted |
|---|---|
| perfect | the ground truth |
| shifted | every mask a few pixels to the right and down |
| late | every mask a few frames after its time |
| wrong-object | the first object that is not meant |
| flickering | nothing in every third frame |
| empty | nothing at all |

Ref-DAVIS17 matches labels to objects before it scores: two objects swapped, as in wrong-object, cost nothing.
"""


def readme(recipe: Recipe, seed: int, layouts: Sequence[str], *, predictions: bool) -> str:
    return _TEXT.format(
        videos=recipe.videos,
        width=recipe.width,
        height=recipe.height,
        frames=recipe.frames,
        recipe=recipe.name,
        seed=seed,
        layouts="\n".join(
            ["| folder | |", "|---|---|", *(f"| `{name}` | {_LAYOUTS[name]} |" for name in layouts)]
        ),
        predictions=_PREDICTIONS if predictions else "",
        commands="\n".join(_commands(layouts, predictions=predictions)),
    )


def _commands(layouts: Sequence[str], *, predictions: bool) -> list[str]:
    """Those that convert everything here, and one that scores something of it."""
    lines = [f"rvosbench convert {_dataset(name)} {name}{_FILES.get(name, '')}" for name in layouts]
    first = _dataset(layouts[0])
    if predictions:
        lines.append(f"rvosbench eval predictions/{first}/late --dataset {first} --out late")
    return [*lines, f"rvosbench describe {first}"]


def _dataset(layout: str) -> str:
    return layout.removesuffix("-converted")
