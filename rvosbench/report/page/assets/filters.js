// Which rows are shown, in which order. All of it is in the address.

const DEFAULTS = { q: "", video: "", has: "", error: "", of: "0", low: "", high: "", gap: "", sort: "place", down: "", a: "0", b: "1" };
let setting = { ...DEFAULTS };
let shown = rows;

function takeSetting(query) {
  setting = { ...DEFAULTS };
  for (const key of Object.keys(DEFAULTS)) if (query[key] !== undefined) setting[key] = query[key];
  for (const key of ["a", "b", "of"]) if (!methods[Number(setting[key])]) setting[key] = DEFAULTS[key];
  if (!methods[1]) setting.b = "0";
  shown = sorted(rows.filter(passes()));
}

function settingAddress() {
  const changed = Object.entries(setting).filter(([key, value]) => value !== DEFAULTS[key]);
  return address("expressions", Object.fromEntries(changed.filter(([key]) => key !== "b" || methods[1])));
}

function comparing() {
  return methods.length > 1 && setting.a !== setting.b;
}

function errorKind() {
  const place = index.anatomy ? index.anatomy.kinds.findIndex((kind) => kind.id === setting.error) : -1;
  return place < 0 ? null : place;
}

function passes() {
  const words = setting.q.toLowerCase().split(/\s+/).filter(Boolean);
  const of = Number(setting.of);
  const bound = (text) => (text.trim() === "" || Number.isNaN(Number(text)) ? null : Number(text) / 100);
  const [low, high, least] = [bound(setting.low), bound(setting.high), bound(setting.gap)];
  const kind = errorKind();
  const [id, bucket] = cut(setting.has, ":");
  const attribute = index.attributes ? index.attributes.list.findIndex((one) => one.id === id) : -1;
  // Scores are compared as they are printed.
  const printed = (value) => Math.round(1000 * value) / 1000;
  return (row) =>
    words.every((word) => row.low.includes(word)) &&
    (setting.video === "" || row.videoName === setting.video) &&
    (low === null || (row.scores[of] !== null && printed(row.scores[of]) >= low)) &&
    (high === null || (row.scores[of] !== null && printed(row.scores[of]) <= high)) &&
    (least === null || !comparing() || printed(Math.abs(gap(row, Number(setting.a), Number(setting.b)) ?? 0)) >= least) &&
    (kind === null || mainKind(row, of) === kind) &&
    (attribute < 0 || attributeOf(row, attribute) === bucket);
}

function sortValue() {
  const [key, number] = cut(setting.sort, "-");
  const of = Number(setting.of);
  if (key === "score" && methods[Number(number)]) return (row) => row.scores[Number(number)];
  if (key === "gap") return (row) => gap(row, Number(setting.a), Number(setting.b));
  if (key === "lost") return (row) => lost(row, of, errorKind());
  if (key === "text") return (row) => row.text.toLowerCase();
  if (key === "video") return (row) => row.videoName;
  return (row) => row.place;
}

// What has no value comes last, whichever way is sorted; equals keep the order of the release.
function sorted(found) {
  const value = sortValue();
  const turn = setting.down ? -1 : 1;
  const keyed = found.map((row) => [value(row), row]);
  keyed.sort(([a, one], [b, other]) => {
    if (a === b) return one.place - other.place;
    if (a === null) return 1;
    if (b === null) return -1;
    return (a < b ? -1 : 1) * turn;
  });
  return keyed.map(([, row]) => row);
}

function filterForm(changed) {
  const set = (key) => (value) => {
    setting[key] = value;
    changed();
  };
  const number = (label, key, hint) =>
    el(
      "div",
      { class: "field short" },
      el("label", { for: `filter-${key}` }, label),
      el("input", {
        id: `filter-${key}`, type: "number", inputmode: "decimal", step: "any", placeholder: hint,
        value: setting[key], oninput: (event) => set(key)(event.target.value),
      }),
    );
  const named = methods.map((method, place) => [String(place), method.name]);
  const several = methods.length > 1;
  return el(
    "form",
    { class: "filters", role: "search", "aria-label": "Filter the table", onsubmit: (event) => event.preventDefault() },
    el(
      "div",
      { class: "field grow" },
      el("label", { for: "filter-q" }, "Sentence or video"),
      el("input", { id: "filter-q", type: "search", value: setting.q, autocomplete: "off", oninput: (event) => set("q")(event.target.value) }),
    ),
    el(
      "details",
      { open: !narrow.matches || Object.keys(DEFAULTS).some((key) => !["q", "sort", "down"].includes(key) && setting[key] !== DEFAULTS[key]) },
      el("summary", {}, "More filters"),
      el(
        "div",
        { class: "more" },
        choice("Video", "filter-video", [["", "all"], ...index.cases.videos.map((name) => [name, name])], setting.video, set("video")),
        index.attributes &&
          choice(
            "Attribute", "filter-has",
            [["", "all"], ...index.attributes.list.map((one) => [one.title, one.buckets.map((bucket) => [`${one.id}:${bucket}`, `${one.title}: ${bucket}`])])],
            setting.has, set("has"),
          ),
        index.anatomy &&
          choice("Lost most to", "filter-error", [["", "anything"], ...index.anatomy.kinds.map((kind) => [kind.id, kind.title])], setting.error, set("error")),
        el(
          "div",
          { class: "group" },
          several && choice("Scores of", "filter-of", named, setting.of, set("of")),
          number(several ? "from" : "Scores from", "low", "0"),
          number("to", "high", "100"),
        ),
        several &&
          el(
            "div",
            { class: "group" },
            choice("Difference of", "filter-a", named, setting.a, set("a")),
            choice("and", "filter-b", named, setting.b, set("b")),
            number("at least", "gap", "0"),
          ),
        el("button", { type: "button", id: "filter-clear", onclick: () => { setting = { ...DEFAULTS }; changed(true); } }, "Clear"),
      ),
    ),
  );
}
