// One case, opened: pictures, masks, curves, and what each method scored.

let open = null; // the case that is shown
let asked = 0; // cases are opened one after the other; only the last one asked for is shown

async function showCase(where) {
  const row = findRow(where.video, where.name);
  const view = byId("view-case");
  const number = ++asked;
  if (!row) {
    closeCase();
    view.replaceChildren(el("h1", { id: "case-title" }, "Not in this page"), el("p", {}, `There is no ${where.video}/${where.name} here. `, el("a", { href: settingAddress() }, "To the table")));
    return;
  }
  const video = await openVideo(row.video);
  const data = await video.openCase(row.name);
  if (number !== asked) return;
  closeCase();
  open = { row, video, data, ...chosen(where.query) };
  build(view);
  const place = data.frames.findIndex((frame) => video.stems[frame] === where.query.frame);
  open.player.go(Math.max(0, place));
  document.title = `${rowTitle(row)} - ${index.title}`;
}

function chosen(query) {
  const method = (text, otherwise) => (methods[Number(text)] ? Number(text) : otherwise);
  const a = method(query.a ?? "0", 0);
  const b = query.b === "none" || methods.length < 2 ? null : method(query.b ?? "1", 1);
  return { a, b: b === a ? null : b, mode: MODES.some(([id]) => id === query.mode) ? query.mode : "both" };
}

function closeCase() {
  asked++; // nor is one shown that is still on its way
  if (open) open.player.pause();
  open = null;
}

function build(view) {
  const { row, video, data } = open;
  open.player = new Player(data.frames.length, video.fps, showFrame);
  open.stages = shownMethods().map(() => new Stage(video));
  open.curves = curves(data, shownMethods(), (place) => open.player.seek(place));
  open.slider = el("input", {
    type: "range", id: "frame", min: 0, max: data.frames.length - 1, value: 0, "aria-label": "Frame",
    oninput: (event) => open.player.seek(Number(event.target.value)),
  });
  open.play = el("button", { type: "button", id: "play", class: "main", onclick: () => open.player.toggle() }, "Play");
  open.stem = el("output", { for: "frame", id: "stem" });
  open.legend = el("div", { class: "of-masks" });
  view.replaceChildren(
    trail(row),
    el("h1", { id: "case-title", tabindex: "-1" }, rowTitle(row)),
    facts(row),
    el("div", { class: "bar" }, modes(), methodChoices()),
    el("div", { class: `stages of-${open.stages.length}` }, open.stages.map((stage) => stage.node)),
    el("div", { class: "transport" }, open.play, open.slider, open.stem),
    open.legend,
    open.curves.node,
    caseFigures(row),
    el("p", { class: "note" }, pictureNote(row)),
  );
}

function shownMethods() {
  return open.b === null ? [open.a] : [open.a, open.b];
}

// Called by the player for every frame; the address follows when nothing is playing.
function showFrame(place) {
  const { video, data, player } = open;
  const stem = video.stems[data.frames[place]];
  shownMethods().forEach((method, number) => open.stages[number].draw(data, method, place, open.mode));
  open.curves.move(place);
  open.slider.value = place;
  open.slider.setAttribute("aria-valuetext", `frame ${stem}, ${place + 1} of ${data.frames.length}`);
  open.stem.textContent = `${stem}  ·  ${place + 1} / ${data.frames.length}`;
  open.play.textContent = player.playing ? "Pause" : "Play";
  if (!player.playing) replaceAddress(here());
}

function here() {
  const { row, video, data, player } = open;
  const place = Math.max(0, player.place);
  return caseAddress(row.videoName, row.name, { ...keptInAddress(), frame: place ? video.stems[data.frames[place]] : "" });
}

function keptInAddress() {
  const b = open.b === null ? (methods.length > 1 ? "none" : "") : open.b === 1 ? "" : String(open.b);
  return { mode: open.mode === "both" ? "" : open.mode, a: open.a ? String(open.a) : "", b };
}

function trail(row) {
  const place = shown.indexOf(row);
  const beside = (step, text, label, id) => {
    const other = place < 0 ? null : shown[place + step];
    return other
      ? el("a", { id, href: caseAddress(other.videoName, other.name, keptInAddress()), "aria-label": `${label}: ${rowTitle(other)}` }, text)
      : el("span", { class: "off", "aria-hidden": "true" }, text);
  };
  return el(
    "nav",
    { class: "trail", "aria-label": "Place in the table" },
    el("a", { id: "back", href: settingAddress() }, "‹ Table"),
    el("span", {}, place < 0 ? "not among the rows that are filtered for" : `${(place + 1).toLocaleString("en")} of ${shown.length.toLocaleString("en")}`),
    beside(-1, "Previous", "Previous", "previous"),
    beside(1, "Next", "Next", "next"),
  );
}

function facts(row) {
  const named = [
    ["video", row.videoName],
    [index.unit === "object" ? "object" : "expression", row.name],
    row.annotator !== null && ["annotator", String(row.annotator)],
    ["target objects", row.objects.length ? row.objects.join(", ") : "none"],
    row.kind && ["kind", row.kind],
    ["size", `${open.video.full[1]} × ${open.video.full[0]}`],
    ...(index.attributes ? index.attributes.list.map((one, number) => [one.title, attributeOf(row, number)]) : []).filter(([title]) => title !== "number of targets" && title !== "kind of sentence"),
  ].filter((fact) => fact && fact[1] !== null);
  return el("dl", { class: "facts" }, named.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function modes() {
  return el(
    "fieldset",
    { class: "modes" },
    el("legend", { class: "hidden" }, "What is shown"),
    MODES.map(([id, title], number) =>
      el(
        "label",
        { title: `Key ${number + 1}` },
        el("input", { type: "radio", name: "mode", value: id, checked: open.mode === id, onchange: () => setMode(id) }),
        el("span", {}, title),
      ),
    ),
  );
}

function setMode(id) {
  open.mode = id;
  for (const radio of document.querySelectorAll("input[name=mode]")) radio.checked = radio.value === id;
  const place = shown.indexOf(open.row);
  if (place >= 0) document.querySelector("nav.trail").replaceWith(trail(open.row));
  open.legend.replaceChildren(legend(id, open.data.voids !== null));
  showFrame(Math.max(0, open.player.place));
}

function methodChoices() {
  open.legend.replaceChildren(legend(open.mode, open.data.voids !== null));
  if (methods.length < 2) return null;
  const named = methods.map((method, place) => [String(place), method.name]);
  const change = (side) => (text) => {
    open.player.pause();
    const other = side === "a" ? "b" : "a";
    const value = text === "none" ? null : Number(text);
    if (value === open[other] && value !== null) open[other] = side === "a" ? null : open.a;
    open[side] = value;
    if (open.a === open.b) open.b = null;
    const place = open.player.place;
    build(byId("view-case"));
    open.player.go(place);
    byId(`viewer-${side}`).focus();
  };
  return el(
    "div",
    { class: "choices" },
    choice("Left", "viewer-a", named, String(open.a), change("a")),
    choice("Right", "viewer-b", [["none", "nothing"], ...named], open.b === null ? "none" : String(open.b), change("b")),
  );
}

function caseFigures(row) {
  const measures = open.data.scores[0].f ? [["J", "j"], ["F", "f"]] : [["J", "j"]];
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const head = [index.measure, ...measures.map(([title]) => title).filter((title) => title !== index.measure)];
  const kinds = index.anatomy ? index.anatomy.kinds.map((kind, place) => [kind.title, place]).filter(([, place]) => methods.some((_, method) => lost(row, method, place))) : [];
  return wide(
    el(
      "table",
      { class: "figures" },
      el("caption", {}, "Scores in percent" + (kinds.length ? ", and points lost to each kind of error" : "")),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Method"), head.map((title) => el("th", { scope: "col", class: "number" }, title)), kinds.map(([title]) => el("th", { scope: "col", class: "number" }, title)))),
      el(
        "tbody",
        {},
        methods.map((method, place) =>
          el(
            "tr",
            { class: shownMethods().includes(place) ? "chosen" : null },
            el("th", { scope: "row" }, method.name),
            el("td", { class: "number" }, percent(row.scores[place])),
            measures.filter(([title]) => title !== index.measure).map(([, key]) => el("td", { class: "number" }, percent(mean(open.data.scores[place][key])))),
            kinds.map(([, kind]) => el("td", { class: "number" }, percent(lost(row, place, kind)))),
          ),
        ),
      ),
    ),
  );
}

function pictureNote(row) {
  const about = index.page;
  const { width, height, full } = open.video;
  const parts = [`Masks are drawn at ${width} × ${height} pixels; scores are those of full resolution.`];
  const own = (record) => (Object.hasOwn(record, row.videoName) ? record[row.videoName] : null);
  const quality = own(about.pictures);
  if (quality) parts.push(`Pictures have ${Math.min(quality[0], ...full)} pixels on the short side${quality[1] > 1 ? `, one for every ${quality[1]} frames` : ""}.`);
  if (own(about.without)) parts.push(`No pictures: ${own(about.without)}.`);
  for (const method of shownMethods()) if (!methods[method].masks) parts.push(`The result of ${methods[method].name} holds no masks; evaluated without --no-masks it would.`);
  return parts.join(" ");
}

function worstFrame() {
  const { j, f } = open.data.scores[open.a];
  const values = [...j].map((value, place) => value + (f ? f[place] : 0));
  open.player.seek(values.indexOf(Math.min(...values)));
}
