"""What is installed, told from metadata alone: no model and no torch is imported to list them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.util import find_spec

from rvosbench import registry


@dataclass(frozen=True, slots=True)
class InstalledBaseline:
    """`package` is the distribution that registers it, with its version; `target` is `module:object`."""

    name: str
    package: str
    target: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def installed() -> list[InstalledBaseline]:
    """Every registered baseline, by name."""
    return [
        InstalledBaseline(
            name, f"{point.dist.name} {point.dist.version}" if point.dist else "unknown", point.value
        )
        for name, point in sorted(registry.registered(registry.BASELINES).items())
    ]


def torch_is_installed() -> bool:
    return find_spec("torch") is not None
