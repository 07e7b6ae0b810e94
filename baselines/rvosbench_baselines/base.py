"""What a baseline is: a card that tells about it, and a predictor that the card loads.

To add one, write a package with a `Baseline` object and name it under the entry point `rvosbench.baselines`:

    class Centre:
        def predict(self, clip: Clip) -> Iterator[Prediction]:
            for sentence in clip.sentences:
                for frame in sentence.frames:
                    mask = my_model(clip.frame(frame), sentence.text)
                    yield Prediction(sentence.expression, frame, mask=mask)

    CENTRE = Baseline(name="centre", ..., load=lambda setup: Centre())

Cards are read to list them, so the module of a card imports no torch; `load` does.
A predictor sees clips and nothing else: no way leads from a `Clip` to masks, objects or scores.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rvosbench.errors import Code, DatasetError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rvosbench.io.frame_source import Frames

Answer = Literal["masks", "probabilities", "queries"]
"""What is wanted of a predictor: a mask; a map of probabilities, which label maps are merged from; or every
query with its mask and score, as mAP ranks them."""

OptionValue = int | float | str

CACHE_BYTES = 128 * 2**20
"""How much of decoded frames a clip keeps, at most."""


@dataclass(frozen=True, slots=True)
class Sentence:
    expression: str
    """Its name in the split, for `Prediction.expression`."""
    text: str
    frames: tuple[int, ...]
    """The places in the clip for which a prediction is wanted, ascending; often all of them."""


class Clip:
    """One video as a predictor sees it. Frames are decoded when asked for; the last ones are kept."""

    def __init__(
        self,
        name: str,
        size: tuple[int, int],
        stems: Sequence[str],
        sentences: Sequence[Sentence],
        pictures: Frames,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.name = name
        self.height, self.width = size
        self.stems = tuple(stems)
        self.sentences = tuple(sentences)
        self._pictures = pictures
        self._room = max(1, cache_bytes // max(1, self.height * self.width * 3))
        self._kept: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()

    def __len__(self) -> int:
        """How many frames it has."""
        return len(self.stems)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """RGB [height, width, 3], read-only."""
        if index in self._kept:
            self._kept.move_to_end(index)
            return self._kept[index]
        return self._keep(index, self._pictures.read(index))

    def frames(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        """Several frames in this order; of a video file much cheaper than in another order than its own."""
        found = {index: self.frame(index) for index in sorted(set(indices))}
        return [found[index] for index in indices]

    def _keep(self, index: int, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if picture.shape != (self.height, self.width, 3):
            raise DatasetError(
                Problem(
                    Code.WRONG_SIZE,
                    f"{self.name}, frame {self.stems[index]}",
                    expected=f"{self.height} x {self.width} pixels, as the split says",
                    found=" x ".join(map(str, picture.shape[:2])),
                    fix="extract the frames of this video again, or convert the split again",
                )
            )
        picture.setflags(write=False)
        self._kept[index] = picture
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return picture


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    score: float
    mask: NDArray[np.bool_]
    """[height, width] of the video."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """One frame of one sentence, in the size of the video. Of the last three fields, `Setup.answer` names the
    one that is filled."""

    expression: str
    frame: int
    """Its place in the clip, one of `Sentence.frames`."""
    mask: NDArray[np.bool_] | None = None
    probabilities: NDArray[np.float32] | None = None
    """[height, width], 0 to 1. Where nothing is selected: zeros."""
    queries: tuple[Query, ...] = ()


class Predictor(Protocol):
    def predict(self, clip: Clip) -> Iterator[Prediction]:
        """One prediction for every sentence and each of its frames, in any order. Yield as soon as one is
        there, and keep nothing that grows with the length of the video but what the model needs. What does
        not depend on the text is computed once for all sentences of the clip."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a predictor is loaded with. Everything was checked against the card: the variant is one of its
    own, the options are all there, of their type and within their bounds."""

    variant: str
    answer: Answer
    dataset: str
    """Id of the dataset, such as `ref-davis17`."""
    weights: Path | None = None
    """A file, or a folder where the card says so. None: `seed` is given."""
    seed: int | None = None
    """Weights are to be generated from it (`checkpoints.generate`), for tests and demonstrations."""
    text_model: Path | None = None
    device: str = "cpu"
    options: Mapping[str, OptionValue | None] = field(default_factory=lambda: MappingProxyType({}))

    def whole_number(self, name: str) -> int:
        """An option that is an integer."""
        return int(self._value(name))

    def number(self, name: str) -> float:
        return float(self._value(name))

    def text(self, name: str) -> str:
        return str(self._value(name))

    def _value(self, name: str) -> OptionValue:
        value = self.options[name]
        if value is None:
            raise ValueError(f"option {name} has no value and the card gives no default")
        return value


@dataclass(frozen=True, slots=True)
class Option:
    """One that is typed as `--option name=value`."""

    name: str
    kind: type[int | float | str]
    help: str
    default: OptionValue | None = None
    """None: there is no value unless the user gives one."""
    by_dataset: Mapping[str, OptionValue] = field(default_factory=lambda: MappingProxyType({}))
    """Other defaults, for the datasets that the authors treat otherwise."""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    def default_for(self, dataset: str) -> OptionValue | None:
        return self.by_dataset.get(dataset, self.default)


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    title: str
    parameters: int
    """All, counted once where they are shared."""
    trainable: int
    reduced: bool = False
    """Small, never trained: for tests and demonstrations, with a tokenizer that is made by code."""


@dataclass(frozen=True, slots=True)
class ReleasedWeights:
    name: str
    variant: str
    trained_on: str
    where: str
    """In words and, where there is one, with the address of the page."""


@dataclass(frozen=True, slots=True)
class ExpectedScore:
    dataset: str
    """With its split: `mevis-v1:valid`."""
    figures: Mapping[str, float]
    """As printed, for example `{"J&F": 48.6}`."""
    weights: str
    """Which weights it is for."""
    source: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The card. Everything a user needs to know before anything is loaded."""

    name: str
    title: str
    paper: str
    venue: str
    year: int
    licence: str
    """Of the original code, in words where there is none."""
    code: str
    """Where the original is."""
    variants: tuple[Variant, ...]
    load: Callable[[Setup], Predictor]
    """Imports torch inside, and raises an `RvosbenchError` for everything that a user can get wrong."""
    recognise: Callable[[Path], str | None] | None = None
    """The variant that a file of weights is of, where it tells; then `--variant` may be left out."""
    answers: frozenset[Answer] = frozenset({"masks"})
    released: tuple[ReleasedWeights, ...] = ()
    expected: tuple[ExpectedScore, ...] = ()
    needs_weights: str | None = None
    """What `--weights` takes and where it comes from; None where nothing is loaded at all."""
    needs_text_model: str | None = None
    """What `--text-model` takes and where it comes from; None where it needs none."""
    options: tuple[Option, ...] = ()
    notes: tuple[str, ...] = ()
    """What a user must know: what is not reproduced, what differs."""
    needs_torch: bool = True

    def variant(self, name: str) -> Variant | None:
        return next((one for one in self.variants if one.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """For programs; without `load`."""
        return {
            "name": self.name,
            "title": self.title,
            "paper": self.paper,
            "venue": self.venue,
            "year": self.year,
            "licence": self.licence,
            "code": self.code,
            "answers": sorted(self.answers),
            "variants": [
                {
                    "name": one.name,
                    "title": one.title,
                    "parameters": one.parameters,
                    "trainable": one.trainable,
                    "reduced": one.reduced,
                }
                for one in self.variants
            ],
            "weights": [
                {
                    "name": one.name,
                    "variant": one.variant,
                    "trained_on": one.trained_on,
                    "where": one.where,
                }
                for one in self.released
            ],
            "expected": [
                {
                    "dataset": one.dataset,
                    "figures": dict(one.figures),
                    "weights": one.weights,
                    "source": one.source,
                }
                for one in self.expected
            ],
            "needs_weights": self.needs_weights,
            "needs_text_model": self.needs_text_model,
            "options": [
                {
                    "name": one.name,
                    "kind": one.kind.__name__,
                    "help": one.help,
                    "default": one.default,
                    "by_dataset": dict(one.by_dataset),
                    "choices": list(one.choices),
                }
                for one in self.options
            ],
            "notes": list(self.notes),
        }
