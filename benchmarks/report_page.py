"""The report page of a split of the size of MeViS valid_u: 50 videos, 793 sentences, 80 frames each.

    python benchmarks/report_page.py [--scale 1.0] [--folder FOLDER] [--browser /usr/bin/chromium]

Prints, for one and for two methods: size, seconds, memory, and how long Chromium takes from opening the file
to the first sentence shown. Everything is made up: pictures are noise with the spectrum of photographs, masks
are polygons whose edge trembles from frame to frame, and no two sentences have the same predictions.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from material import SIZES, SPLIT, stems
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from valid_size import family, proportional

from rvosbench.datasets.base import find
from rvosbench.masks.planes import Plane
from rvosbench.predictions.parquet_checks import COLUMNS
from rvosbench.splits.convert import convert

VIDEOS, SENTENCES, FRAMES, OBJECTS = 50, 793, 80, 4
SIZE = SIZES["480p"]
POINTS = 96  # of a polygon
TREMBLE, WRONG = 0.05, 0.03  # of the radius: from frame to frame, and all the time
OPENINGS = 5
PROGRAM = Path(sys.executable).with_name("rvosbench")

Outline = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of videos and sentences")
    parser.add_argument("--folder", type=Path, help="where it is made (default: a temporary folder)")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        sentences = make(folder, options.scale)
        print("| methods | MB | s | CPU s | MB of memory, all processes | ms to the first sentence | |")
        print("|---:|---:|---:|---:|---:|---:|---|")
        for methods in (["first"], ["first", "second"]):
            page = folder / f"{len(methods)}.html"
            wall, cpu, memory, about = report(folder, methods, page)
            opened = sorted(opening(page, options.browser) for _ in range(OPENINGS))
            shape = f"masks {about['mask_side']} px, {pictures(page)}"
            print(
                f"| {len(methods)} | {page.stat().st_size / 1e6:.1f} | {wall:.0f} | {cpu:.0f} | {memory:.0f} "
                f"| {1000 * opened[OPENINGS // 2]:.0f} (worst {1000 * opened[-1]:.0f}) | {shape} |"
            )
        frames = f"{FRAMES} frames of {SIZE[1]}x{SIZE[0]}"
        print(f"\n{sentences:,} sentences, {frames}; median of {OPENINGS} openings")


def make(folder: Path, scale: float) -> int:
    """The release, converted, and two scored results; how many sentences."""
    videos, sentences = max(2, round(VIDEOS * scale)), max(4, round(SENTENCES * scale))
    names = [f"video{number:03d}" for number in range(videos)]
    of_video = [sentences // videos + (number < sentences % videos) for number in range(videos)]
    with ProcessPoolExecutor() as pool:
        truths = list(pool.map(draw_video, range(videos), [folder / "release" / SPLIT] * videos, names))
        write_release(folder / "release" / SPLIT, names, of_video, truths)
        convert(find("mevis-v1"), folder / "release", SPLIT, data=folder / "data", frames="link")
        for number, method in enumerate(("first", "second")):
            tables = pool.map(predict, range(videos), names, of_video, [number] * videos)
            path = folder / f"{method}.parquet"
            with pq.ParquetWriter(path, COLUMNS, compression="zstd") as writer:
                for table in tables:
                    writer.write_table(table)
            run(
                "eval",
                path,
                "--dataset",
                f"mevis-v1:{SPLIT}",
                "--data",
                folder / "data",
                "--out",
                folder / method,
            )
    return sentences


def write_release(folder: Path, names: list[str], of_video: list[int], truths: list[list[list[str]]]) -> None:
    """A sentence means one object or two."""
    meta, masks = {}, {}
    for number, (name, count, objects) in enumerate(zip(names, of_video, truths, strict=True)):
        ids = [number * OBJECTS + place for place in range(OBJECTS)]
        for one, counts in zip(ids, objects, strict=True):
            masks[str(one)] = [{"size": list(SIZE), "counts": text} for text in counts]
        expressions = {
            str(place): {
                "exp": f"the blob number {place} of {name} that trembles while it moves",
                "obj_id": targets(place),
                "anno_id": [ids[one] for one in targets(place)],
            }
            for place in range(count)
        }
        meta[name] = {"vid_id": number, "frames": list(stems(FRAMES)), "expressions": expressions}
    (folder / "meta_expressions.json").write_text(json.dumps({"videos": meta}), encoding="utf-8")
    (folder / "mask_dict.json").write_text(json.dumps(masks), encoding="utf-8")


def targets(sentence: int) -> list[int]:
    return [sentence % OBJECTS] if sentence % 3 else [sentence % OBJECTS, (sentence + 1) % OBJECTS]


def draw_video(video: int, release: Path, name: str) -> list[list[str]]:
    """Writes the frames; the counts of every object, frame by frame."""
    folder = release / "JPEGImages" / name
    folder.mkdir(parents=True)
    noise = np.random.default_rng(video)
    ground = photograph(noise, (SIZE[0] + FRAMES, SIZE[1] + FRAMES))
    for frame, stem in enumerate(stems(FRAMES)):
        view = ground[frame : frame + SIZE[0], frame : frame + SIZE[1]]
        Image.fromarray(view).save(folder / f"{stem}.jpg", quality=90)
    tracks = [track(video, one) for one in range(OBJECTS)]
    return [[counts([outline]).decode("ascii") for outline in one] for one in tracks]


def photograph(noise: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Noise whose amplitudes fall with frequency, as they do in photographs; colours go together."""
    rows, columns = np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])[None, :]
    falling = 1 / np.maximum(np.hypot(rows, columns), 1 / max(size)) ** 1.2
    layers = [np.fft.ifft2(np.fft.fft2(noise.standard_normal(size)) * falling).real for _ in range(2)]
    light, tint = (layer / layer.std() for layer in layers)
    pixels = np.stack([light + 0.3 * tint, light, light - 0.3 * tint], axis=-1)
    found: NDArray[np.uint8] = np.clip(128 + 48 * pixels, 0, 255).astype(np.uint8)
    return found


def track(video: int, one: int) -> list[Outline]:
    """The outline of an object in each frame: points about a centre that moves."""
    noise = np.random.default_rng((video, one))
    radius = SIZE[0] * noise.uniform(0.08, 0.2)
    centre = np.array(SIZE[::-1]) * noise.uniform(0.25, 0.75, 2)
    step = noise.uniform(-1.5, 1.5, 2)
    angles = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    waves = [(number, *noise.uniform((0.02, 0), (0.12, 2 * np.pi))) for number in range(2, 8)]
    found = []
    for frame in range(FRAMES):
        swing = sum(size * np.cos(number * angles + phase + 0.1 * frame) for number, size, phase in waves)
        reach = radius * (1 + swing)
        found.append(
            centre + frame * step + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None]
        )
    return found


def counts(outlines: list[Outline]) -> bytes:
    image = Image.new("L", SIZE[::-1])
    pen = ImageDraw.Draw(image)
    for outline in outlines:
        pen.polygon([tuple(point) for point in outline.tolist()], fill=1)
    return Plane.from_array(np.asarray(image)).to_counts()


def predict(video: int, name: str, sentences: int, method: int) -> pa.Table:
    """Each sentence's targets with edges of its own, some sentences with an object too few."""
    tracks = [track(video, one) for one in range(OBJECTS)]
    rows = []
    for sentence in range(sentences):
        noise = np.random.default_rng((video, sentence, method))
        meant = targets(sentence)[: 1 if noise.random() < 0.3 else 2]
        for frame, stem in enumerate(stems(FRAMES)):
            drawn = [trembling(tracks[one][frame], noise) for one in meant]
            rows.append((name, str(sentence), stem, 0, 1.0, *SIZE, counts(drawn)))
    return pa.table(dict(zip(COLUMNS.names, zip(*rows, strict=True), strict=True)), schema=COLUMNS)


def trembling(outline: Outline, noise: np.random.Generator) -> Outline:
    centre = outline.mean(axis=0)
    away = outline - centre
    rough = 1 + WRONG + TREMBLE * noise.standard_normal((POINTS, 1))
    moved: Outline = centre + away * rough
    return moved


def run(*arguments: object) -> str:
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def report(folder: Path, methods: list[str], page: Path) -> tuple[float, float, float, dict[str, int]]:
    """Seconds, CPU seconds, megabytes, and what the command says."""
    command = [
        PROGRAM,
        "report",
        *(folder / one for one in methods),
        "--out",
        page,
        "--data",
        folder / "data",
        "--json",
    ]
    before, start, most = spent(), time.perf_counter(), 0.0
    with page.with_suffix(".log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=log, text=True)
        while process.poll() is None:
            most = max(most, sum(map(proportional, family(process.pid))) / 1024)
            time.sleep(0.5)
        output = process.stdout.read() if process.stdout else ""
        if process.returncode:
            log.seek(0)
            raise SystemExit(f"report ended with {process.returncode}\n{log.read()}")
    return time.perf_counter() - start, spent() - before, most, json.loads(output)


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def pictures(page: Path) -> str:
    index = re.search(r'id="index">(.*?)</script>', page.read_text(encoding="utf-8"))
    about = json.loads(index.group(1))["page"] if index else {"pictures": {}}
    found = sorted({tuple(one) for one in about["pictures"].values()})
    return "pictures " + (
        ", ".join(f"{side} px" + (f" every {step}" if step > 1 else "") for side, step in found) or "none"
    )


def opening(page: Path, browser: str) -> float:
    """From the start of the navigation to the first sentence on the screen, by the clock of the browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page()
        tab.add_init_script(WATCH)
        tab.goto(f"{page.resolve().as_uri()}#video000/0", wait_until="commit")
        tab.wait_for_function("() => window.shownAt", timeout=60_000)
        shown: float = tab.evaluate("window.shownAt") / 1000
        chromium.close()
    return shown


WATCH = """
const look = () => {
  const overlay = document.querySelector("canvas.overlay[data-frame]");
  if (overlay) requestAnimationFrame(() => { window.shownAt = performance.now(); });
  else setTimeout(look, 5);
};
look();
"""


if __name__ == "__main__":
    main()
