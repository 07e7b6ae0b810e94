"""JHMDB-Sentences: three frames of each video, drawn at random once by whoever published a list of them.
Several lists circulate and give different figures, so none is assumed; the checksum of the list goes into
the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem
from rvosbench.protocols.a2d import HEADLINE
from rvosbench.protocols.base import ProtocolInfo
from rvosbench.protocols.samples import SampleProtocol

if TYPE_CHECKING:
    from rvosbench.splits.split import Split


class Jhmdb(SampleProtocol):
    info = ProtocolInfo(
        name="jhmdb",
        title="JHMDB-Sentences: P@K, IoU and mAP over the frames of the --samples list",
        datasets=frozenset({"jhmdb-sentences"}),
        kinds=frozenset({"queries", "masks"}),
        missing_allowed=False,
        headline=HEADLINE,
        citation="Gavrilyuk et al., Actor and Action Video Segmentation from a Sentence, CVPR 2018; as in "
        "Botach et al., End-to-End Referring Video Object Segmentation with Multimodal Transformers, "
        "CVPR 2022",
    )
    names_expressions = False

    def obstacle(self, split: Split) -> Problem | None:
        if split.manifest.notes.get("samples"):
            return None
        about = split.manifest
        return Problem(
            Code.NO_SAMPLES,
            path=f"{about.dataset}:{about.split}",
            expected="a split that was converted with --samples FILE, the list of the frames that are scored",
            found="it was converted without one, so no frame is chosen",
            fix=f"rvosbench convert {about.dataset} RELEASE_FOLDER --samples FILE",
        )


JHMDB = Jhmdb()
