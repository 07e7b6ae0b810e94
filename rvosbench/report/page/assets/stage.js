// One method's masks over the picture of a frame: two canvases, of which the upper one is only ever ours, so that
// it can be read again whatever file the picture came from.

const MODES = [
  ["prediction", "Prediction"],
  ["truth", "Ground truth"],
  ["both", "Both"],
  ["errors", "Errors"],
];
// Okabe and Ito's colours, which people with any kind of colour vision tell apart.
const COLOURS = { prediction: [230, 159, 0], truth: [86, 180, 233], hit: [0, 158, 115], void: [128, 128, 128] };
const FILL = 140, SOFT = 70, LINE = 255;
const PREDICTED_BIT = 1, TRUTH_BIT = 2, VOID_BIT = 4;

const LEGENDS = {
  prediction: [["prediction", "predicted"]],
  truth: [["truth", "ground truth"]],
  both: [["prediction", "predicted"], ["truth", "outline of the ground truth"]],
  errors: [["hit", "hit"], ["truth", "miss"], ["prediction", "false alarm"]],
};

function legend(mode, hasVoid) {
  const entries = [...LEGENDS[mode], ...(hasVoid && mode === "errors" ? [["void", "does not count"]] : [])];
  return el(
    "ul",
    { class: "legend", "aria-label": "Colours" },
    entries.map(([colour, text]) => el("li", {}, el("span", { class: "swatch", style: { background: `rgb(${COLOURS[colour]})` } }), text)),
  );
}

class Stage {
  constructor(video) {
    this.video = video;
    this.picture = el("canvas", { class: "picture", "aria-hidden": "true" });
    this.overlay = el("canvas", { class: "overlay", role: "img", width: video.width, height: video.height });
    this.name = el("span", { class: "method" });
    this.figures = el("span", { class: "figures" });
    this.box = el("div", { class: "stage", style: { "aspect-ratio": `${video.width} / ${video.height}` } }, this.picture, this.overlay);
    this.node = el("figure", {}, el("figcaption", {}, this.name, this.figures), this.box);
    this.bits = new Uint8Array(video.width * video.height);
    this.asked = 0;
  }

  // Masks at once, the picture as soon as it is decoded, unless another frame was asked for meanwhile.
  async draw(data, method, place, mode) {
    const asked = ++this.asked;
    const frame = data.frames[place];
    const scores = data.scores[method];
    this.name.textContent = methods[method].name;
    this.figures.textContent = frameFigures(scores, place);
    this.paint(data, method, place, mode);
    this.overlay.setAttribute("aria-label", this.words(data, method, place, mode));
    this.overlay.dataset.frame = this.video.stems[frame];
    const bitmap = await this.video.picture(frame);
    if (asked !== this.asked) return;
    this.box.classList.toggle("empty", bitmap === null);
    if (bitmap === null) return;
    const [width, height] = [bitmap.naturalWidth || bitmap.width, bitmap.naturalHeight || bitmap.height];
    if (this.picture.width !== width || this.picture.height !== height) Object.assign(this.picture, { width, height });
    this.picture.getContext("2d").drawImage(bitmap, 0, 0);
  }

  paint(data, method, place, mode) {
    const { width, height } = this.video;
    const bits = this.bits.fill(0);
    const predicted = data.predicted[method];
    if (predicted && mode !== "truth") fill(bits, predicted[place], PREDICTED_BIT);
    if (mode !== "prediction") fill(bits, data.truth[place], TRUTH_BIT);
    if (data.voids && mode === "errors") fill(bits, data.voids[place], VOID_BIT);
    const image = new ImageData(width, height);
    const colour = { prediction: fillColour, truth: fillColour, both: bothColour, errors: errorColour }[mode];
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        const at = x * height + y;
        if (!bits[at]) continue;
        const [rgb, alpha] = colour(bits, at, x, y, width, height);
        image.data.set(rgb, 4 * (y * width + x));
        image.data[4 * (y * width + x) + 3] = alpha;
      }
    }
    this.overlay.getContext("2d").putImageData(image, 0, 0);
  }

  words(data, method, place, mode) {
    const size = this.bits.length;
    const title = MODES.find(([id]) => id === mode)[1].toLowerCase();
    const shares = [`target ${percent(area(data.truth[place], size))} % of the picture`];
    if (data.predicted[method]) shares.push(`predicted ${percent(area(data.predicted[method][place], size))} %`);
    const stem = this.video.stems[data.frames[place]];
    return `${methods[method].name}, ${title}, frame ${stem}: ${frameFigures(data.scores[method], place)}; ${shares.join(", ")}`;
  }
}

function frameFigures(scores, place) {
  const flags = scores.flags[place];
  const figures = `J ${percent(scores.j[place])}` + (scores.f ? `  F ${percent(scores.f[place])}` : "");
  if (flags & MISSING) return `${figures}  missing`;
  if (scores.f && !(flags & PRESENT)) return `${figures}  target out of sight`;
  return figures;
}

function isEdge(bits, at, bit, x, y, width, height) {
  return (
    (x > 0 && !(bits[at - height] & bit)) || (x + 1 < width && !(bits[at + height] & bit)) ||
    (y > 0 && !(bits[at - 1] & bit)) || (y + 1 < height && !(bits[at + 1] & bit))
  );
}

function fillColour(bits, at, x, y, width, height) {
  const [bit, colour] = bits[at] & PREDICTED_BIT ? [PREDICTED_BIT, COLOURS.prediction] : [TRUTH_BIT, COLOURS.truth];
  return [colour, isEdge(bits, at, bit, x, y, width, height) ? LINE : FILL];
}

function bothColour(bits, at, x, y, width, height) {
  const value = bits[at];
  if (value & TRUTH_BIT && isEdge(bits, at, TRUTH_BIT, x, y, width, height)) return [COLOURS.truth, LINE];
  if (value & PREDICTED_BIT) return [COLOURS.prediction, isEdge(bits, at, PREDICTED_BIT, x, y, width, height) ? LINE : FILL];
  return [COLOURS.truth, SOFT];
}

function errorColour(bits, at) {
  const value = bits[at];
  if (value & VOID_BIT) return [COLOURS.void, FILL];
  if (value === (PREDICTED_BIT | TRUTH_BIT)) return [COLOURS.hit, FILL];
  return [value & TRUTH_BIT ? COLOURS.truth : COLOURS.prediction, FILL + SOFT];
}
