// What the static site does beyond HTML: the state of a board in its address, and texts to copy. It builds on pages.js.
"use strict";

const AT_ONCE = 200; // rows; the style sheet has the same number

function boardState(form) {
  const table = document.getElementById(form.dataset.board);
  const rows = [...table.tBodies[0].rows];
  const headings = [...table.tHead.rows[0].cells];
  const boxes = all("[data-column]", form);
  const fields = all("input[name], select[name]", form);
  const status = one("[role=status]", form);
  const sheet = new CSSStyleSheet();
  const texts = new Map();
  const more = one(`[data-more="${table.id}"]`);
  let sorted = "";
  let everything = false;
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };

  function filter() {
    const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = fields.filter((field) => field.name !== "q" && field.value);
    let shown = 0;
    for (const row of rows) {
      row.hidden =
        !chosen.every((field) => row.dataset[field.name] === field.value) ||
        !words.every((word) => textOf(row).includes(word));
      shown += !row.hidden;
    }
    const none = `No row matches; Reset brings back all ${rows.length}.`;
    const some = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
    status.textContent = shown || !rows.length ? some : none;
  }

  // A long board is laid out as far as anybody reads it; the rest is a click away.
  function limit() {
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      shown += !row.hidden;
      row.classList.toggle("over", !everything && shown > AT_ONCE);
    }
    more.hidden = everything || shown <= AT_ONCE;
    more.textContent = `Show all ${shown} rows`;
  }

  function showColumns() {
    // Only what differs from the style sheet is said, so that an untouched board is laid out once.
    const rules = boxes
      .filter((box) => box.checked !== box.defaultChecked)
      .map((box) => {
        const place = 1 + headings.findIndex((heading) => heading.dataset.key === box.dataset.column);
        const display = box.checked ? "table-cell" : "none";
        return `#${table.id} tr > :nth-child(${place}) { display: ${display}; }`;
      });
    if (rules.length || sheet.cssRules.length) sheet.replaceSync(rules.join("\n"));
    table.dataset.ready = "";
  }

  function write() {
    const state = new URLSearchParams();
    for (const field of fields) if (field.value) state.set(field.name, field.value);
    if (sorted) state.set("sort", sorted);
    const others = boxes.filter((box) => box.checked !== box.defaultChecked);
    for (const box of others) state.append(box.checked ? "show" : "hide", box.dataset.column);
    if (everything) state.set("rows", "all");
    const text = state.toString();
    history.replaceState(null, "", (text ? `?${text}` : location.pathname) + location.hash);
  }

  function read() {
    const state = new URLSearchParams(location.search);
    for (const field of fields) {
      const value = state.get(field.name) ?? "";
      const known = field.tagName !== "SELECT" || [...field.options].some((option) => option.value === value);
      field.value = known ? value : "";
    }
    for (const box of boxes) {
      if (state.getAll("show").includes(box.dataset.column)) box.checked = true;
      if (state.getAll("hide").includes(box.dataset.column)) box.checked = false;
    }
    everything = state.get("rows") === "all";
    const wanted = state.get("sort") ?? "";
    const key = wanted.replace(/^-/, "");
    const place = headings.findIndex((heading) => heading.dataset.key === key);
    if (key && place >= 0) sortBy(table, headings[place], place, wanted.startsWith("-"));
  }

  function update() {
    filter();
    limit();
    showColumns();
    write();
    all("details[data-copied][open] pre").forEach(mirror);
  }

  table.addEventListener("sorted", (event) => {
    const { key, descending } = event.detail;
    sorted = key === "rank" && !descending ? "" : (descending ? "-" : "") + key;
    limit();
    write();
    all("details[data-copied][open] pre").forEach(mirror);
  });
  more.addEventListener("click", () => {
    everything = true;
    update();
    table.closest("[tabindex]").focus();
  });
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const field of fields) field.value = "";
    for (const box of boxes) box.checked = box.defaultChecked;
    const rank = headings.findIndex((heading) => heading.dataset.key === "rank");
    table.tBodies[0].append(...rows);
    for (const heading of headings) heading.setAttribute("aria-sort", "none");
    headings[rank].setAttribute("aria-sort", "ascending");
    sorted = "";
    everything = false;
    update();
  });
  read();
  update();
}

// Brings the lines of a text into the order of the table, and hides those of hidden rows.
function mirror(text) {
  const table = one("table.board");
  const lines = all("[data-row]", text);
  if (!table || !lines.length) return;
  const places = new Map([...table.tBodies[0].rows].map((row, place) => [row.dataset.row, row.hidden ? null : place]));
  const placed = lines.map((line) => {
    const found = line.dataset.row.split(" ").map((number) => places.get(number)).filter((place) => typeof place === "number");
    line.hidden = !found.length;
    return { line, place: found.length ? Math.min(...found) : Infinity };
  });
  placed.sort((a, b) => a.place - b.place);
  const marker = document.createComment("");
  lines[0].before(marker);
  marker.after(...placed.map((entry) => entry.line));
  marker.remove();
  if (text.dataset.between) embolden(text, table, placed.filter((entry) => !entry.line.hidden));
}

// Of the lines that are left, the best figure of each column is bold.
function embolden(text, table, placed) {
  const { between, before, after } = text.dataset;
  const [first, last] = [Number(text.dataset.first), Number(text.dataset.last)];
  const plain = (cell) => cell.replace(before, "").replace(after, "");
  const lines = placed.map(({ line, place }) => {
    const { kind, again } = table.tBodies[0].rows[place].dataset;
    const cells = line.textContent.split(between).map((cell, column) => (column < first || column > last ? cell : plain(cell)));
    return { line, cells, competes: kind === "method" && !again };
  });
  for (let column = first; column <= last; column++) {
    const competing = lines.filter(({ cells, competes }) => competes && !Number.isNaN(parseFloat(cells[column])));
    const best = Math.max(...competing.map(({ cells }) => parseFloat(cells[column])));
    for (const { cells } of competing) {
      if (parseFloat(cells[column]) === best) cells[column] = cells[column].replace(/[0-9.]+/, (figure) => before + figure + after);
    }
  }
  for (const { line, cells } of lines) line.textContent = cells.join(between);
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[role=status]");
  mirror(text);
  const shown = [...text.childNodes].filter((node) => !node.hidden).map((node) => node.textContent).join("");
  if (!shown.trim()) {
    status.textContent = "Nothing to copy: none is known of these rows.";
    return;
  }
  try {
    await navigator.clipboard.writeText(shown);
    status.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(text);
    status.textContent = "Selected; copy it with the keyboard.";
  }
}

document.addEventListener("DOMContentLoaded", () => {
  all("form[data-board]").forEach(boardState);
  for (const button of all("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const details of all("details[data-copied]")) {
    details.addEventListener("toggle", () => all("pre", details).forEach(mirror));
  }
});
