// Elements from data. Text is only ever set as text: nothing that a file says becomes markup.

const SVG = "http://www.w3.org/2000/svg";

function byId(id) {
  return document.getElementById(id);
}

function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function percent(fraction, digits = 1) {
  if (fraction === null || fraction === undefined) return "–";
  const text = (100 * fraction).toFixed(digits);
  return Number(text) ? text : text.replace("-", "");
}

function signed(fraction) {
  if (fraction === null || fraction === undefined) return "–";
  const text = Math.abs(100 * fraction).toFixed(1);
  if (text === "0.0") return "0.0";
  return (fraction < 0 ? "−" : "+") + text;
}

function counted(number, one, many) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many || one + "s"}`;
}

function choice(label, id, options, chosen, change) {
  // options: [value, text] or [group title, [[value, text], ...]]
  const option = ([value, text]) => el("option", { value, selected: String(value) === String(chosen) }, text);
  const select = el(
    "select",
    { id, onchange: (event) => change(event.target.value) },
    options.map(([value, text]) =>
      Array.isArray(text) ? el("optgroup", { label: value }, text.map(option)) : option([value, text]),
    ),
  );
  return el("div", { class: "field" }, el("label", { for: id }, label), select);
}

function wide(table) {
  // Scrolls by itself where the screen is narrow, also by keyboard.
  const label = table.querySelector("caption")?.textContent || "table";
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label }, table);
}
