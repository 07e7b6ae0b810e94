"""A submission of the size of MeViS valid, or a part of that, through a whole evaluation server with one
worker: upload, verdict on the structure, score.

    python benchmarks/server_whole.py [--scale 0.05] [--size 480p]

`rvosbench serve` as one runs it, its client, everything on one machine. Prints a Markdown table; masks are
made up, as in valid_size.py.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from material import SIZES, SPLIT
from rvosbench_leaderboard.submitting.connection import Server
from rvosbench_leaderboard.submitting.following import IN_WORK, look
from rvosbench_leaderboard.submitting.uploads import Wanted, upload
from served_site import DEFINITION, served, wait_for_ground_truth
from supervised_web import token_of_a_new_team
from valid_size import make

from rvosbench.progress import Silent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scale", type=float, default=0.05, help="of the number of videos and sentences")
    parser.add_argument("--size", choices=SIZES, default="480p")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive, data, masks = make(folder, SIZES[chosen.size], chosen.scale)
        if data != folder / "data":
            data.rename(folder / "data")
        definition = DEFINITION.replace("mevis-v2:valid", f"mevis-v1:{SPLIT}").replace("1 GB", "8 GB")
        (folder / "server" / "benchmarks").mkdir(parents=True)
        (folder / "server" / "benchmarks" / "shapes.toml").write_text(definition)
        megabytes = archive.stat().st_size / 1e6
        began = os.times()
        with served(folder) as running:
            wait_for_ground_truth(running)
            client = Server(running.address, token_of_a_new_team(running.folder))
            seconds, state = submit(client, archive)
        ended = os.times()
    if state != "scored":
        raise SystemExit(f"it ended as {state}")
    cpu = ended.children_user + ended.children_system - began.children_user - began.children_system
    print(f"{masks:,} masks of {chosen.size}, {megabytes:.0f} MB, load {os.getloadavg()[0]:.1f}\n")
    print("| | s |\n|---|---:|")
    for what, took in seconds.items():
        print(f"| {what} | {took:.1f} |")
    print(f"| processor, of the whole server from its start to its end | {cpu:.1f} |")


def submit(client: Server, archive: Path) -> tuple[dict[str, float], str]:
    """Seconds from one state to the next, and the last one."""
    began = time.perf_counter()
    submission = upload(
        client, archive, Wanted("shapes/valid/dev", "", archive.name, {}), Silent()
    ).submission
    times = {"upload": time.perf_counter()}
    while (state := look(client, submission)["state"]) in IN_WORK:
        if state in ("queued", "scoring"):
            times.setdefault("verdict on the structure", time.perf_counter())
        time.sleep(0.1)
    times.setdefault("verdict on the structure", time.perf_counter())
    times["score"] = time.perf_counter()
    seconds, before = {}, began
    for what, at in times.items():
        seconds[what], before = at - before, at
    return seconds | {"from the beginning to the score": before - began}, str(state)


if __name__ == "__main__":
    main()
