"""From what the user asks for to tracks in a folder: everything is checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, PartNotInstalled, ProblemLog, UsageError
from rvosbench.progress import Progress, Silent
from rvosbench.splits.locate import locate, require
from rvosbench.splits.split import open_folder
from rvosbench_baselines.asked import chosen_videos, torch_device
from rvosbench_baselines.inference.blind import open_blind
from rvosbench_baselines.inference.record import sha256_of
from rvosbench_baselines.tracks.settings import DEFAULTS, Prompts

if TYPE_CHECKING:
    from rvosbench.evaluate.plan import Shard
    from rvosbench_baselines.tracks.folder import TracksFolder
    from rvosbench_baselines.tracks.run import Models, Outcome


@dataclass(frozen=True, slots=True)
class Request:
    """One `rvosbench baseline tracks`. What is None has the default of its kind of prompts."""

    dataset: str
    sam2: Path
    out: Path
    prompts: Prompts = Prompts.GRID
    sam2_config: str = "sam2_hiera_l"
    gdino: Path | None = None
    data: Path | None = None
    device: str | None = None
    every: int | None = None
    points: int | None = None
    predicted_iou: float | None = None
    stability: float | None = None
    max_tracks: int | None = None
    shard: Shard | None = None
    videos: Sequence[str] = ()
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True, slots=True)
class Launched:
    folder: TracksFolder
    outcome: Outcome
    device: str


def launch(request: Request) -> Launched:
    _check_options(request)
    device = _device(request.device)
    if request.prompts is Prompts.GDINO and find_spec("transformers") is None:
        raise PartNotInstalled("GroundingDINO", "baselines")
    located = locate(request.dataset, request.data)
    if located.chosen:
        request.progress.say(located.chosen)
    from rvosbench_baselines.tracks import ground_truth
    from rvosbench_baselines.tracks.folder import TracksFolder
    from rvosbench_baselines.tracks.labels_table import LABELS
    from rvosbench_baselines.tracks.run import make_tracks

    place = require(located)
    split = open_blind(place)
    truth = open_folder(place) if split.manifest.ground_truth else None
    if request.prompts is Prompts.GT:
        ground_truth.check_training(split.manifest.split)
        request.progress.say(
            "tracks start from the ground truth: they are for training, and for nothing else"
        )
    asked = {
        "every": request.every,
        "points": request.points,
        "predicted_iou": request.predicted_iou,
        "stability": request.stability,
        "limit": request.max_tracks,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    settings = replace(DEFAULTS[request.prompts], **given)  # type: ignore[arg-type]  # checked by names above
    record = {
        "dataset": split.manifest.dataset,
        "split": split.manifest.split,
        "dataset_fingerprint": split.manifest.fingerprint,
        "prompts": request.prompts.value,
        "sam2": sha256_of(request.sam2),
        "sam2_config": _config(request.sam2_config),
        "gdino": None if request.gdino is None else sha256_of(request.gdino),
        "settings": settings.as_json(),
    }
    folder = TracksFolder(
        request.out / split.manifest.dataset / split.manifest.split,
        request.prompts.value,
        record,
        None if truth is None else LABELS,
    )
    folder.check()

    def load() -> Models:
        return _models(request, device)

    videos = chosen_videos(split, split.videos, request.videos, request.shard)
    outcome = make_tracks(split, truth, videos, load, folder, settings, request.progress)
    return Launched(folder, outcome, device)


def _models(request: Request, device: str) -> Models:
    from rvosbench_baselines.tracks import grounding, sam2_model
    from rvosbench_baselines.tracks.run import Models

    dino = grounding.load(request.gdino, device) if request.prompts is Prompts.GDINO else None
    return Models(sam2_model.load(request.sam2, request.sam2_config, device), dino)


def _config(name: str) -> str:
    """A file is known by its content."""
    path = Path(name)
    return sha256_of(path) if path.is_file() else name


def _check_options(request: Request) -> None:
    log = ProblemLog()
    if request.prompts is not Prompts.GRID:
        for name, value in (("--points", request.points), ("--predicted-iou", request.predicted_iou)):
            if value is not None:
                _does_not_go(log, name, "grid")
    if request.prompts is Prompts.GT:
        for name, value in (("--every", request.every), ("--stability", request.stability)):
            if value is not None:
                _does_not_go(log, name, "grid or gdino")
    if request.prompts is not Prompts.GDINO and request.gdino is not None:
        _does_not_go(log, "--gdino", "gdino")
    if not request.sam2.is_file():
        log.add(
            Code.MISSING_FILE,
            str(request.sam2),
            expected="a file of SAM 2, such as sam2_hiera_large.pt, which SOLA uses",
            found="a folder" if request.sam2.is_dir() else "no such file",
            fix="download a checkpoint from the page of facebookresearch/sam2 and give its path",
        )
    if log.has_errors:
        raise UsageError(*log)


def _does_not_go(log: ProblemLog, name: str, wanted: str) -> None:
    log.add(
        Code.BAD_OPTION,
        name,
        expected="an option of these prompts",
        found=f"one that goes with --prompts {wanted}",
        fix=f"leave {name} out, or take --prompts {wanted}",
    )


def _device(asked: str | None) -> str:
    if any(find_spec(name) is None for name in ("torch", "sam2", "hydra", "omegaconf", "iopath")):
        raise PartNotInstalled("SAM 2", "sam2")
    return torch_device(asked)
