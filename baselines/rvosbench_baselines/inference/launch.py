"""From what the user asks for to predictions in a folder: everything is checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench import __version__
from rvosbench.errors import Code, DatasetError, PartNotInstalled, Problem, UsageError
from rvosbench.progress import Progress, Silent
from rvosbench.splits.locate import locate, require
from rvosbench_baselines.asked import chosen_videos, torch_device
from rvosbench_baselines.base import Answer, Baseline, Predictor, Setup, Variant
from rvosbench_baselines.cards import Card, find, find_variant
from rvosbench_baselines.inference.blind import open_blind
from rvosbench_baselines.inference.folder import RunFolder
from rvosbench_baselines.inference.forms import Form, choose_form
from rvosbench_baselines.inference.record import RunRecord, sha256_of, text_model_sha256
from rvosbench_baselines.inference.run import Outcome, predict_videos, wanted_videos
from rvosbench_baselines.options import parse_options

if TYPE_CHECKING:
    from rvosbench.evaluate.plan import Shard
    from rvosbench.splits.split import Split


@dataclass(frozen=True, slots=True)
class Request:
    """One `rvosbench baseline run`."""

    baseline: str
    dataset: str
    """`mevis-v1:valid_u`"""
    out: Path
    data: Path | None = None
    variant: str | None = None
    weights: Path | None = None
    seed: int | None = None
    text_model: Path | None = None
    device: str | None = None
    form: str | None = None
    shard: Shard | None = None
    videos: Sequence[str] = ()
    """Only these; all of the split if empty."""
    options: Sequence[str] = ()
    """Each as name=value."""
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True, slots=True)
class Launched:
    record: RunRecord
    outcome: Outcome
    target: Path
    ground_truth: bool
    """Whether the split can be scored here."""
    device: str


def launch(request: Request) -> Launched:
    card = find(request.baseline)
    baseline = card.baseline
    variant = find_variant(baseline, request.variant or _recognised(baseline, request))
    located = locate(request.dataset, request.data)
    if located.chosen:
        request.progress.say(located.chosen)
    split = open_blind(require(located))
    dataset = split.manifest.dataset
    _check_samples(split)
    form = choose_form(request.form, dataset)
    wanted = wanted_videos(split, form)
    names = chosen_videos(split, [video.name for video in wanted], request.videos, request.shard)
    videos = [video for video in wanted if video.name in set(names)]
    options = parse_options(request.options, baseline, dataset)
    _check_weights(request, baseline, variant)
    setup = Setup(
        variant=variant.name,
        answer=_answer(form, baseline),
        dataset=dataset,
        weights=request.weights,
        seed=request.seed,
        text_model=request.text_model,
        device=_device(request.device, baseline),
        options=options,
    )
    record = _record(card, setup, split, form)
    folder = RunFolder(request.out, form, split, wanted)
    folder.check(record)

    def load() -> Predictor:
        """Only where anything is left to compute; and the folder is taken only if that succeeds."""
        predictor = baseline.load(setup)
        folder.begin(record, request.progress)
        return predictor

    outcome = predict_videos(load, setup.answer, videos, folder, form, request.progress)
    return Launched(record, outcome, folder.target, split.manifest.ground_truth, setup.device)


def _recognised(baseline: Baseline, request: Request) -> str | None:
    """What the weights are of, where no variant is named and they tell."""
    if baseline.recognise is None or request.weights is None or not request.weights.is_file():
        return None
    found = baseline.recognise(request.weights) if find_spec("torch") else None
    return found if found in {variant.name for variant in baseline.variants} else None


def _check_samples(split: Split) -> None:
    """JHMDB-Sentences without the list of its samples would ask for every frame."""
    from rvosbench.protocols.catalogue import default

    obstacle = default(split.manifest.dataset).obstacle(split)
    if obstacle is not None and obstacle.code is Code.NO_SAMPLES:
        raise DatasetError(obstacle)


def _check_weights(request: Request, baseline: Baseline, variant: Variant) -> None:
    given = [
        name
        for name, value in (("--weights", request.weights), ("--random-weights", request.seed))
        if value is not None
    ]
    if baseline.needs_weights is None or len(given) == 2:
        if given:
            raise UsageError(
                Problem(
                    Code.BAD_OPTION,
                    " and ".join(given),
                    expected="one of the two" if len(given) == 2 else f"no weights: {baseline.name} has none",
                    found="both" if len(given) == 2 else "weights",
                    fix=f"leave {given[0]} out",
                )
            )
        return
    if not given or (request.weights is not None and not request.weights.exists()):
        raise UsageError(_no_weights(request.weights, baseline, variant))
    if request.seed is not None:
        request.progress.say(
            f"THE WEIGHTS ARE MADE UP from the seed {request.seed}: this shows that everything runs, and "
            "nothing about the model"
        )


def _no_weights(path: Path | None, baseline: Baseline, variant: Variant) -> Problem:
    released = [one for one in baseline.released if one.variant == variant.name]
    if variant.reduced:
        fix = f"{variant.name} exists for tests, with made-up weights: --random-weights SEED"
    elif released:
        fix = f"download {released[0].name} from {released[0].where}"
        if len(released) > 1:
            fix += f"; `rvosbench baseline list {baseline.name}` has all {len(released)} that fit"
    else:
        fix = f"the authors released no weights: {baseline.needs_weights}"
    return Problem(
        Code.MISSING_FILE,
        "--weights" if path is None else str(path),
        expected=f"weights of {variant.name}: {baseline.needs_weights}",
        found="the option is not given" if path is None else "no such file",
        fix=fix,
    )


def _device(asked: str | None, baseline: Baseline) -> str:
    """What was asked for if it is there; else the GPU if there is one."""
    if not baseline.needs_torch:
        return "cpu"
    if find_spec("torch") is None or find_spec("transformers") is None:
        raise PartNotInstalled(f"baseline {baseline.name}", "baselines")
    return torch_device(asked)


def _answer(form: Form, baseline: Baseline) -> Answer:
    """The best that both know; every baseline knows masks."""
    return next((one for one in form.answers if one in baseline.answers), "masks")


def _record(card: Card, setup: Setup, split: Split, form: Form) -> RunRecord:
    weights = None if setup.seed is None else f"generated from seed {setup.seed}"
    return RunRecord(
        baseline=card.baseline.name,
        package=card.package,
        rvosbench=__version__,
        variant=setup.variant,
        weights=sha256_of(setup.weights) if setup.weights is not None else weights,
        text_model=text_model_sha256(setup.text_model)
        if setup.text_model is not None and setup.text_model.exists()
        else None,
        options=dict(setup.options),
        dataset=split.manifest.dataset,
        split=split.manifest.split,
        dataset_fingerprint=split.manifest.fingerprint,
        form=form.name,
        answer=setup.answer,
    )
