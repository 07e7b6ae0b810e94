"""Released weights, read as they are: unwrapped, cleaned by the rules of the model, loaded strictly.

    state = read_state(path)                        # {key: tensor}, whatever the file wraps it in
    model = build("soc-t", classes=len(state["class_embed.0.bias"]))
    fit(model, state, RULES, source=path, what="soc-t")

Code in a file is never executed. torch refuses files that pickle more than tensors; here such objects become
inert ones, since the files of training programs often hold some beside the weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from rvosbench.errors import MAX_EXAMPLES, Code, Problem, RvosbenchError, UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

WRAPPERS = ("model_state_dict", "state_dict", "model")
"""Where programs keep the weights in what they save, most telling first."""

PARALLEL = "module."
"""What DistributedDataParallel puts before every key."""

SIGNS = MappingProxyType(
    {
        "backbone.clip_model.": "SSA",
        "voc.": "SOC",
        "object_lang_align_layers.": "SOLA",
        "sam_prompt_encoder.": "SAM 2",
        "mask_decoder.": "SAM",
        "prompt_encoder.": "SAM",
        "vision_encoder.": "SAM, as transformers saves it",
        "embeddings.word_embeddings.": "a text encoder",
        "backbone.layers.": "a Video-Swin backbone",
    }
)
"""Keys by which files are known that are given for another one's."""


@dataclass(frozen=True, slots=True)
class StateRules:
    """How the released files of one model differ from the state of the module that is built here. Patterns
    are regular expressions for whole keys."""

    ignored: tuple[str, ...] = ()
    """Keys of files that mean nothing: counters of profilers, buffers of older libraries."""
    may_lack: tuple[str, ...] = ()
    """Keys of the module that files need not have; it keeps what it was built with."""
    copies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Prefix -> prefix of the same tensors: `transformer.decoder.bbox_embed.` -> `bbox_embed.`. A file may
    have one of the two, or both if they are equal."""
    fix: str = "take the weights that `rvosbench baseline list` names for this variant"


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.pth`, `.pt`, `.tar` or `.safetensors` file, on the CPU."""
    state = _unwrapped(_content(path))
    if not state:
        raise _unreadable(path, f"weights of a model, or a dict with one of {', '.join(WRAPPERS)}", "none")
    return state


def read_training(path: Path) -> Mapping[str, Any]:
    """The settings of the training of ours that wrote the file; of another one's files none."""
    content = _content(path)
    settings = content.get("settings") if isinstance(content, Mapping) else None
    return settings if isinstance(settings, Mapping) else {}


def trained_variant(path: Path) -> str | None:
    """Of which variant weights are that a training of ours wrote."""
    variant = read_training(path).get("variant")
    return variant if isinstance(variant, str) else None


def _content(path: Path) -> Any:
    path = Path(path)
    if not path.is_file():
        raise UsageError(
            Problem(
                Code.MISSING_FILE,
                str(path),
                expected="a file of weights",
                found="a folder" if path.is_dir() else "no such file",
                fix="`rvosbench baseline list` says where the weights come from",
            )
        )
    return _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)


def fit(model: nn.Module, state: Mapping[str, Tensor], rules: StateRules, *, source: Path, what: str) -> None:
    """Load `state` into `model`, all of it or nothing. `what` names the variant, for messages."""
    own = model.state_dict()
    given = _completed(_cleaned(state, rules), own, rules)
    given |= {
        key: own[key]
        for key in own
        if key not in given and any(re.fullmatch(pattern, key) for pattern in rules.may_lack)
    }
    problems = _misfits(own, given, state, rules, source, what)
    if problems:
        raise RvosbenchError(*problems)
    model.load_state_dict(given, strict=True)


def generate(model: nn.Module, seed: int) -> None:
    """Fill every weight from a seed, the same on every machine: for tests and demonstrations. Products keep
    their scale, norms are near the identity, biases near zero."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator, dtype=torch.float32)
            if weight.ndim > 1:
                noise = noise * weight[0].numel() ** -0.5
            else:
                noise = noise * 0.1 + (1.0 if name.endswith("weight") else 0.0)
            weight.copy_(noise.to(weight.dtype))


def _pickled(path: Path) -> Any:
    import torch
    from torch.serialization import safe_globals

    start = _start(path)
    if start.lstrip()[:1] == b"<":
        raise _unreadable(path, "a file that torch.save wrote", "a web page, saved in place of the file")
    zipped = start.startswith(b"PK\x03\x04")  # since torch 1.6; only this form can be mapped into memory
    inert: list[str] = []
    while True:
        try:
            with safe_globals([(_Inert, name) for name in inert]):
                return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
        except Exception as error:  # pickle, zipfile and torch have no common one for bad files
            other = _FOREIGN.search(str(error))
            if other is None:
                raise _unreadable(path, "a file that torch.save wrote", _reason(error)) from error
            if other[1] in inert or "is blocked" in str(error):
                raise _holds_foreign(path, other[1]) from error
            inert.append(other[1])


_FOREIGN = re.compile(r"\bGLOBAL (\S+) (?:was not an allowed|whose module)")
"""How torch says which object of a file it does not make."""


class _Inert:
    """Stands for whatever else a training program pickled: takes everything and does nothing."""

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        return super().__new__(cls)

    def __init__(self, *args: object, **kwargs: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise _unreadable(path, "a file that can be read", str(error.strerror)) from error


def _safetensors(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise _unreadable(path, "a safetensors file", _reason(error)) from error


def _unwrapped(content: Any) -> dict[str, Tensor]:
    for key in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            return _tensors(content[key])
    return _tensors(content)


def _tensors(content: Any) -> dict[str, Tensor]:
    from torch import Tensor

    if not isinstance(content, Mapping):
        return {}
    found = {
        key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)
    }
    if found and all(key.startswith(PARALLEL) for key in found):
        return {key.removeprefix(PARALLEL): value for key, value in found.items()}
    return found


def _cleaned(state: Mapping[str, Tensor], rules: StateRules) -> dict[str, Tensor]:
    ignored = [re.compile(pattern) for pattern in rules.ignored]
    return {key: value for key, value in state.items() if not any(one.fullmatch(key) for one in ignored)}


def _completed(given: dict[str, Tensor], own: Mapping[str, Tensor], rules: StateRules) -> dict[str, Tensor]:
    """With the other one of two equal tensors, where the file has but one of them."""
    for copy, original in rules.copies.items():
        for key in own:
            if key.startswith(copy):
                twin = original + key.removeprefix(copy)
                if key not in given and twin in given:
                    given[key] = given[twin]
                elif twin not in given and twin in own and key in given:
                    given[twin] = given[key]
    return given


def _misfits(
    own: Mapping[str, Tensor],
    given: Mapping[str, Tensor],
    state: Mapping[str, Tensor],
    rules: StateRules,
    source: Path,
    what: str,
) -> list[Problem]:
    missing = [key for key in own if key not in given]
    unexpected = [key for key in given if key not in own]
    reshaped = [
        f"{key}: {_shape(given[key])} for {_shape(own[key])}"
        for key in own
        if key in given and given[key].shape != own[key].shape
    ]
    torn = [
        f"{copy}{key.removeprefix(original)}: not equal to {key}"
        for copy, original in rules.copies.items()
        for key in given
        if key.startswith(original) and _differ(given.get(copy + key.removeprefix(original)), given[key])
    ]
    broken = [
        f"{key}: not a number, or infinite"
        for key, tensor in given.items()
        if key in own and tensor.is_floating_point() and not bool(tensor.isfinite().all())
    ]
    found = (
        (missing, f"every tensor of {what}", f"{len(missing)} of {len(own)} are not in the file"),
        (unexpected, f"nothing but the tensors of {what}", f"{len(unexpected)} that it does not have"),
        (reshaped, f"tensors of the shapes of {what}", f"{len(reshaped)} of other shapes"),
        (broken, "finite numbers", f"{len(broken)} tensors with others"),
        (torn, "one value of what the model has twice", f"two values of {len(torn)}"),
    )
    other = _other_model(own, state)
    return [
        Problem(
            Code.WEIGHTS_DO_NOT_FIT,
            str(source),
            expected=expected,
            found=f"{told}: {names[0]}" + (f"; this looks like {other}" if other else ""),
            fix=rules.fix,
            count=len(names),
            examples=tuple(names[:MAX_EXAMPLES]),
        )
        for names, expected, told in found
        if names
    ]


def _other_model(own: Iterable[str], state: Iterable[str]) -> str | None:
    """What a file is, told by keys that the wanted model does not have."""
    for sign, model in SIGNS.items():
        if any(key.startswith(sign) for key in state) and not any(key.startswith(sign) for key in own):
            return model
    return None


def _differ(one: Tensor | None, other: Tensor) -> bool:
    return one is not None and not (one is other or (one.shape == other.shape and bool((one == other).all())))


def _shape(tensor: Tensor) -> str:
    return str(list(tensor.shape))


def _reason(error: Exception) -> str:
    """The first sentence of what torch says; the rest is advice that does not apply here."""
    _, found, said = str(error).partition("WeightsUnpickler error: ")
    first = (said if found else str(error)).strip().split("\n", 1)[0].split(". ", 1)[0]
    if not any(letter.isalpha() for letter in first):  # a bare number, of a file that is something else
        return "a file of another kind"
    return first


def _unreadable(path: Path, expected: str, found: str) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.WEIGHTS_UNREADABLE,
            str(path),
            expected=expected,
            found=found,
            fix="download the file again; see `rvosbench baseline list` for where it comes from",
        )
    )


def _holds_foreign(path: Path, name: str) -> RvosbenchError:
    return RvosbenchError(
        Problem(
            Code.WEIGHTS_UNREADABLE,
            str(path),
            expected="tensors, and objects that can be passed over",
            found=f"an object of {name}, which is not made, since making objects can run code",
            fix="if you trust the file, load it with its authors' code and save its state dict alone, with "
            "torch.save or as safetensors",
        )
    )
