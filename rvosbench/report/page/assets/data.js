// The index, and the blocks of videos, which are decoded when they are asked for.

const index = JSON.parse(byId("index").textContent);
const OPEN_VIDEOS = 3; // whose blocks stay decoded

const opened = new Map();

// The page is usable while the rest of the file is still read: a block may not be there yet.
async function blockOf(id) {
  for (;;) {
    const node = byId(id);
    const over = document.readyState !== "loading";
    if (node && (node.nextElementSibling || over)) return JSON.parse(node.textContent);
    if (over) return null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function openVideo(place) {
  if (!opened.has(place)) {
    opened.set(place, new Video(place, await blockOf(`m${place}`)));
    for (const old of [...opened.keys()].slice(0, -OPEN_VIDEOS)) {
      opened.get(old).close();
      opened.delete(old);
    }
  }
  return opened.get(place);
}

class Video {
  constructor(place, block) {
    this.place = place;
    this.name = index.cases.videos[place];
    this.stems = block.stems;
    this.fps = block.fps;
    [this.height, this.width] = block.size;
    this.full = block.full;
    this.block = block;
    this.pictures = null;
    this.bitmaps = new Map();
  }

  async stream(place) {
    return inflated(decoded(this.block.streams[place]));
  }

  // Everything that was scored of one case: frames, masks of the ground truth and of each method, scores.
  async openCase(name) {
    const about = this.block.cases[name];
    const frames = about.frames || this.stems.map((_, frame) => frame);
    const masks = async (place) => (place === null ? null : readMasks(await this.stream(place), frames.length));
    const [truth, predicted, scores, voids] = await Promise.all([
      masks(about.truth),
      Promise.all(about.masks.map(masks)),
      Promise.all(
        about.scores.map(async (place) => readScores(await this.stream(place), frames.length, index.boundary)),
      ),
      this.voids(),
    ]);
    return { frames, truth, predicted, scores, voids: voids && frames.map((frame) => voids[frame]) };
  }

  // Regions that do not count, as Ref-DAVIS17 has them.
  async voids() {
    const place = this.block.void;
    return place === null ? null : readMasks(await this.stream(place), this.stems.length);
  }

  // The picture of a frame, or the last one before it that there is; null where the video has none.
  async picture(frame) {
    if (this.pictures === null) this.pictures = (await blockOf(`p${this.place}`)) || { stride: 1 };
    const place = Math.floor(frame / this.pictures.stride);
    if (!this.bitmaps.has(place)) this.bitmaps.set(place, this.load(place));
    return this.bitmaps.get(place);
  }

  async load(place) {
    try {
      if (this.pictures.webp) {
        const bytes = decoded(this.pictures.webp[place]);
        return await createImageBitmap(new Blob([bytes], { type: "image/webp" }));
      }
      if (this.pictures.links) {
        const image = new Image();
        image.src = this.pictures.links[place];
        await image.decode();
        return image;
      }
    } catch {
      return null; // a linked file that is gone
    }
    return null;
  }

  close() {
    for (const bitmap of this.bitmaps.values()) bitmap.then((one) => one && one.close && one.close());
    this.bitmaps.clear();
  }
}
