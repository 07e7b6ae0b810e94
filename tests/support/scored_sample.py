"""The tiny sample with its predictions of known quality, scored: made when first asked for, then kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rvosbench import sample
from rvosbench.analysis.opened import Opened, open_result
from rvosbench.datasets import base
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.splits.convert import convert
from rvosbench.splits.split import Split, open_folder


@dataclass(frozen=True)
class ScoredSample:
    """`home` is what commands take as --data. Qualities: see rvosbench/sample/predictions.py."""

    folder: Path
    _splits: dict[str, Split] = field(default_factory=dict)
    _results: dict[tuple[str, str, str | None], Path] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "data"

    def predictions(self, dataset: str, quality: str) -> Path:
        self.split(dataset)
        return self.folder / dataset / "predictions" / dataset / quality

    def split(self, dataset: str) -> Split:
        """The one that is scored where none is named."""
        if dataset not in self._splits:
            release = next(one for one in sample.releases() if one.dataset == dataset)
            sample.write(self.folder / dataset, "tiny", only=[dataset])
            options: dict[str, Any] = {
                option: self.folder / dataset / path
                for option, path in (("expressions", release.expressions), ("samples", release.samples))
                if path is not None
            }
            found = base.find(dataset)
            name = found.info.default_split
            convert(found, self.folder / dataset / release.folder, name, data=self.home, **options)
            self._splits[dataset] = open_folder(self.home / dataset / name)
        return self._splits[dataset]

    def result(self, dataset: str, quality: str, protocol: str | None = None) -> Path:
        """The folder of a result. `protocol` may be `all`."""
        key = dataset, quality, protocol
        if key not in self._results:
            split = self.split(dataset)
            out = self.folder / "results" / (protocol or "default") / dataset / quality
            evaluate(self.predictions(dataset, quality), split, Options(protocol=protocol, out=out))
            self._results[key] = out
        return self._results[key]

    def opened(self, dataset: str, quality: str, protocol: str | None = None) -> Opened:
        return open_result(str(self.result(dataset, quality)), protocol)
