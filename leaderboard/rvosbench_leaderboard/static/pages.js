// What the pages do beyond HTML: local times, sorting, filtering, live states, uploads that go on after a break.
"use strict";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function showLocalTimes() {
  for (const time of all("time:not(.day)")) {
    const own = new Date(time.dateTime);
    if (Number.isNaN(own.getTime()) || own.getTimezoneOffset() === 0) continue;
    const text = document.createElement("span");
    text.className = "local";
    const zoned = own.toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "short" }); // as UTC is written
    text.textContent = ` (${zoned} your time)`;
    time.after(text);
  }
}

function valueOf(row, place, kind) {
  const cell = row.cells[place];
  const text = (cell.dataset.value ?? cell.textContent).trim();
  if (kind === "number") return text === "" ? null : Number(text);
  return text === "" ? null : text.toLowerCase();
}

function sortBy(table, heading, place, descending) {
  const kind = heading.dataset.kind;
  const body = table.tBodies[0];
  const keyed = [...body.rows].map((row, order) => ({ row, order, value: valueOf(row, place, kind) }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.order - b.order;
    const less = kind === "number" ? a.value - b.value : a.value.localeCompare(b.value);
    return (descending ? -less : less) || a.order - b.order;
  });
  body.append(...keyed.map((entry) => entry.row));
  for (const other of all("th[aria-sort]", table)) other.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  table.dispatchEvent(new CustomEvent("sorted", { detail: { key: heading.dataset.key, descending } }));
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((heading, place) => {
    if (!heading.dataset.kind) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...(one("a.sort", heading) ?? heading).childNodes); // the link sorts where no script does
    heading.replaceChildren(button);
    const first = heading.dataset.key === "rank" ? "ascending" : "none";
    heading.setAttribute("aria-sort", heading.getAttribute("aria-sort") ?? first);
    button.addEventListener("click", () => {
      const before = heading.getAttribute("aria-sort");
      const numbersFirst = heading.dataset.kind === "number" && heading.dataset.key !== "rank";
      sortBy(table, heading, place, before === "none" ? numbersFirst : before === "ascending");
    });
  });
}

function makeFilter(form) {
  const rows = all("table.board tbody tr");
  const status = one("[role=status]", form);
  one("button", form).hidden = true;
  form.addEventListener("submit", (event) => event.preventDefault());
  one("input", form).addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !one(".method", row).textContent.toLowerCase().includes(wanted);
      shown += !row.hidden;
    }
    status.textContent = wanted ? `${shown} of ${rows.length}` : "";
  });
}

function describe(state) {
  if (typeof state.queue_place === "number") {
    return state.queue_place ? `Waiting; ${state.queue_place} before this one` : "Waiting; this one is next";
  }
  const parts = [state.stage || state.state];
  if (state.percent !== null && state.percent !== undefined) parts.push(`${Math.floor(state.percent)} %`);
  if (state.eta) {
    const seconds = (new Date(state.eta) - Date.now()) / 1000;
    if (seconds > 0) parts.push(seconds < 90 ? `about ${Math.ceil(seconds)} s left` : `about ${Math.ceil(seconds / 60)} min left`);
  }
  return parts.join(", ");
}

function addHappened(state) {
  const item = document.createElement("li");
  const time = document.createElement("small");
  time.textContent = `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`;
  item.append(`${state} `, time);
  one("[data-happened]")?.append(item);
}

function follow(section) {
  const events = new EventSource(section.dataset.live);
  const bar = one("[data-progress]", section);
  const first = one("[aria-current=step]", section)?.dataset.step;
  let told = first;
  const names = all("[data-step]", section).map((step) => step.dataset.step);
  const show = (state) => {
    if (!names.includes(state.state) || names.indexOf(state.state) === names.length - 1) {
      events.close();
      location.reload();
      return;
    }
    if (state.state !== told) addHappened((told = state.state));
    one("[data-status]", section).textContent = describe(state);
    if (typeof state.percent === "number") bar.value = state.percent;
    else bar.removeAttribute("value");
    for (const step of all("[data-step]", section)) {
      step.classList.toggle("done", names.indexOf(step.dataset.step) < names.indexOf(state.state));
      if (step.dataset.step === state.state) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    }
    const badge = one("h1 [data-state]");
    if (badge && state.state !== first) badge.textContent = state.state;
  };
  events.addEventListener("state", (event) => show(JSON.parse(event.data)));
}

document.addEventListener("DOMContentLoaded", () => {
  showLocalTimes();
  all("table[data-sortable]").forEach(makeSortable);
  all("form[data-filter]").forEach(makeFilter);
  all("[data-live]").forEach(follow);
});
