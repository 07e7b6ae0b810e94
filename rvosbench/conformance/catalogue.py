"""All cases, group by group."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rvosbench.conformance.case import Case
from rvosbench.conformance.cases import (
    archives,
    contents,
    encodings,
    forms,
    images,
    label_maps,
    missing,
    names,
    samples,
    sizes,
)
from rvosbench.conformance.material import Material

VERSION = 1
"""Of the pack: raised when a case or an answer changes. Cases are added without raising it."""

GROUPS: dict[str, tuple[str, Callable[[Material], Iterable[Case]]]] = {
    "forms": ("the forms in which predictions come", forms.cases),
    "encodings": ("the same masks in different PNG files", encodings.cases),
    "names": ("names, wrappers, and what lies beside", names.cases),
    "missing": ("what is not there", missing.cases),
    "deletions": ("deleting must never raise the score", missing.deletions),
    "sizes": ("images of another size, mode or kind", sizes.cases),
    "contents": ("what masks show", contents.cases),
    "label-maps": ("proposals, matching and void of Ref-DAVIS17", label_maps.cases),
    "samples": ("scored queries of A2D- and JHMDB-Sentences", samples.cases),
    "archives": ("hostile and damaged zips", archives.cases),
    "images": ("hostile and damaged PNG files", images.cases),
}


def every_case(material: Material) -> list[Case]:
    return [case for _, make in GROUPS.values() for case in make(material)]
