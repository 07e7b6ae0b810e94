"""Does it read the text? Made-up models that do, do not, or mix things up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from one_error import BUS, DOG, FRAMES, HEIGHT, WIDTH, cat, score
from scored_sample import ScoredSample
from scoring import Masks, make_split, video

from rvosbench.analysis.language import LEAK, read
from rvosbench.analysis.opened import Opened
from rvosbench.analysis.wording import wordings
from rvosbench.cli.app import run
from rvosbench.errors import Code, UsageError
from rvosbench.metrics.jf import jf
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

SENTENCES = {
    "0": ("the cat that walks", ("cat",)),
    "1": ("an animal moving to the right", ("cat",)),
    "2": ("the long dog", ("dog",)),
    "3": ("both animals on the left", ("cat", "dog")),
    "4": ("the elephant", ()),
}


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Split:
    """Two videos alike, and one with a single sentence. The bus, which no sentence means, is largest."""
    objects = {"cat": cat(), "dog": DOG, "bus": BUS}
    records = [ExpressionRecord(name, text, targets) for name, (text, targets) in SENTENCES.items()]
    videos = [video(name, objects, records) for name in ("alley", "beach")]
    videos.append(video("cave", objects, records[:1]))
    return make_split(tmp_path_factory.mktemp("home"), "mevis-v2", "valid_u", videos)


Answers = dict[tuple[str, str], Masks]


def truths(split: Split) -> Answers:
    return {
        (one.video.name, one.name): np.array([one.mask(frame) for frame in range(FRAMES)])
        for one in split.expressions
    }


def expected_exchange(split: Split, answers: Mapping[tuple[str, str], Masks]) -> float:
    """By hand: every sentence answered by each other one of its video."""
    right, found = truths(split), []
    for name in ("alley", "beach"):
        for own in SENTENCES:
            others = [answers[name, other] for other in SENTENCES if other != own]
            found.append(float(np.mean([jf(right[name, own], one).mean for one in others])))
    return float(np.mean(found))


def test_right_answers_lose_what_other_sentences_do_not_mean(split: Split, tmp_path: Path) -> None:
    found = read(score(split, truths(split), tmp_path), split)
    assert (found.score.value, found.real.value) == (1, 1)
    assert found.others.value == pytest.approx(expected_exchange(split, truths(split)), abs=1e-12)
    assert found.others_if_right.value == found.others.value
    assert found.gain.value == pytest.approx(1 - (found.others.value or 0), abs=1e-12)
    assert (found.real.count, found.alone, found.score.count) == (10, 1, 11)


def test_who_does_not_read_gains_nothing_by_the_sentence(split: Split, tmp_path: Path) -> None:
    answers = {key: cat() for key in truths(split)}
    found = read(score(split, answers, tmp_path), split)
    assert found.gain.value == pytest.approx(0, abs=1e-12)
    assert found.leaks.share.value == 1, "the dog and the cat get the same answer"
    assert found.paraphrases.share.value == 1


def test_any_answers_are_exchanged_exactly(split: Split, tmp_path: Path) -> None:
    noise = np.random.default_rng(7)
    answers = {
        key: masks & (noise.random((FRAMES, 1, 1)) > 0.3) | np.roll(masks, int(noise.integers(0, 9)), axis=2)
        for key, masks in truths(split).items()
    }
    opened = score(split, answers, tmp_path)
    found = read(opened, split)
    assert found.others.value == pytest.approx(expected_exchange(split, answers), abs=1e-12)
    if_right = expected_exchange(split, truths(split))
    assert (
        found.others_if_right.value == pytest.approx(if_right, abs=1e-12) and if_right != found.others.value
    )
    assert found.score.value == pytest.approx(opened.result.metrics["J&F"], abs=1e-12)


def test_the_largest_object_is_scored_without_any_file(split: Split, tmp_path: Path) -> None:
    found = read(score(split, truths(split), tmp_path), split)
    expected = [jf(masks, BUS).mean for masks in truths(split).values()]
    assert found.largest.value == pytest.approx(float(np.mean(expected)), abs=1e-12)


def test_sentences_that_mean_the_same_agree_by_j_of_their_answers(split: Split, tmp_path: Path) -> None:
    answers = truths(split)
    answers["alley", "1"] = answers["alley", "1"].copy()
    answers["alley", "1"][:10] = DOG[:10]
    found = read(score(split, answers, tmp_path), split).paraphrases
    assert (found.share.count, found.sentences, found.share.videos) == (2, 4, 2)
    seen = FRAMES - 4  # frames in which one of the two is answered by something
    assert found.share.value == pytest.approx((1 + (seen - 10) / seen) / 2)
    worst = found.notable[0]
    assert (worst.video, worst.one, worst.other, worst.frames) == ("alley", "0", "1", seen)


def test_sentences_that_share_an_object_are_no_pair(split: Split, tmp_path: Path) -> None:
    """The cat, and both animals: neither the same nor apart."""
    found = read(score(split, truths(split), tmp_path), split)
    apart = {(pair.one, pair.other) for pair in found.leaks.notable}
    assert apart == set()
    assert found.leaks.share.count == 2 * 2, "the dog against each sentence about the cat, in two videos"


def test_answers_that_are_nearly_the_same_leak(split: Split, tmp_path: Path) -> None:
    answers = truths(split)
    answers["alley", "2"] = np.where(np.arange(FRAMES)[:, None, None] < 3, DOG, cat())
    found = read(score(split, answers, tmp_path), split).leaks
    assert (found.share.count, found.share.value) == (4, 0.5)
    assert [(pair.video, pair.one, pair.other) for pair in found.notable] == [
        ("alley", "0", "2"),
        ("alley", "1", "2"),
    ]
    assert all(pair.j is not None and LEAK <= pair.j < 1 for pair in found.notable)


def test_pairs_with_no_answer_at_all_are_counted_apart(split: Split, tmp_path: Path) -> None:
    nothing = np.zeros((FRAMES, HEIGHT, WIDTH), np.bool_)
    found = read(score(split, dict.fromkeys(truths(split), nothing), tmp_path), split)
    assert (found.leaks.share.count, found.leaks.silent) == (0, 4)
    assert (found.paraphrases.share.value, found.paraphrases.silent) == (None, 2)


def test_scores_by_wording_have_supports(split: Split, tmp_path: Path) -> None:
    answers = truths(split)
    answers["alley", "0"] = np.zeros_like(answers["alley", "0"])
    found = read(score(split, answers, tmp_path), split)
    assert wordings(SENTENCES["0"][0]) == {"motion"}
    motion = found.wording["motion"]
    assert (motion.count, motion.videos) == (5, 3)
    assert motion.value == pytest.approx((4 + 4 / FRAMES) / 5), "the cat is out of sight in four frames"
    assert (found.wording["static"].count, found.wording["none of these"].count) == (2, 2)
    assert found.wording["position"].value == 1


def test_worker_processes_say_the_same(split: Split, tmp_path: Path) -> None:
    opened = score(split, truths(split), tmp_path)
    assert read(opened, split, workers=2).as_json() == read(opened, split, workers=1).as_json()


def test_samples_are_compared_frame_by_frame(scored_sample: ScoredSample) -> None:
    opened = scored_sample.opened("a2d-sentences", "shifted")
    found = read(opened, scored_sample.split("a2d-sentences"))
    assert found.measure == "J"
    units = [unit.values["J"] or 0.0 for unit in opened.units]
    assert found.score.value == pytest.approx(float(np.mean(units)), abs=1e-12)
    assert (found.others.value or 0) < (found.real.value or 0)


def test_a_protocol_of_objects_is_refused_and_another_one_named(scored_sample: ScoredSample) -> None:
    split = scored_sample.split("ref-davis17")
    with pytest.raises(UsageError) as caught:
        read(scored_sample.opened("ref-davis17", "perfect"), split)
    assert caught.value.problems[0].code is Code.NOT_OF_SENTENCES


# The command


def call(split: Split, opened: Opened, *more: str) -> int:
    return run(["language", str(opened.folder), "--data", str(split.folder.parents[1]), *more])


def test_the_command_names_pairs_and_puts_floors_beside(
    split: Split, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = truths(split)
    answers["beach", "2"] = cat()
    opened = score(split, answers, tmp_path / "a")
    empty = score(split, {key: np.zeros_like(masks) for key, masks in answers.items()}, tmp_path / "b")
    assert call(split, opened, "--floor", f"nothing={empty.folder}") == 0
    said = capsys.readouterr().out
    assert f"{100 * empty.result.metrics['J&F']:.1f}" in next(
        line for line in said.splitlines() if " nothing " in line
    )
    assert "0 / 2" in said and "the long dog" in said


def test_json_is_whole(split: Split, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(split, score(split, truths(split), tmp_path), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["real"]["value"] == 1
    assert document["leaks"]["threshold"] == LEAK == 0.8
    assert document["paraphrases"]["pairs"][0]["texts"] == [SENTENCES["0"][0], SENTENCES["1"][0]]
    assert list(document["wording"]) == ["static", "motion", "position", "none of these"]
    assert document["floors"] == []


def test_with_one_sentence_to_a_video_there_is_nothing_to_say(
    scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = scored_sample.result("jhmdb-sentences", "late")
    assert run(["language", str(folder), "--data", str(scored_sample.home)]) == 0
    said = capsys.readouterr().out
    assert "there is nothing to exchange" in said
    assert said.count("nothing to say") == 2
