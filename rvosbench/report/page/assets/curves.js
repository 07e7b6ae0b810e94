// J and F over the frames, of one or two methods. A click seeks; the slider below does the same for the keyboard.

const ACROSS = 1000, TALL = 100;
const FEW_FRAMES = 40; // up to which each frame gets a point

function curves(data, shownMethods, seek) {
  const measures = data.scores[0].f ? [["J", "j"], ["F", "f"]] : [["J", "j"]];
  const charts = measures.map(([title, key]) => chart(data, shownMethods, title, key, seek));
  return {
    node: el("div", { class: "curves" }, charts.map((one) => one.node), key(data, shownMethods)),
    move: (place) => charts.forEach((one) => one.move(place)),
  };
}

function chart(data, shownMethods, title, key, seek) {
  const count = data.frames.length;
  const x = (place) => (count === 1 ? ACROSS / 2 : (ACROSS * place) / (count - 1));
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${ACROSS} ${TALL}`, preserveAspectRatio: "none", role: "img", "aria-label": `${title} by frame: ${spoken(data, shownMethods, key)}` },
    absences(data, count),
    [0, 50, 100].map((level) => svg("line", { class: "grid", x1: 0, x2: ACROSS, y1: TALL - level, y2: TALL - level })),
    shownMethods.map((method, number) => line(data.scores[method], key, x, number)),
  );
  const cursor = svg("line", { class: "cursor", y1: -10, y2: TALL + 10 });
  drawing.append(cursor);
  const at = (event) => {
    const box = drawing.getBoundingClientRect();
    seek(Math.min(count - 1, Math.max(0, Math.round(((event.clientX - box.left) / box.width) * (count - 1)))));
  };
  drawing.addEventListener("pointerdown", (event) => {
    drawing.setPointerCapture(event.pointerId);
    at(event);
  });
  drawing.addEventListener("pointermove", (event) => event.buttons && at(event));
  return {
    node: el("div", { class: "chart" }, el("span", { class: "axis", "aria-hidden": "true" }, el("span", {}, "100"), el("b", {}, title), el("span", {}, "0")), drawing),
    move: (place) => {
      cursor.setAttribute("x1", x(place));
      cursor.setAttribute("x2", x(place));
    },
  };
}

function line(scores, key, x, number) {
  const points = [...scores[key]].map((value, place) => `${x(place).toFixed(1)},${(TALL * (1 - value)).toFixed(1)}`);
  const drawn = [svg("polyline", { class: `line method-${number}`, points: points.join(" ") })];
  if (points.length <= FEW_FRAMES) {
    // Lines without length, whose round ends stay round however the drawing is stretched.
    drawn.push(svg("path", { class: `dots method-${number}`, d: points.map((point) => `M${point}h0`).join("") }));
  }
  return drawn;
}

// Shades for frames in which the target cannot be seen, or for which a prediction is missing.
function absences(data, count) {
  const width = ACROSS / Math.max(1, count - 1);
  const shade = (kind, test) =>
    [...data.frames.keys()].filter(test).map((place) => {
      const [left, right] = [Math.max(0, (place - 0.5) * width), Math.min(ACROSS, (place + 0.5) * width)];
      return svg("rect", { class: kind, x: left, y: 0, width: right - left, height: TALL });
    });
  const first = data.scores[0];
  return [
    ...(first.f ? shade("absent", (place) => !(first.flags[place] & PRESENT)) : []),
    ...shade("missing", (place) => data.scores.some((scores) => scores.flags[place] & MISSING)),
  ];
}

function key(data, shownMethods) {
  const entries = shownMethods.map((method, number) => el("li", {}, el("span", { class: `stroke method-${number}` }), methods[method].name));
  const first = data.scores[0];
  if (first.f && first.flags.some((flags) => !(flags & PRESENT))) entries.push(el("li", {}, el("span", { class: "shade absent" }), "target out of sight"));
  if (data.scores.some((scores) => scores.flags.some((flags) => flags & MISSING))) entries.push(el("li", {}, el("span", { class: "shade missing" }), "prediction missing"));
  return el("ul", { class: "legend", "aria-label": "Lines" }, entries);
}

function spoken(data, shownMethods, key) {
  return shownMethods
    .map((method) => {
      const values = [...data.scores[method][key]];
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return `${methods[method].name}, mean ${percent(mean)}, least ${percent(Math.min(...values))}`;
    })
    .join("; ");
}
