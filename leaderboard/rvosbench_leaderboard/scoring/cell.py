"""The cell in which scoring runs, as tight as this system allows: no network, nothing to write, and nothing
to see of the server but the one submission and the ground truth."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

_TRY = 10.0  # seconds in which a cell must open


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the operating system enforces here. `means` is bwrap, unshare or none."""

    means: str

    @property
    def network(self) -> bool:
        return self.means == "none"

    @property
    def read_only(self) -> bool:
        return self.means == "bwrap"

    @property
    def gaps(self) -> list[str]:
        """What a defect in a decoder could still do."""
        found = []
        if self.network:
            found.append("scoring processes can reach the network")
        if not self.read_only:
            found.append("scoring processes can write where the server can")
        return found


def isolation() -> Isolation:
    """Tries what there is, the tightest first."""
    for means, command in (("bwrap", _bwrap([])), ("unshare", ["unshare", "-rn", "--"])):
        if shutil.which(command[0]) and _opens([*command, "true"]):
            return Isolation(means)
    return Isolation("none")


def _opens(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=_TRY, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def in_cell(
    found: Isolation, command: Sequence[str], *, hidden: Sequence[Path], shown: Sequence[Path]
) -> list[str]:
    """The command as it is run in the cell. Folders in `hidden` are empty there, but for what of them is
    `shown`."""
    if found.means == "bwrap":
        # What is hidden comes after the program and before what is shown: the later wins.
        ours = [part for path in _program() for part in ("--ro-bind", str(path), str(path))]
        hide = [part for path in hidden for part in ("--tmpfs", str(path.resolve()))]
        show = [part for path in shown for part in ("--ro-bind", str(path.resolve()), str(path.resolve()))]
        return [*_bwrap([*ours, *hide, *show]), *command]
    if found.means == "unshare":
        return ["unshare", "-rn", "--", *command]
    return list(command)


def _program() -> list[Path]:
    """What is needed to run Python with our packages, as far as it lies in the folder of temporary files,
    which is empty in the cell."""
    import rvosbench
    import rvosbench_leaderboard

    packages = (Path(str(one.__file__)).parent.parent for one in (rvosbench, rvosbench_leaderboard))
    needed = {path.resolve() for path in (Path(sys.prefix), Path(sys.base_prefix), *packages)}
    return sorted(path for path in needed if path.is_relative_to(Path(gettempdir()).resolve()))


def without(found: Isolation, command: Sequence[str], *, hidden: Path, kept: Path) -> list[str]:
    """The command as it is run where `hidden` is an empty folder, and everything else is as it is. `kept`
    stays to be seen though it lie in there."""
    if found.means != "bwrap" or not hidden.is_dir() or kept == hidden:
        return list(command)
    back = ("--bind", str(kept), str(kept)) if kept.is_relative_to(hidden) else ()
    around = ("--dev-bind", "/", "/", "--proc", "/proc", "--tmpfs", str(hidden), *back)
    return ["bwrap", *around, "--unshare-pid", "--die-with-parent", "--", *command]


def _bwrap(more: Sequence[str]) -> list[str]:
    return [
        "bwrap",
        # Without a /proc of its own it could look through those of others at what is hidden from it.
        *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", gettempdir()),
        *more,
        *("--unshare-net", "--unshare-pid", "--unshare-ipc", "--new-session", "--die-with-parent", "--"),
    ]
