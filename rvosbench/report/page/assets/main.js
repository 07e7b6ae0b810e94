// Goes where the address says, and listens to keys.

const THEMES = ["system", "light", "dark"];

async function route() {
  const where = readAddress(location.hash);
  for (const view of ["overview", "expressions", "case"]) byId(`view-${view}`).hidden = view !== where.view;
  for (const view of VIEWS) {
    if (where.view === view) byId(`to-${view}`).setAttribute("aria-current", "page");
    else byId(`to-${view}`).removeAttribute("aria-current");
  }
  if (where.view === "case") return showCase(where);
  closeCase();
  document.title = index.title;
  if (where.view === "expressions") {
    showExpressions(where.query);
    scrollTo(0, scrolled);
    drawRows();
  } else showOverview();
  return null;
}

let toFilter = false; // the way to the table was taken in order to type there
let scrolled = 0; // how far down the table was when a case was opened

addEventListener("hashchange", (event) => {
  const [from, to] = [event.oldURL, event.newURL].map((url) => readAddress(new URL(url).hash).view);
  byId("to-expressions").href = settingAddress();
  route().then(() => {
    if (from !== to) {
      if (to !== "expressions") scrollTo(0, 0);
      byId(toFilter && to === "expressions" ? "filter-q" : "main").focus({ preventScroll: true });
      toFilter = false;
    }
  });
});

addEventListener("scroll", () => {
  if (!byId("view-expressions").hidden) {
    scrolled = scrollY;
    requestAnimationFrame(drawRows);
  }
}, { passive: true });
addEventListener("resize", () => tableParts.body && drawRows());
narrow.addEventListener("change", () => tableParts.body && redraw());

function typing(target) {
  return target.matches("select, textarea, input:not([type=range]):not([type=radio])");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (event.key === "Escape" && !byId("view-case").hidden) goTo(settingAddress());
  if (typing(event.target)) return;
  if (event.key === "?") return byId("help").showModal();
  if (event.key === "/") {
    event.preventDefault();
    if (!byId("view-expressions").hidden) return byId("filter-q").focus();
    toFilter = true;
    return goTo(settingAddress());
  }
  return open && caseKey(event);
});

function caseKey(event) {
  const { player } = open;
  const native = event.target.matches("input");
  const actions = {
    ArrowLeft: !native && (() => player.seek(player.place - 1)),
    ArrowRight: !native && (() => player.seek(player.place + 1)),
    Home: !native && (() => player.seek(0)),
    End: !native && (() => player.seek(player.count - 1)),
    " ": !event.target.matches("button, a, input[type=radio]") && (() => player.toggle()),
    n: () => byId("next")?.click(),
    p: () => byId("previous")?.click(),
    w: worstFrame,
  };
  const mode = MODES[Number(event.key) - 1];
  const action = mode ? () => setMode(mode[0]) : Object.hasOwn(actions, event.key) && actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function setTheme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  byId("theme").textContent = name[0].toUpperCase() + name.slice(1);
  byId("theme").setAttribute("aria-label", `Theme: ${name}`);
}

function keptTheme() {
  try {
    const name = localStorage.getItem("rvosbench-theme");
    return THEMES.includes(name) ? name : "system";
  } catch {
    return "system"; // a browser that keeps nothing for files
  }
}

byId("theme").addEventListener("click", () => {
  const name = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme || "system") + 1) % THEMES.length];
  setTheme(name);
  try {
    localStorage.setItem("rvosbench-theme", name);
  } catch {
    return; // as above
  }
});
byId("keys").addEventListener("click", () => byId("help").showModal());
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});

setTheme(keptTheme());
takeSetting({});
byId("to-expressions").href = settingAddress();
route();
