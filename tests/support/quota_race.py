"""One of several processes that want to submit at the same moment, with many threads."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from datetime import datetime

from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.engine import open_database
from rvosbench_leaderboard.database.tables import Phase


def main() -> None:
    told = json.loads(sys.argv[1])
    database = open_database(told["url"], patience=100.0)
    found: Counter[str] = Counter()
    start = threading.Event()

    def submit() -> None:
        start.wait()
        try:
            with database.write() as session:
                phases.reserve(
                    session,
                    session.get_one(Phase, told["phase"]),
                    told["team"],
                    told["user"],
                    name="mine.zip",
                    size=1000,
                    sha256=None,
                    now=datetime.fromisoformat(told["now"]),
                )
            found["accepted"] += 1
        except phases.Refused:
            found["refused"] += 1

    threads = [threading.Thread(target=submit) for _ in range(told["threads"])]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    start.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"accepted": found["accepted"], "refused": found["refused"]}))


if __name__ == "__main__":
    main()
