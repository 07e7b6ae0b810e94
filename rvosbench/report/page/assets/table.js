// The table of expressions. Only the rows near the screen are in the document, so that thousands cost nothing.

const MARGIN = 12; // rows that are drawn above and below the screen
const MANY = 4; // methods; of more, only those that are compared have columns
const tableParts = {};

function showExpressions(query) {
  takeSetting(query);
  const view = byId("view-expressions");
  tableParts.form = filterForm(filtersChanged);
  tableParts.count = el("p", { class: "count", id: "count", role: "status" });
  tableParts.head = el("thead", {});
  tableParts.body = el("tbody", { onkeydown: moveInTable });
  tableParts.table = el(
    "table",
    { class: "cases", "aria-labelledby": "expressions-title" },
    tableParts.head,
    tableParts.body,
  );
  view.replaceChildren(el("h1", { id: "expressions-title" }, "Expressions"), tableParts.form, tableParts.count, tableParts.table);
  redraw();
}

function filtersChanged(rebuild) {
  replaceAddress(settingAddress());
  shown = sorted(rows.filter(passes()));
  if (rebuild) return showExpressions(setting);
  return redraw();
}

// A narrow screen has room for the sentence and the methods that are compared.
const narrow = matchMedia("(max-width: 40rem)");

function columns() {
  const of = methods[Number(setting.of)].name;
  const kind = errorKind();
  const chosen = comparing() ? [Number(setting.a), Number(setting.b)] : [Number(setting.of)];
  return [
    !narrow.matches && { key: "video", title: "Video", class: "video" },
    { key: "text", title: "Sentence", class: "text" },
    index.anatomy && (!narrow.matches || kind !== null) && {
      key: "lost",
      title: kind === null ? "Lost most to" : index.anatomy.kinds[kind].title,
      hint: `of 1 - ${index.measure}, ${of}`,
      whose: methods.length > 1 && of,
      class: kind === null ? "lost" : "lost number",
    },
    ...methods
      .map((method, place) => ({ key: `score-${place}`, title: method.name, class: "number score", place }))
      .filter(({ place }) => (!narrow.matches && methods.length <= MANY) || chosen.includes(place)),
    comparing() && {
      key: "gap",
      title: narrow.matches ? "Diff." : "Difference",
      hint: `${methods[Number(setting.a)].name} less ${methods[Number(setting.b)].name}`,
      class: "number gap",
    },
  ].filter(Boolean);
}

function redraw() {
  const found = columns();
  const title = shown.length === rows.length ? counted(rows.length, index.unit) : `${shown.length.toLocaleString("en")} of ${counted(rows.length, index.unit)}`;
  tableParts.count.textContent = `${title}; scores are ${index.measure} in percent`;
  tableParts.head.replaceChildren(el("tr", { "aria-rowindex": "1" }, found.map(headCell)));
  tableParts.table.setAttribute("aria-rowcount", String(shown.length + 1));
  tableParts.columns = found;
  tableParts.drawn = null;
  drawRows();
}

function headCell(column) {
  const chosen = setting.sort === column.key;
  const button = el("button", { type: "button", title: column.hint || column.title, onclick: () => sortBy(column.key) }, column.title, chosen && el("span", { class: "arrow", "aria-hidden": "true" }, setting.down ? "▾" : "▴"));
  return el("th", { scope: "col", class: column.class, "aria-sort": chosen ? (setting.down ? "descending" : "ascending") : "none" }, button, column.whose && el("span", { class: "hint clip" }, column.whose));
}

// The first click sorts what one looks for to the top: great differences and losses, low scores.
function sortBy(key) {
  const downFirst = key === "gap" || key === "lost";
  if (setting.sort === key) {
    if (Boolean(setting.down) === downFirst) setting.down = downFirst ? "" : "1";
    else Object.assign(setting, { sort: "place", down: "" });
  } else Object.assign(setting, { sort: key, down: downFirst ? "1" : "" });
  filtersChanged();
  const place = tableParts.columns.findIndex((column) => column.key === key);
  tableParts.head.querySelectorAll("button")[place].focus();
}

function rowHeight() {
  return Number.parseFloat(getComputedStyle(tableParts.table).getPropertyValue("--row"));
}

function drawRows() {
  if (byId("view-expressions").hidden || !tableParts.body) return;
  const height = rowHeight();
  const top = tableParts.body.getBoundingClientRect().top;
  const first = Math.max(0, Math.floor(-top / height) - MARGIN);
  const last = Math.min(shown.length, Math.ceil((innerHeight - top) / height) + MARGIN);
  const range = `${first} ${last} ${height}`;
  if (range === tableParts.drawn) return;
  tableParts.drawn = range;
  const focused = document.activeElement?.closest?.("tr")?.dataset.place;
  const spacer = (count) => count > 0 && el("tr", { class: "spacer", "aria-hidden": "true" }, el("td", { colspan: tableParts.columns.length, style: { height: `${count * height}px` } }));
  const drawn = [];
  for (let place = first; place < last; place++) drawn.push(bodyRow(shown[place], place));
  if (!shown.length) drawn.push(el("tr", { class: "none" }, el("td", { colspan: tableParts.columns.length }, "Nothing fits these filters.")));
  tableParts.body.replaceChildren(...[spacer(first), ...drawn, spacer(shown.length - last)].filter(Boolean));
  if (focused !== undefined) tableParts.body.querySelector(`tr[data-place="${focused}"] a`)?.focus({ preventScroll: true });
}

function bodyRow(row, place) {
  return el("tr", { "data-place": place, "aria-rowindex": place + 2 }, tableParts.columns.map((column) => bodyCell(row, column)));
}

function bodyCell(row, column) {
  if (column.key === "video") return el("td", { class: "video" }, el("span", { class: "clip" }, row.videoName), el("span", { class: "name" }, row.name));
  if (column.key === "text") return el("td", { class: "text" }, el("a", { class: "clip", href: linkTo(row) }, rowTitle(row)));
  if (column.key === "lost") return lostCell(row, column);
  if (column.key === "gap") {
    const value = gap(row, Number(setting.a), Number(setting.b));
    return el("td", { class: "number gap" }, el("span", { class: value < 0 ? "less" : "more" }, signed(value)));
  }
  const score = row.scores[Number(column.key.slice("score-".length))];
  return el("td", { class: "number score" }, meter(score), percent(score));
}

function lostCell(row, column) {
  const of = Number(setting.of);
  if (errorKind() !== null) return el("td", { class: column.class }, percent(lost(row, of, errorKind())));
  const kind = mainKind(row, of);
  return el("td", { class: "lost" }, kind === null ? "" : swatch(kind), kind === null ? "–" : index.anatomy.kinds[kind].title);
}

function meter(score) {
  return el("span", { class: "meter", "aria-hidden": "true" }, el("span", { style: { width: `${100 * (score || 0)}%` } }));
}

function linkTo(row) {
  const query = comparing() ? { a: setting.a === "0" ? "" : setting.a, b: setting.b === "1" ? "" : setting.b } : { a: setting.of === "0" ? "" : setting.of };
  return caseAddress(row.videoName, row.name, query);
}

function moveInTable(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const place = Number(event.target.closest("tr")?.dataset.place);
  if (!step || Number.isNaN(place)) return;
  event.preventDefault();
  focusRow(Math.min(shown.length - 1, Math.max(0, place + step)));
}

function focusRow(place) {
  const head = tableParts.head.getBoundingClientRect().height;
  const top = tableParts.body.getBoundingClientRect().top + place * rowHeight();
  if (top < head) scrollBy(0, top - head);
  else if (top + rowHeight() > innerHeight) scrollBy(0, top + rowHeight() - innerHeight);
  drawRows();
  tableParts.body.querySelector(`tr[data-place="${place}"] a`)?.focus({ preventScroll: true });
}
