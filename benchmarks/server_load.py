"""The web process of the evaluation server while many send to it and many read a board: seconds that a reader
waits for the board, megabytes a second of the senders, and the memory of the process.

    python benchmarks/server_load.py [--senders 20] [--readers 200] [--megabytes 50] [--entries 200]

A reader keeps its connection and asks for the board every three seconds. Senders and readers are processes
of their own, on the same machine and the same cores. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event, Semaphore
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from furnished_site import Site, furnished
from rvosbench_leaderboard.database.tables import Phase
from rvosbench_leaderboard.submitting.connection import Server
from rvosbench_leaderboard.submitting.sending import Sending
from rvosbench_leaderboard.submitting.uploads import Wanted
from server_upload import MB, fill, peak_of
from supervised_web import Killable, supervised, token_of_a_new_team

from rvosbench.progress import Silent

PHASE, BOARD = "mevis/valid/open", "/b/mevis/valid/open"
Found = tuple[list[float], int]
PAUSE = 3.0  # seconds between two looks of a reader


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--senders", type=int, default=20)
    options.add_argument("--readers", type=int, default=200)
    options.add_argument("--megabytes", type=int, default=50, help="of each sender")
    options.add_argument("--entries", type=int, default=200, help="on the board")
    options.add_argument("--seconds", type=float, default=15.0, help="of reading alone, before the uploads")
    chosen = options.parse_args()
    print("| | board, median | p95 | worst | looks | not 200 | |\n|---|---:|---:|---:|---:|---:|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = furnish(folder / "server", chosen.entries)
        file = folder / "upload.zip"
        fill(file, chosen.megabytes * MB)
        with supervised(site.folder, folder / "data") as server:
            wait_for(server)
            with reading(server.address, chosen.readers) as looks:
                time.sleep(chosen.seconds)
            print(row(f"{chosen.readers} readers alone", looks, ""), flush=True)
            with reading(server.address, chosen.readers) as looks:
                seconds = send(server, file, chosen.senders)
            sent = chosen.senders * chosen.megabytes
            said = f"{sent:,} MB in {seconds:.0f} s, {sent / seconds:.0f} MB/s; web process {peak(server)} MB"
            print(row(f"and {chosen.senders} uploads at once", looks, said))
    print(f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f}.")


def furnish(folder: Path, entries: int) -> Site:
    site = furnished(folder)
    with site.database.write() as session:
        dice = random.Random(0)
        for number in range(entries):
            site.add_submission(session, f"Method {number}", "Team of Bo", "bo", "published", dice.random())
        phase = session.get_one(Phase, site.phase)
        phase.per_day = phase.total = None
    site.database.close()
    return site


def wait_for(server: Killable) -> None:
    Server(server.address).ask("GET", "/healthz")


def peak(server: Killable) -> int:
    pid = server.web()
    return 0 if pid is None else peak_of(pid) // 1000


def send(server: Killable, file: Path, count: int) -> float:
    """The seconds until all have ended. Six of an account send at once: each four have one of their own."""
    places = []
    size = file.stat().st_size
    for number in range(count):
        if number % 4 == 0:
            token = token_of_a_new_team(server.folder, f"senders {number // 4}")
        client = Server(server.address, token)
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(size),
            "Upload-Metadata": Wanted(PHASE, "", file.name, {}).header(""),
        }
        places.append((token, client.ask("POST", "/api/v1/uploads", headers=headers).headers["location"]))
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    told = (server.address, file, places, ready, go)
    sender = context.Process(target=send_all, args=told)
    sender.start()
    ready.acquire()
    begun = time.perf_counter()
    go.set()
    sender.join()
    if sender.exitcode:
        raise SystemExit("an upload failed")
    return time.perf_counter() - begun


def send_all(address: str, file: Path, places: list[tuple[str, str]], ready: Semaphore, go: Event) -> None:
    threads = [
        threading.Thread(target=Sending(Server(address, token), file, place, Silent()).run)
        for token, place in places
    ]
    ready.release()
    go.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class reading:  # noqa: N801  (a context)
    """Readers in a process of their own; what they saw, once it is over."""

    def __init__(self, address: str, readers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._stop, self._ready = context.Event(), context.Semaphore(0)
        self._found: SimpleQueue[Found] = context.SimpleQueue()
        told = (address, readers, self._stop, self._ready, self._found)
        self._process = context.Process(target=read_all, args=told)
        self.seconds: list[float] = []
        self.wrong = 0

    def __enter__(self) -> Self:
        self._process.start()
        self._ready.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.seconds, self.wrong = self._found.get()
        self._process.join()
        self.seconds.sort()


def read_all(address: str, readers: int, stop: Event, ready: Semaphore, found: SimpleQueue[Found]) -> None:
    seconds: list[float] = []
    wrong = asyncio.run(read_together(address, readers, stop, ready, seconds))
    found.put((seconds, wrong))


async def read_together(
    address: str, readers: int, stop: Event, ready: Semaphore, seconds: list[float]
) -> int:
    ready.release()
    counts = await asyncio.gather(*(read(address, stop, seconds) for _ in range(readers)))
    return sum(counts)


async def read(address: str, stop: Event, seconds: list[float]) -> int:
    """How many answers were not 200."""
    host, _, port = address.removeprefix("http://").partition(":")
    request = f"GET {BOARD} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/html\r\n\r\n".encode()
    wrong = 0
    await asyncio.sleep(random.random() * PAUSE)
    come, go = await asyncio.open_connection(host, int(port))
    while not stop.is_set():
        begun = time.perf_counter()
        go.write(request)
        head = await come.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await come.readexactly(length)
        seconds.append(time.perf_counter() - begun)
        wrong += not head.startswith(b"HTTP/1.1 200")
        await asyncio.sleep(PAUSE * (0.5 + random.random()))
    go.close()
    return wrong


def row(what: str, looks: reading, said: str) -> str:
    every = looks.seconds
    half, most = every[len(every) // 2], every[int(0.95 * len(every))]
    figures = " | ".join(f"{1000 * one:,.0f} ms" for one in (half, most, every[-1]))
    return f"| {what} | {figures} | {len(every):,} | {looks.wrong} | {said} |"


if __name__ == "__main__":
    main()
