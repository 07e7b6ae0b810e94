"""A record that was scored can be scored again; a forged one is caught, whatever was forged in it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from record_files import record, write_records
from rvosbench_leaderboard.records.reading import read_records
from scored_sample import ScoredSample

from rvosbench.cli.app import run

SHIFTED = "scored-shifted-mevis-v1-valid-u"


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory, scored_sample: ScoredSample) -> Path:
    """A folder with one record, made by `add` from a result whose masks were scored again."""
    folder = tmp_path_factory.mktemp("added")
    result = scored_sample.result("mevis-v1", "shifted")
    options = ["--records", str(folder), "--data", str(scored_sample.home), "--keep"]
    assert run(["leaderboard", "add", str(result), "--method", "shifted", "--name", "Ours", *options]) == 0
    return folder


@pytest.fixture
def folder(added: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(added, tmp_path / "records"))


def file_of(folder: Path) -> Path:
    (path,) = (folder / "scored").glob("*.toml")
    return path


def change(folder: Path, pattern: str, new: str | Callable[[re.Match[str]], str]) -> None:
    path = file_of(folder)
    text, count = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")


def other_digit(match: re.Match[str]) -> str:
    """The first digit after what is matched is another one."""
    return match[1] + str((int(match[2], 16) + 1) % 10)


def verify(folder: Path, sample: ScoredSample, predictions: Path | None = None) -> int:
    if predictions is None:
        return run(["leaderboard", "verify", str(folder)])
    where = ["--records", str(folder), "--data", str(sample.home)]
    return run(["leaderboard", "verify", SHIFTED, str(predictions), *where])


def test_a_result_becomes_a_record_with_all_its_provenance(added: Path, scored_sample: ScoredSample) -> None:
    found = read_records(added)
    assert list(found.problems) == []
    (one,) = found.records
    result = scored_sample.opened("mevis-v1", "shifted").result
    assert one.status == "re-scored"
    assert one.source.fingerprint == result.fingerprint
    assert one.source.predictions == result.predictions_sha256
    assert one.source.data == result.dataset_fingerprint
    assert float(one.printed["J&F"]) == pytest.approx(100 * result.metrics["J&F"], abs=0.005)
    assert one.intervals["J&F"][0] <= one.metrics["J&F"] <= one.intervals["J&F"][1]
    assert one.stability is not None
    assert "flicker" in one.stability


def test_scores_of_videos_are_means_over_their_units(added: Path, scored_sample: ScoredSample) -> None:
    (one,) = read_records(added).records
    by_video: dict[str, list[float]] = {}
    for unit in scored_sample.opened("mevis-v1", "shifted").units:
        j, f = unit.values["J"], unit.values["F"]
        assert j is not None
        assert f is not None
        by_video.setdefault(unit.video, []).append((j + f) / 2)
    assert one.weights == {video: len(scores) for video, scores in by_video.items()}
    assert one.videos == pytest.approx({v: 100 * sum(s) / len(s) for v, s in by_video.items()}, abs=1e-6)


def test_it_holds_with_its_predictions_and_without(added: Path, scored_sample: ScoredSample) -> None:
    assert verify(added, scored_sample) == 0
    assert verify(added, scored_sample, scored_sample.predictions("mevis-v1", "shifted")) == 0


def test_predictions_that_are_packed_otherwise_are_a_warning(
    added: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = scored_sample.result("mevis-v1", "shifted") / "predictions.parquet"
    assert verify(added, scored_sample, kept) == 0
    assert "warning RVB222" in capsys.readouterr().err


def test_other_predictions_are_caught(
    added: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    late = scored_sample.predictions("mevis-v1", "late")
    where = ["--records", str(added), "--data", str(scored_sample.home), "--json"]
    assert run(["leaderboard", "verify", SHIFTED, str(late), *where]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["holds"] is False
    assert {"J&F", "fingerprint", "predictions", "videos"} <= {one["what"] for one in document["differences"]}


FORGERIES = {
    "figure": r'("J&F" = \d)(\d)',
    "second figure": r"(, J = \d)(\d)",
    "interval": r'(intervals = \{ "J&F" = \[\d)(\d)',
    "fingerprint": r'(fingerprint = ")([0-9a-f])',
    "predictions": r'(predictions = ")([0-9a-f])',
    "data": r'(\ndata = ")([0-9a-f])',
    "video": r"(\[record\.videos\]\n\S+ = \[\d)(\d)",
    "weight": r"(\[record\.videos\]\n\S+ = \[[\d.]+, )(\d)",
    "stability": r"(flicker = \d*)(\d)",
    "attribute": r'(\[record\.attributes\.\w+\]\n.*"J&F" = \d)(\d)',
}


@pytest.mark.parametrize("forged", FORGERIES)
def test_a_forged_record_is_caught_by_its_predictions(
    folder: Path, scored_sample: ScoredSample, forged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, FORGERIES[forged], other_digit)
    code = verify(folder, scored_sample, scored_sample.predictions("mevis-v1", "shifted"))
    said = capsys.readouterr().err
    # The hash alone is other where somebody has packed the same masks anew.
    assert (code, "RVB222" in said) == (0 if forged == "predictions" else 1, True)


@pytest.mark.parametrize("forged", ["figure", "interval", "fingerprint", "video", "weight"])
def test_a_forged_record_is_caught_without_its_predictions(
    folder: Path, scored_sample: ScoredSample, forged: str
) -> None:
    change(folder, FORGERIES[forged], other_digit)
    assert verify(folder, scored_sample) == 1


def test_without_kept_units_the_scores_of_videos_still_give_a_raised_figure_away(
    folder: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, r"\nresult = .*", "")
    assert verify(folder, scored_sample) == 0
    change(folder, FORGERIES["figure"], other_digit)
    assert verify(folder, scored_sample) == 1
    assert "the scores of videos make" in capsys.readouterr().err


def test_kept_units_outside_the_records_are_not_read(folder: Path, scored_sample: ScoredSample) -> None:
    change(folder, r'\nresult = "[^"]*"', '\nresult = "../../elsewhere"')
    assert verify(folder, scored_sample) == 1


def test_a_scored_record_cannot_admit_a_contradiction(
    folder: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, r"\nresult = .*", '\ncontradictions = ["mean"]')
    change(folder, r"(, J = )\d+", r"\g<1>1")
    assert verify(folder, scored_sample) == 1
    assert "is not the mean of" in capsys.readouterr().err


def test_one_record_that_holds_is_named(
    folder: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["leaderboard", "verify", SHIFTED, "--records", str(folder)]) == 0
    assert capsys.readouterr().out.strip() == f"{SHIFTED} holds"
    assert verify(folder, scored_sample) == 0
    assert capsys.readouterr().out.startswith("1 record holds, 0 of them")


def test_another_figure_of_an_attribute_is_said_in_words(
    folder: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, r'(\[record\.attributes\.targets\]\n\S+ = \{ videos = \d+, "J&F" = )\d', r"\g<1>9")
    predictions = scored_sample.predictions("mevis-v1", "shifted")
    assert verify(folder, scored_sample, predictions) == 1
    said = capsys.readouterr().err
    assert re.search(
        r"found +targets \d: J&F [\d.]+ of \d+ videos, where the record says targets \d: J&F 9", said
    )
    assert "Group(" not in said


def test_two_conversions_never_share_a_board(
    folder: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    text = file_of(folder).read_text(encoding="utf-8")
    text = text.replace(SHIFTED, "other", 1)
    text = re.sub(FORGERIES["data"], other_digit, text)
    (folder / "scored" / "other.toml").write_text(text, encoding="utf-8")
    assert verify(folder, scored_sample) == 1
    assert "and of other" in capsys.readouterr().err


def test_a_result_whose_tables_were_changed_is_not_added(
    tmp_path: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "result"
    shutil.copytree(scored_sample.result("mevis-v1", "shifted"), result)
    masks = scored_sample.result("mevis-v1", "late") / "predictions.parquet"
    shutil.copyfile(masks, result / "predictions.parquet")
    options = ["--records", str(tmp_path / "records"), "--data", str(scored_sample.home)]
    assert run(["leaderboard", "add", str(result), "--method", "x", *options]) == 1
    assert "RVB222" in capsys.readouterr().err
    assert not (tmp_path / "records").exists()


@pytest.mark.parametrize("dataset", ["a2d-sentences", "ref-davis17"])
def test_other_protocols_are_added_with_their_predictions(
    tmp_path: Path, scored_sample: ScoredSample, dataset: str
) -> None:
    result = str(scored_sample.result(dataset, "late"))
    predictions = str(scored_sample.predictions(dataset, "late"))
    where = ["--records", str(tmp_path), "--data", str(scored_sample.home)]
    assert run(["leaderboard", "add", result, predictions, "--method", "late", *where]) == 0
    (one,) = read_records(tmp_path).records
    assert run(["leaderboard", "verify", one.id, predictions, *where]) == 0
    assert run(["leaderboard", "verify", str(tmp_path)]) == 0


def test_kept_scores_in_single_precision_ask_for_the_predictions(
    tmp_path: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    result = str(scored_sample.result("a2d-sentences", "late"))
    where = ["--records", str(tmp_path), "--data", str(scored_sample.home)]
    assert run(["leaderboard", "add", result, "--method", "late", *where]) == 1
    assert "add RESULT PREDS" in capsys.readouterr().err


@pytest.mark.parametrize(("digits", "code"), [(1, 0), (2, 0), (None, 1)])
def test_a_printed_figure_can_be_checked_by_who_has_the_predictions(
    tmp_path: Path, scored_sample: ScoredSample, digits: int | None, code: int
) -> None:
    exact = 100 * scored_sample.opened("mevis-v1", "shifted").result.metrics["J&F"]
    text = f"{exact:.{digits}f}" if digits else f"{exact + 0.1:.1f}"
    write_records(tmp_path, record(f'"J&F" = {text}'))
    where = ["--records", str(tmp_path), "--data", str(scored_sample.home)]
    predictions = str(scored_sample.predictions("mevis-v1", "shifted"))
    assert run(["leaderboard", "verify", "one", predictions, *where]) == code


def test_facts_alone_cannot_be_scored(
    project_root: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    predictions = str(scored_sample.predictions("mevis-v1", "shifted"))
    where = ["--records", str(project_root / "leaderboard" / "results")]
    assert run(["leaderboard", "verify", "counted-soc-t", predictions, *where]) == 2
    assert "RVB223" in capsys.readouterr().err


def test_add_does_not_replace_a_record_unasked(added: Path, scored_sample: ScoredSample) -> None:
    before = file_of(added).read_bytes()
    result = str(scored_sample.result("mevis-v1", "shifted"))
    call = ["leaderboard", "add", result, "--method", "shifted", "--records", str(added), "--self-reported"]
    assert run(call) == 2
    assert file_of(added).read_bytes() == before


def test_a_contradiction_of_a_paper_must_be_admitted_and_only_then(tmp_path: Path) -> None:
    wrong = '"J&F" = 55.3, J = 51.0, F = 60.4'
    admitted = 'contradictions = ["mean"]'
    assert run(["leaderboard", "verify", str(write_records(tmp_path / "1", record(wrong)))]) == 1
    assert (
        run(["leaderboard", "verify", str(write_records(tmp_path / "2", record(wrong, more=admitted)))]) == 0
    )
    right = record('"J&F" = 55.7, J = 51.0, F = 60.4', more=admitted)
    assert run(["leaderboard", "verify", str(write_records(tmp_path / "3", right))]) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [('"mevis-v1"', '"mevis"'), ('"valid_u"', '"val"'), ('"mevis"', '"ref-davis17"'), ('"mevis"', '"mine"')],
)
def test_a_board_that_does_not_exist_is_found(
    tmp_path: Path, old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["leaderboard", "verify", str(write_records(tmp_path, record().replace(old, new)))]) == 1
    assert "RVB220" in capsys.readouterr().err


def test_an_unknown_record_is_refused_with_near_ones(added: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["leaderboard", "verify", "scored-shifted", "--records", str(added)]) == 2
    assert SHIFTED in capsys.readouterr().err


@pytest.mark.parametrize(("what", "other"), [("dataset", "mevis-v2"), ("split", "valid")])
def test_a_scored_record_cannot_be_moved_to_another_board(
    folder: Path,
    scored_sample: ScoredSample,
    what: str,
    other: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(folder, rf'(?m)^{what} = ".*"$', f'{what} = "{other}"')
    assert verify(folder, scored_sample) == 1
    assert "RVB221" in capsys.readouterr().err


def test_who_says_reproduced_must_say_how(
    folder: Path, scored_sample: ScoredSample, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, 'status = "re-scored"', 'status = "reproduced"')
    assert verify(folder, scored_sample) != 0
    assert "the commands that make the predictions" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["verify"], ["export", "--records"], ["build", "--out", "site", "--records"]]
)
def test_a_folder_without_records_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert run(["leaderboard", *command, "empty"]) != 0
    assert "a folder of records" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--stage", "bogus,,", "RVB"),
        ("--stage", "", "--stage"),
        ("--year", "20", "year"),
        ("--paper", "javascript:alert(1)", "paper"),
        ("--code", "javascript:alert(1)", "code"),
        ("--fps", "-3", "fps"),
        ("--fps", "nan", "fps"),
        ("--parameters", "-5", "parameters"),
        ("--trainable", "-5", "trainable"),
    ],
)
@pytest.mark.parametrize("more", [["--self-reported", "--keep"], []], ids=["self-reported", "scored again"])
def test_what_no_command_would_accept_is_not_added(
    tmp_path: Path,
    scored_sample: ScoredSample,
    option: str,
    value: str,
    said: str,
    more: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = str(scored_sample.result("mevis-v1", "shifted"))
    where = ["--records", str(tmp_path / "records"), "--data", str(scored_sample.home)]
    call = ["leaderboard", "add", result, "--method", "ours5", *where, f"{option}={value}", *more]
    assert run(call) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "records").exists()
