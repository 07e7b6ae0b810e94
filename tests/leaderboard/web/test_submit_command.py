"""`rvosbench submit`: what it refuses before it sends, how it goes on after a break, and what it says."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from program import Outcome
from running_web import BreakingLine, running
from rvosbench_leaderboard.database.tables import Upload
from rvosbench_leaderboard.submitting.connection import Server
from rvosbench_leaderboard.submitting.sending import Sending
from rvosbench_leaderboard.submitting.uploads import Wanted, upload
from server_world import predictions_zip
from sqlalchemy import func, select
from web_site import PASSWORD, PHASE, WebSite

from rvosbench.cli.app import run as program
from rvosbench.errors import RvosbenchError
from rvosbench.progress import Silent


@contextmanager
def with_worker(site: WebSite) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        worker = site.world.worker()
        while not stop.is_set():
            if not worker.work_once():
                time.sleep(0.02)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


@pytest.fixture
def call(
    site: WebSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """The program, with its own folders for configuration and cache, and the token of the owner."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("RVOSBENCH_TOKEN", site.token("owner"))
    monkeypatch.setattr("rvosbench_leaderboard.submitting.following.EVERY", 0.05)

    def run(*arguments: str | Path) -> Outcome:
        code = program(["submit", *map(str, arguments)])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def good(site: WebSite, tmp_path: Path) -> Path:
    file = tmp_path / "good.zip"
    file.write_bytes(predictions_zip(site.world.split))
    return file


def test_good_predictions_are_validated_here_and_scored_there(
    site: WebSite, call: Callable[..., Outcome], good: Path
) -> None:
    with running(site.app) as address, with_worker(site):
        done = call(good, "--server", address, "--phase", PHASE, "--data", site.world.data, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["submission"]["state"] == "scored"
    assert told["validated_here"] is True
    assert told["upload"]["sent"] == good.stat().st_size
    assert site.token("owner") not in done.out + done.err


def test_a_folder_is_packed_and_the_scores_are_printed(
    site: WebSite, call: Callable[..., Outcome], good: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    with zipfile.ZipFile(good) as archive:
        archive.extractall(folder)
    with running(site.app) as address, with_worker(site):
        for data in (site.world.data, tmp_path / "nothing"):  # packed as the split wants, and as it is
            done = call(folder, "--server", address, "--phase", PHASE, "--data", data, "--method", "Ours")
            assert done.code == 0, done.err
            assert "J&F" in done.out
    listed = site.program("owner").get("/api/v1/submissions").json()
    assert [one["name"] for one in listed] == ["mine.zip", "mine.zip"]
    assert site.program("owner").get(f"/api/v1/submissions/{listed[0]['id']}").json()["details"] == {
        "method": "Ours"
    }


def test_what_the_server_would_refuse_is_not_sent(
    site: WebSite, call: Callable[..., Outcome], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(predictions_zip(site.world.split, change={"alley/0/00000.png": None}))
    no_pngs = tmp_path / "empty.zip"
    with zipfile.ZipFile(no_pngs, "w") as archive:
        archive.writestr("readme.txt", "no masks")
    with running(site.app) as address:
        known = call(broken, "--server", address, "--phase", PHASE, "--data", site.world.data)
        unknown = call(no_pngs, "--server", address, "--phase", PHASE, "--data", tmp_path / "nothing")
    assert (known.code, unknown.code) == (3, 3)
    assert "RVB120" in known.err
    assert "RVB100" in unknown.err
    with site.world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0


def test_what_only_the_server_sees_is_told_with_exit_code_3(
    site: WebSite, call: Callable[..., Outcome], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(predictions_zip(site.world.split, change={"alley/0/00000.png": None}))
    with running(site.app) as address, with_worker(site):
        done = call(broken, "--server", address, "--phase", PHASE, "--data", tmp_path / "nothing")
    assert done.code == 3
    assert "rejected" in done.out
    assert "RVB120" in done.err


def test_after_breaks_only_the_rest_is_sent(site: WebSite, tmp_path: Path) -> None:
    file = tmp_path / "large.zip"
    file.write_bytes(os.urandom(24 << 20))
    with running(site.app) as address:
        line = BreakingLine(address, after=4 << 20, cuts=4)
        with line.open() as broken:
            server = Server(broken, site.token("owner"), pause=lambda _: time.sleep(0.05))
            done = upload(server, file, Wanted(PHASE, site.teams["Red"], "large.zip", {}), Silent())
    assert line.made == 4
    assert done.submission
    with site.world.database.read() as session:
        assert site.world.blobs.path(session.scalars(select(Upload.blob)).one()).read_bytes() == (
            file.read_bytes()
        )


def test_the_same_command_goes_on_where_it_stopped(site: WebSite, tmp_path: Path) -> None:
    file = tmp_path / "large.zip"
    file.write_bytes(os.urandom(3 << 20))
    wanted = Wanted(PHASE, site.teams["Red"], "large.zip", {})
    with running(site.app) as address:
        server = Server(address, site.token("owner"))
        first = server.ask("POST", "/api/v1/uploads", headers=_creation(file, wanted))
        half = Sending(server, file, first.headers["location"], Silent(), piece=2 << 20)
        with file.open("rb") as source:
            half._step(source, file.stat().st_size)
        again = upload(server, file, wanted, Silent())
    assert half.sent == 2 << 20
    assert again.sent == 1 << 20


def _creation(file: Path, wanted: Wanted) -> dict[str, str]:
    from web_site import TUS, sha256

    return {
        **TUS,
        "Upload-Length": str(file.stat().st_size),
        "Upload-Metadata": wanted.header(sha256(file.read_bytes())),
    }


def test_a_password_becomes_a_token_that_only_the_owner_can_read(
    site: WebSite,
    call: Callable[..., Outcome],
    good: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RVOSBENCH_TOKEN")
    answers = iter(("owner@example.org", PASSWORD))
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    with running(site.app) as address:
        refused = call(good, "--server", address, "--phase", PHASE)
        assert refused.code == 2
        assert "--login" in refused.err
        assert call("--login", "--server", address).code == 0
        stored = tmp_path / "XDG_CONFIG_HOME" / "rvosbench" / "tokens.json"
        assert stat.S_IMODE(stored.stat().st_mode) == 0o600
        done = call(good, "--server", address, "--phase", PHASE, "--data", site.world.data, "--no-wait")
        assert done.code == 0, done.err
        stored.chmod(0o644)
        assert "chmod 600" in call(good, "--server", address, "--phase", PHASE).err


def test_it_needs_no_part_of_the_server() -> None:
    code = """
import sys
import rvosbench_leaderboard.commands.submit, rvosbench_leaderboard.submitting.run
print(*({"sqlalchemy", "fastapi", "argon2", "uvicorn"} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--server", "ADDRESS", "--phase", "mevis"), "BENCHMARK/TRACK/PHASE"),
        (("--server", "ADDRESS", "--phase", "mevis/valid/none"), "RVB182  --phase mevis/valid/none"),
        (("--server", "ADDRESS", "--phase", PHASE, "--team", "Blue"), "your teams are: Red"),
        (("--server", "ftp://x", "--phase", PHASE), "https://bench.example.org"),
        (("--server", "ADDRESS"), "--phase"),
        (("--phase", PHASE), "--server"),
    ],
)
def test_a_wrong_call_is_said_and_sends_nothing(
    site: WebSite, call: Callable[..., Outcome], good: Path, arguments: tuple[str, ...], said: str
) -> None:
    with running(site.app) as address:
        done = call(good, *(one.replace("ADDRESS", address) for one in arguments))
    assert done.code in (1, 2)
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_server_that_is_not_there_is_said_after_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(float(100 * number) for number in range(100))
    server = Server("http://127.0.0.1:9", "rvb_x", pause=lambda _: None, now=lambda: next(clock))
    with pytest.raises(RvosbenchError, match="RVB188"):
        server.ask("GET", "/api/v1/server")


def test_who_cannot_reach_the_server_is_told_at_once_and_in_the_end(
    call: Callable[..., Outcome], good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rvosbench_leaderboard.submitting.connection.AT_FIRST", 1.0)
    done = call(good, "--server", "http://127.0.0.1:9", "--phase", PHASE, "--json")
    assert done.code == 1
    assert done.err.startswith("cannot reach http://127.0.0.1:9 (Connection refused), trying again (1)\n")
    assert "trying again (2)" in done.err
    assert [one["code"] for one in json.loads(done.out)["problems"]] == ["RVB188"]


def test_all_mistakes_of_a_call_are_said_together(
    site: WebSite,
    call: Callable[..., Outcome],
    good: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with running(site.app) as address:
        done = call(good, "--server", address, "--phase", "mevis/valid/none", "--team", "Blue")
    assert done.code == 2
    assert "RVB182  --phase mevis/valid/none" in done.err
    assert "your teams are: Red" in done.err
    monkeypatch.delenv("RVOSBENCH_TOKEN")
    done = call(tmp_path / "none.zip", "--server", "ftp://x", "--phase", "mevis")
    for said in ("RVB010", "--phase mevis", "--server ftp://x"):
        assert said in done.err
    done = call(tmp_path / "none.zip", "--server", "http://127.0.0.1:9", "--phase", "mevis")
    assert done.code == 2
    for said in ("RVB010", "--phase mevis", "RVB180"):
        assert said in done.err


def test_a_phase_that_is_closed_or_too_small_is_said_before_the_upload(
    site: WebSite, call: Callable[..., Outcome], good: Path
) -> None:
    with running(site.app) as address:
        site.world.set_phase(bytes=10)
        small = call(good, "--server", address, "--phase", PHASE, "--data", site.world.data)
        site.world.set_phase(closed=True)
        closed = call(good, "--server", address, "--phase", PHASE, "--data", site.world.data)
    assert (small.code, closed.code) == (1, 1)
    assert "RVB186" in small.err
    assert "RVB172" in closed.err
