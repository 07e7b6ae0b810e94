"""Progress in a log file: whole lines, few of them, with the time that is left."""

from __future__ import annotations

import pytest

from rvosbench.cli import console

Capture = pytest.CaptureFixture[str]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(console, "time", clock)
    return clock


def work(clock: Clock, count: int, seconds: float, total: int | None, unit: str, amount: int = 1) -> None:
    bar = console.progress()
    bar.start("work", total, unit)
    for _ in range(count):
        clock.now += seconds
        bar.advance(amount)
    bar.finish()


def test_a_log_gets_a_line_every_ten_seconds(clock: Clock, capsys: Capture) -> None:
    work(clock, count=50, seconds=1, total=1000, unit="video")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "work: 10 of 1,000 videos in 0:10, about 16:30 left"
    assert lines[-1] == "work: 50 of 1,000 videos in 0:50, about 15:50 left"
    assert len(lines) == 5


def test_what_is_over_soon_says_nothing(clock: Clock, capsys: Capture) -> None:
    work(clock, count=9, seconds=1, total=9, unit="video")
    assert capsys.readouterr().err == ""
    work(clock, count=2, seconds=9, total=2, unit="video")
    assert capsys.readouterr().err == "", "nor does what is over when its line is due"


def test_bytes_are_megabytes_and_hours_are_hours(clock: Clock, capsys: Capture) -> None:
    work(clock, count=1, seconds=4000, total=40_000_000, unit="byte", amount=10_000_000)
    assert capsys.readouterr().err == "work: 10.0 of 40.0 MB in 1:06:40, about 3:20:00 left\n"


def test_work_of_unknown_length_says_what_is_done(clock: Clock, capsys: Capture) -> None:
    work(clock, count=2, seconds=10, total=None, unit="frame")
    assert capsys.readouterr().err.splitlines() == ["work: 1 frame in 0:10", "work: 2 frames in 0:20"]


def test_a_message_stands_on_a_line_of_its_own(clock: Clock, capsys: Capture) -> None:
    bar = console.progress()
    bar.start("work", 3, "video")
    clock.now += 20
    bar.advance()
    bar.say("a worker died; its video is tried again")
    bar.finish()
    assert capsys.readouterr().err.splitlines() == [
        "work: 1 of 3 videos in 0:20, about 0:40 left",
        "a worker died; its video is tried again",
    ]
