"""The evaluation server's engine under kill -9: processes that submit and processes that work are killed at
random until everything that was acknowledged has its end.

    python benchmarks/siege.py --submissions 1000 --kills 1000 --seconds 3000
    python benchmarks/siege.py --postgresql
    python benchmarks/siege.py --http

Scoring itself runs in the workers and not in processes of its own, so that a thousand submissions take
minutes.
Exits with 1 if anything was lost, done twice, left standing or charged wrongly.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from besieging import lay
from postgres_cluster import cluster
from server_world import described, make_world


def main() -> int:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=3000.0, help="when it ends, whatever is left")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--postgresql", action="store_true", help="in a private cluster of postgresql-15")
    parser.add_argument("--db", help="an empty database: postgresql://USER@HOST/NAME")
    parser.add_argument("--http", action="store_true", help="two web processes, killed as the workers are")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(cluster()).new_database() if asked.postgresql else asked.db
        world = described(make_world(folder / "server", url))
        outcome = lay(world, asked.submissions, asked.kills, asked.seconds, asked.seed, 2 * asked.http)
    for story in outcome.strays:
        print(story, file=sys.stderr)
    found = outcome.as_json()
    figures = [f"{value:,}" if isinstance(value, int) else str(value) for value in found.values()]
    for line in (list(found), ["---"] * len(found), figures):
        print(f"| {' | '.join(line)} |")
    wrong = ("lost", "doubled", "stuck", "slots_wrong")
    return int(
        any(found[name] for name in wrong) or found["kills"] < asked.kills or found["integrity"] != "ok"
    )


if __name__ == "__main__":
    sys.exit(main())
