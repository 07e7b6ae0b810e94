"""A benchmark as one readable file: its tracks and their phases. Checked whole, kept in every version."""

from rvosbench_leaderboard.definitions.define import NO_TOML, Defined, define, load_folder
from rvosbench_leaderboard.definitions.form import (
    EXAMPLE,
    BenchmarkForm,
    PhaseForm,
    TrackForm,
    read_definition,
)

__all__ = [
    "EXAMPLE",
    "NO_TOML",
    "BenchmarkForm",
    "Defined",
    "PhaseForm",
    "TrackForm",
    "define",
    "load_folder",
    "read_definition",
]
