// Figures of whole results: scores with intervals, what parts the methods, where the points went.

// As KIND_COLOURS of rvosbench/report/plots/style.py, where their rules stand; a test compares them.
const HUES = ["#3854a8", "#85add6", "#7e4444", "#a184f5", "#b30f0f", "#92814f", "#7f13ec", "#c7578f", "#de9c9c", "#22bf22"];

function swatch(kind) {
  return el("span", { class: "swatch", style: { background: HUES[kind % HUES.length] }, "aria-hidden": "true" });
}

function showOverview() {
  const view = byId("view-overview");
  if (view.childElementCount) return;
  view.append(
    ...[el("h1", { id: "overview-title" }, index.title), overviewFacts(), scoresPart(), comparisonPart(), anatomyPart(), attributesPart(), problemsPart(), aboutPart()].filter(Boolean),
  );
}

function part(title, ...children) {
  return el("section", { class: "part", "aria-label": title }, el("h2", {}, title), children);
}

function overviewFacts() {
  const counts = Object.entries(index.counts).filter(([name, count]) => (name === "missing" ? count : name === "units" ? count !== index.counts.expressions : true));
  const named = [
    ["dataset", `${index.dataset}, ${index.split}`],
    ["protocol", index.protocol],
    ["data", el("code", { title: index.data }, index.data.slice(0, 8))],
    ["scoring version", String(index.scoring)],
    ...counts.map(([name, count]) => [name, count.toLocaleString("en")]),
  ];
  return el("dl", { class: "facts" }, named.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function figureText(key, value) {
  if (value === undefined) return "–";
  return index.metrics[key].fraction ? percent(value) : value.toFixed(4);
}

function intervalText(interval) {
  return interval ? `[${percent(interval.low)}, ${percent(interval.high)}]` : "";
}

function scoresPart() {
  const main = index.headline[0];
  const table = el(
    "table",
    { class: "scores" },
    el("caption", { class: "hidden" }, "Scores of the methods, in percent"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Method"), index.headline.map((key) => el("th", { scope: "col", class: "number", title: index.metrics[key].name }, key)), el("th", { scope: "col" }, `${main}, with its interval`), el("th", { scope: "col" }, "Fingerprint"))),
    el(
      "tbody",
      {},
      methods.map((method) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, method.name, !method.complete && el("span", { class: "badge" }, `${method.missing.toLocaleString("en")} missing`)),
          index.headline.map((key) => el("td", { class: "number" }, figureText(key, method.metrics[key]))),
          el("td", { class: "whiskers" }, whisker(method.metrics[main], method.intervals[main])),
          el("td", {}, el("code", { title: `result ${method.fingerprint}, predictions ${method.predictions}` }, method.fingerprint.slice(0, 8))),
        ),
      ),
    ),
  );
  const level = Object.values(methods[0].intervals)[0]?.level;
  return part(
    "Scores",
    wide(table),
    level && el("p", { class: "note" }, `Intervals of ${Math.round(100 * level)} %, resampled by video.`),
    el("details", {}, el("summary", {}, "All figures"), wide(everyFigure())),
  );
}

// A dot for the score and a bar for its interval, on an axis from 0 to 100.
function whisker(value, interval) {
  if (value === undefined) return "";
  const bar = interval && el("span", { class: "range", style: { left: `${100 * interval.low}%`, width: `${100 * (interval.high - interval.low)}%` } });
  return el("span", { class: "whisker" }, el("span", { class: "track", "aria-hidden": "true" }, bar, el("span", { class: "dot", style: { left: `${100 * value}%` } })), el("span", { class: "interval" }, intervalText(interval)));
}

function everyFigure() {
  return el(
    "table",
    {},
    el("caption", { class: "hidden" }, "Every figure of every method"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Figure"), methods.map((method) => el("th", { scope: "col", class: "number" }, method.name)))),
    el(
      "tbody",
      {},
      Object.entries(index.metrics).map(([key, about]) =>
        el("tr", {}, el("th", { scope: "row" }, key, el("span", { class: "hint" }, about.name)), methods.map((method) => el("td", { class: "number" }, figureText(key, method.metrics[key]), el("span", { class: "hint" }, intervalText(about.fraction && method.intervals[key]))))),
      ),
    ),
  );
}

const VERDICTS = { better: "better", worse: "worse", tie: "no difference shown" };

function comparisonPart() {
  const found = index.comparison;
  if (!found) return null;
  const about = `Difference of ${found.metric} in points, paired and resampled over ${counted(found.videos, "video")}; p is corrected for ${counted(found.pairs.length, "pair")} after Holm.`;
  const limits = found.decidable
    ? "Smaller differences than the noise cannot be told from none."
    : `${counted(found.videos, "video")} and ${counted(found.pairs.length, "comparison")}: no difference can be shown, however large it is. Compare fewer methods, or more videos.`;
  const row = (one) => {
    const [first, second] = one.pair;
    const link = address("expressions", { sort: "gap", down: "1", a: first || "", b: second === 1 ? "" : second });
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("a", { href: link }, `${methods[first].name} less ${methods[second].name}`)),
      el("td", { class: "number" }, signed(one.value)),
      el("td", { class: "number" }, one.interval ? `[${signed(one.interval[0])}, ${signed(one.interval[1])}]` : "–"),
      el("td", { class: "number" }, one.p < 0.001 ? "< 0.001" : one.p.toFixed(3)),
      found.decidable && el("td", { class: "number" }, percent(one.noise)),
      el("td", { class: `verdict ${one.verdict}` }, found.decidable ? VERDICTS[one.verdict] : "none possible"),
    );
  };
  const head = ["Difference", found.metric, `${Math.round(100 * found.level)} % interval`, "p", found.decidable && "noise"].filter(Boolean);
  const table = el(
    "table",
    {},
    el("caption", { class: "hidden" }, `Differences of ${found.metric} between the methods`),
    el("thead", {}, el("tr", {}, head.map((title, place) => el("th", { scope: "col", class: place ? "number" : null }, title)), el("th", { scope: "col", class: "verdict" }, "Verdict"))),
    el("tbody", {}, found.pairs.map(row)),
  );
  return part("Which is better?", el("p", {}, about, " ", found.decidable ? limits : el("strong", {}, limits)), wide(table));
}

function anatomyPart() {
  const anatomy = index.anatomy;
  if (!anatomy) return null;
  const most = Math.max(...anatomy.methods.map((one) => (one ? one.total : 0)), 1e-9);
  const bars = methods.map((method, number) => {
    const one = anatomy.methods[number];
    if (!one) return null;
    const segments = anatomy.kinds.map((kind, place) => {
      const share = one.shares[place];
      if (share <= 0) return null;
      const text = `${kind.title}: ${percent(share)} points ${endsText(one.intervals[place])}`.trim();
      return el("a", { class: "segment", href: address("expressions", { error: kind.id, of: number || "", sort: "lost", down: "1" }), title: text, "aria-label": text, style: { width: `${(100 * share) / most}%`, background: HUES[place % HUES.length] } });
    });
    return el("div", { class: "stack-row" }, el("span", { class: "stack-name" }, method.name), el("div", { class: "stack" }, segments), el("span", { class: "number" }, percent(one.total)));
  });
  const rare = anatomy.kinds.some((_, place) => !costs(place)) ? " The table leaves out kinds that cost no method 0.05 points, by either order of repair." : "";
  return part(
    "Where the points went",
    el("p", {}, `What each method lost of 1 - ${index.measure}, in points, by kind of error, with intervals resampled by video. A bar leads to the rows that lost most to its kind; shares of 0 or less have none.${rare}`),
    el("div", { class: "stacks" }, bars),
    wide(lossTable("Points lost to each kind of error", false)),
    el("details", {}, el("summary", {}, "What the kinds mean, and how much the order of repair matters"), wide(lossTable("Definitions, and points lost if kinds are repaired in the other order", true))),
  );
}

function endsText(ends) {
  return ends ? intervalText({ low: ends[0], high: ends[1] }) : "";
}

// Whether a kind has a share that is more than rounding, for any method and by either order of repair.
function costs(place) {
  return index.anatomy.methods.some((one) => one && (Math.abs(one.shares[place]) >= 0.0005 || Math.abs(one.second[place]) >= 0.0005));
}

// With `more`: what each kind means, and its share by the second order of repair.
function lossTable(caption, more) {
  const { kinds, methods: found } = index.anatomy;
  const share = (one, place) => (one ? (more ? one.second : one.shares)[place] : null);
  const shownKinds = kinds.map((kind, place) => [kind, place]).filter(([, place]) => more || costs(place));
  return el(
    "table",
    { class: "losses" },
    el("caption", { class: "hidden" }, caption),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Kind of error"), methods.map((method) => el("th", { scope: "col", class: "number" }, method.name)))),
    el("tbody", {}, shownKinds.map(([kind, place]) =>
      el("tr", {}, el("th", { scope: "row" }, swatch(place), kind.title, more && el("span", { class: "hint" }, kind.definition)), found.map((one) => el("td", { class: "number" }, percent(share(one, place)), !more && one && el("span", { class: "hint" }, endsText(one.intervals[place]))))),
    )),
  );
}

function attributesPart() {
  if (!index.attributes) return null;
  return part("By attribute", el("p", {}, `${index.measure} of each bucket, with intervals resampled by video; n counts units. Of a single video, or where all videos are equal, there is no interval.`), el("div", { class: "cards", style: { "--card": `${15 + 6 * methods.length}rem` } }, index.attributes.list.filter((one) => one.buckets.length > 1).map(attributeCard)));
}

function attributeCard(attribute) {
  return el(
    "div",
    { class: "card" },
    el(
      "table",
      {},
      el("caption", {}, attribute.title, el("span", { class: "hint" }, attribute.definition)),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, ""), methods.map((method) => el("th", { scope: "col", class: "number" }, method.name)), el("th", { scope: "col", class: "number" }, "n"), el("th", { scope: "col", class: "number" }, "videos"))),
      el("tbody", {}, attribute.scores.map((bucket) =>
        el("tr", {},
          el("th", { scope: "row" }, el("a", { href: address("expressions", { has: `${attribute.id}:${bucket.name}` }) }, bucket.name)),
          bucket.means.map((mean) => el("td", { class: "number score" }, methods.length < 3 && meter(mean.value), percent(mean.value), mean.low !== undefined && el("span", { class: "hint" }, intervalText(mean)))),
          el("td", { class: "number" }, bucket.units.toLocaleString("en")),
          el("td", { class: "number" }, bucket.videos.toLocaleString("en"))),
      )),
    ),
  );
}

function problemsPart() {
  const found = methods.flatMap((method) => method.problems.map((problem) => [method, problem]));
  if (!found.length) return null;
  const rowsOf = found.map(([method, problem]) =>
    el("li", {}, el("strong", {}, `${method.name}: ${problem.severity} ${problem.code} `), el("code", {}, problem.path), el("span", { class: "hint" }, `expected ${problem.expected}; found ${problem.found}${problem.count > 1 ? `, in ${problem.count.toLocaleString("en")} places` : ""}`)),
  );
  return part("Problems and warnings", el("ul", { class: "problems" }, rowsOf));
}

function aboutPart() {
  const about = index.page;
  const qualities = Object.values(about.pictures).filter(Boolean);
  const lines = [`Masks in the viewer have at most ${about.side} pixels on the short side. All figures are those of full resolution.`];
  if (qualities.length) {
    const sides = qualities.map(([side]) => side);
    const [least, most] = [Math.min(...sides), Math.max(...sides)];
    const strides = Math.max(...qualities.map(([, stride]) => stride));
    lines.push(`Pictures have at most ${least === most ? least : `${least} to ${most}`} pixels on the short side${strides > 1 ? `, and of some videos there is only one for every ${strides} frames` : ""}.`);
  }
  if (about.frames === "link") lines.push("Pictures are read from the frame files, which must stay where they are.");
  const without = Object.entries(about.without);
  if (without.length) lines.push(`${counted(without.length, "video")} without pictures: ${without[0][1]}.`);
  for (const method of methods) if (!method.masks) lines.push(`The result of ${method.name} holds no masks.`);
  return part("About this page", el("ul", {}, lines.map((text) => el("li", {}, text))));
}
