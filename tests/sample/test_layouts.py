"""Each layout on disk is that of the official release: looked at file by file, without any reader of ours."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import pickle
import tarfile
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco
from pycocotools.coco import COCO
from scipy.io import loadmat

from rvosbench.sample.film import Film, Group

# Of pycocotools, which is a little behind NumPy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def label_map(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        assert image.mode == "P"
        return np.asarray(image).copy()


def of(films: list[Film], group: Group) -> list[Film]:
    return [film for film in films if film.group is group]


def by_name(films: list[Film]) -> dict[str, Film]:
    return {film.name: film for film in films}


@pytest.mark.parametrize("version", ["sample", "mevis-v1", "mevis-v2"])
def test_mevis_masks_are_those_of_the_world(version: str, tiny: Path, films: list[Film]) -> None:
    split = "valid" if version == "sample" else "valid_u"
    (meta,) = (tiny / version / split).glob("meta_expressions*.json")
    masks = document(tiny / version / split / "mask_dict.json")
    named = by_name(films)
    for name, video in document(meta)["videos"].items():
        film = named[name]
        assert len(list((tiny / version / split / "JPEGImages" / name).iterdir())) == len(video["frames"])
        for expression in video["expressions"].values():
            for obj_id, anno_id in zip(expression["obj_id"], expression["anno_id"], strict=True):
                for frame, rle in enumerate(masks[str(anno_id)]):
                    expected = film.world.mask(obj_id, frame)
                    decoded = coco.decode(rle) if rle is not None else np.zeros(film.size)
                    assert np.array_equal(decoded != 0, expected)


def test_mevis_hides_the_ground_truth_of_valid(tiny: Path) -> None:
    for folder, name in (
        ("mevis-v1", "meta_expressions.json"),
        ("mevis-v2", "meta_expressions_v2_release.json"),
    ):
        meta = document(tiny / folder / "valid" / name)
        keys = {
            key for video in meta["videos"].values() for one in video["expressions"].values() for key in one
        }
        assert keys == {"exp"}
        assert not (tiny / folder / "valid" / "mask_dict.json").exists()


def test_mevis_v1_knows_no_sentence_without_target_and_v2_does(tiny: Path) -> None:
    def without(path: Path) -> int:
        videos = document(path)["videos"].values()
        return sum(not one["anno_id"] for video in videos for one in video["expressions"].values())

    assert without(tiny / "mevis-v1" / "valid_u" / "meta_expressions.json") == 0
    assert without(tiny / "mevis-v2" / "valid_u" / "meta_expressions_v2.json") > 0


def test_mevis_v2_packs_the_frames_of_train(tiny: Path, films: list[Film]) -> None:
    with tarfile.open(tiny / "mevis-v2" / "train" / "JPEGImages.tar") as archive:
        names = archive.getnames()
    train = of(films, Group.TRAIN)
    assert len(names) == sum(film.length for film in train)
    assert f"JPEGImages/{train[0].name}/00000.jpg" in names
    assert not (tiny / "mevis-v2" / "train" / "JPEGImages").exists()


def test_the_sample_tells_kinds_and_categories(tiny: Path) -> None:
    for video in document(tiny / "sample" / "valid" / "meta_expressions.json")["videos"].values():
        assert {one["kind"] for one in video["expressions"].values()} >= {"motion", "none"}
        named = {str(anno) for one in video["expressions"].values() for anno in one["anno_id"]}
        assert named <= video["objects"].keys()
        assert all(set(thing) == {"category"} for thing in video["objects"].values())


def test_ref_youtube_vos_lists_the_test_videos_with_the_valid_ones(tiny: Path, films: list[Film]) -> None:
    meta = tiny / "ref-youtube-vos" / "meta_expressions"
    valid = set(document(meta / "valid" / "meta_expressions.json")["videos"])
    test = set(document(meta / "test" / "meta_expressions.json")["videos"])
    assert test == {film.name for film in of(films, Group.TEST)}
    assert valid - test == {film.name for film in of(films, Group.VALID)}
    assert {path.name for path in (tiny / "ref-youtube-vos/valid/JPEGImages").iterdir()} == valid - test


def test_ref_youtube_vos_has_every_fifth_frame_and_not_always_from_the_first(tiny: Path) -> None:
    videos = document(tiny / "ref-youtube-vos/meta_expressions/train/meta_expressions.json")["videos"]
    starts = set()
    for video in videos.values():
        numbers = [int(stem) for stem in video["frames"]]
        assert set(np.diff(numbers)) == {5}
        starts.add(numbers[0])
        assert all(isinstance(one["obj_id"], str) for one in video["expressions"].values())
    assert len(starts) > 1 and 0 in starts


def test_ref_youtube_vos_label_maps_are_those_of_the_world(tiny: Path, films: list[Film]) -> None:
    named = by_name(films)
    for folder in (tiny / "ref-youtube-vos" / "valid" / "Annotations").iterdir():
        for frame, path in enumerate(sorted(folder.iterdir())):
            assert np.array_equal(label_map(path), named[folder.name].world.labels[frame])


def test_ref_davis_is_as_downloaded(tiny: Path, films: list[Film]) -> None:
    root = tiny / "ref-davis17"
    train = (root / "DAVIS/ImageSets/2017/train.txt").read_text().split()
    val = (root / "DAVIS/ImageSets/2017/val.txt").read_text().split()
    assert train == ["classic-car", "dogs-scale", "motorbike"]
    assert val == [film.name for film in of(films, Group.VALID)]
    assert document(root / "DAVIS" / "davis_semantics.json").keys() == {*train, *val}
    texts = root / "davis_text_annotations"
    second = (texts / "Davis17_annot2.txt").read_bytes()
    assert "naïve" in second.decode("latin-1")
    with pytest.raises(UnicodeDecodeError):
        second.decode("utf-8")
    first = (texts / "Davis17_annot1.txt").read_text(encoding="utf-8").splitlines()
    assert {line.split()[0] for line in first} == {"clasic-car", "dog-scale", "motor-bike", *val}
    assert all(line.split(maxsplit=2)[2][0] == line[-1] == '"' for line in first)


def test_ref_davis_has_void_pixels_and_an_object_without_text(tiny: Path, films: list[Film]) -> None:
    root = tiny / "ref-davis17"
    labels: set[int] = set()
    for film in of(films, Group.VALID):
        for frame, path in enumerate(
            sorted((root / f"DAVIS/Annotations_unsupervised/480p/{film.name}").iterdir())
        ):
            found = label_map(path)
            labels |= set(np.unique(found).tolist())
            kept = found != 255
            assert np.array_equal(found[kept], film.world.labels[frame][kept])
    assert 255 in labels
    lines = (root / "davis_text_annotations/Davis17_annot1.txt").read_text(encoding="utf-8").splitlines()
    spoken_of = {tuple(line.split()[:2]) for line in lines}
    annotated = {(film.name, str(actor + 1)) for film in of(films, Group.VALID) for actor in film.actors}
    assert annotated - spoken_of


def test_the_converted_ref_davis_has_four_expressions_in_a_row_for_each_object(tiny: Path) -> None:
    for split in ("train", "valid"):
        meta = document(tiny / f"ref-davis17-converted/meta_expressions/{split}/meta_expressions.json")
        for video in meta["videos"].values():
            objects = [one["obj_id"] for one in video["expressions"].values()]
            assert objects == sorted(objects) and objects[::4] == objects[3::4]
            assert list(video["expressions"]) == [str(number) for number in range(len(objects))]


def test_a2d_masks_lie_on_their_side_and_frames_count_from_one(tiny: Path, films: list[Film]) -> None:
    root = tiny / "a2d-sentences" / "text_annotations" / "a2d_annotation_with_instances"
    named = by_name(films)
    single = 0
    for path in root.glob("*/*.h5"):
        film, frame = named[path.parent.name], int(path.stem) - 1
        with h5py.File(path) as file:
            instances, masks, boxes = list(file["instance"]), file["reMask"][()], file["reBBox"][()]
        if len(instances) == 1:
            single += 1
            masks, boxes = masks[None], boxes[:, None]
        for place, instance in enumerate(instances):
            expected = film.world.mask(int(instance) - 1, frame)
            assert np.array_equal(masks[place].T != 0, expected)
            y, x = np.nonzero(expected)
            assert boxes[:, place].tolist() == [x.min(), y.min(), x.max() + 1, y.max() + 1]
    assert single == 1


def test_a2d_has_the_known_dirt(tiny: Path) -> None:
    root = tiny / "a2d-sentences"
    with (root / "text_annotations" / "a2d_annotation.txt").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["instance_id"] for row in rows].count("1 (copy)") == 1
    missed = (root / "text_annotations" / "a2d_missed_videos.txt").read_text().split()
    assert missed and not {row["video_id"] for row in rows} & set(missed)
    twice = more = 0
    for path in (root / "text_annotations").glob("a2d_annotation_with_instances/*/*.h5"):
        with h5py.File(path) as file:
            instances = list(file["instance"])
            twice += len(set(instances)) < len(instances)
            more += file["reMask"].ndim == 3 and len(file["reMask"]) > len(instances)
    assert (twice, more) == (1, 1)


def test_a2d_clips_hold_every_frame(tiny: Path, films: list[Film]) -> None:
    with (tiny / "a2d-sentences" / "Release" / "videoset.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    named = by_name(films)
    assert {len(row) for row in rows} == {9} and {row[8] for row in rows} == {"0", "1"}
    for row in rows:
        with av.open(str(tiny / "a2d-sentences" / "Release" / "clips320H" / f"{row[0]}.mp4")) as clip:
            frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
        assert len(frames) == int(row[6]) == named[row[0]].length
        difference = np.abs(np.stack(frames).astype(int) - named[row[0]].pictures)
        assert difference.mean() < 6


def test_jhmdb_masks_are_those_of_the_world(tiny: Path, films: list[Film]) -> None:
    root = tiny / "jhmdb-sentences"
    named = by_name(films)
    shorter = 0
    for path in root.glob("puppet_mask/*/*/puppet_mask.mat"):
        film = named[path.parent.name]
        masks = loadmat(path)["part_mask"]
        assert masks.shape[:2] == film.size and masks.any(axis=(0, 1)).all()
        assert any(
            all(np.array_equal(masks[:, :, t] != 0, film.world.mask(actor, t)) for t in range(masks.shape[2]))
            for actor in film.actors
        )
        shorter += masks.shape[2] < film.length
        frames = root / "Rename_Images" / path.parts[-3] / film.name
        assert sorted(frame.name for frame in frames.iterdir())[0] == "00001.png"
    assert shorter == 1


def test_jhmdb_lists_three_scored_frames_of_every_video(tiny: Path) -> None:
    root = tiny / "jhmdb-sentences"
    with (root / "jhmdb_annotation.txt").open(newline="") as file:
        sentences = {row["video_id"]: row["query"] for row in csv.DictReader(file)}
    samples = document(root / "jhmdb_sentences_samples_metadata.json")
    assert len(samples) == 3 * len(sentences)
    for video, frame, masks, total, query in samples:
        assert query == sentences[video]
        for path in (frame, masks):
            assert (root / path.removeprefix("data/jhmdb_sentences/")).is_file()
        assert 1 <= int(Path(frame).stem) <= total


def test_long_rvos_has_no_file_where_an_object_is_not_seen(tiny: Path, films: list[Film]) -> None:
    absent = 0
    for film in films:
        folder = tiny / "long-rvos" / film.group / "Annotations" / film.name
        for actor in film.actors:
            for frame in range(film.length):
                path = folder / str(actor + 1) / f"{frame:05d}.png"
                expected = film.world.mask(actor, frame)
                assert path.exists() == expected.any()
                if path.exists():
                    with Image.open(path) as image:
                        assert image.mode == "L"
                        assert np.array_equal(np.asarray(image), expected * 255)
                absent += not path.exists()
    assert absent


def test_long_rvos_tells_looks_from_motion(tiny: Path) -> None:
    types: set[str] = set()
    for path in (tiny / "long-rvos").glob("*/meta_expressions.json"):
        for video in document(path)["videos"].values():
            for one in video["expressions"].values():
                types.add(one["type"])
                if one["type"] == "static":
                    assert not any(word in one["exp"] for word in ("moving", "that", "coming"))
    assert types == {"static", "dynamic", "hybrid"}


@pytest.mark.parametrize(("dataset", "refs"), [("refcoco", "refs(unc).p"), ("refcocog", "refs(umd).p")])
def test_refcoco_has_a_frame_of_each_film_with_the_masks_of_the_world(
    dataset: str, refs: str, tiny: Path, films: list[Film]
) -> None:
    listed = pickle.loads((tiny / dataset / dataset / refs).read_bytes())
    with contextlib.redirect_stdout(io.StringIO()):
        objects = COCO(str(tiny / dataset / dataset / "instances.json"))
    shown = {frame.tobytes(): film for film in films for frame in film.world.labels}
    crowds = 0
    for image, about in objects.imgs.items():
        labels = np.zeros((about["height"], about["width"]), np.uint8)
        for one in objects.imgToAnns[image]:
            labels[objects.annToMask(one) != 0] = one["id"] % 100 + 1
            crowds += one["iscrowd"]
        film = shown[labels.tobytes()]
        texts = {one.text: one for one in film.truths}
        for ref in listed:
            if ref["image_id"] == image:
                assert ref["split"] in {"train": ("train",), "valid": ("val",)}.get(
                    film.group, ("test", "testA", "testB")
                )
                for sentence in ref["sentences"]:
                    assert texts[sentence["sent"]].targets == (ref["ann_id"] % 100,)
                    assert texts[sentence["sent"]].kind == "appearance"
    assert crowds == 1
    numbers = [one["sent_id"] for ref in listed for one in ref["sentences"]]
    assert len(set(numbers)) == len(numbers) > len(films)
