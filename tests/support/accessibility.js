// What a page can be asked about itself: the contrast of its texts, and the names of what can be used.
// Written by hand after WCAG 2.2; run inside of the page.

() => {
  const visible = (node) => {
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && style.display !== "none" && !style.clipPath.startsWith("inset(50%");
  };
  const channels = (text) => {
    const scale = text.startsWith("color(srgb") ? 255 : 1; // how mixed colours are told
    const found = text.match(/[\d.]+/g).map((part, place) => (place < 3 ? scale : 1) * Number(part));
    return found.length < 4 ? [...found, 1] : found;
  };
  const over = (top, below) => top.slice(0, 3).map((value, place) => value * top[3] + below[place] * (1 - top[3]));
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(channels(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || node.closest("script, [aria-hidden=true], svg") || !visible(node)) continue;
    const below = ground(node);
    const [a, b] = [luminance(over(channels(getComputedStyle(node).color), below)), luminance(below)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${text}: ${contrast.toFixed(2)}`);
  }
  const nameless = [];
  for (const node of document.querySelectorAll("button, a[href], input, select, [role=img], [role=region]")) {
    if (!visible(node) && !node.matches("input")) continue;
    const labelled = node.getAttribute("aria-label") || (node.labels && node.labels.length) || (node.id && document.querySelector(`label[for="${node.id}"]`));
    if (!labelled && !node.textContent.trim()) nameless.push(node.outerHTML.slice(0, 120));
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  const broken = [...document.querySelectorAll("[aria-labelledby]")].filter(
    (node) => visible(node) && !document.getElementById(node.getAttribute("aria-labelledby")),
  );
  const headings = [...document.querySelectorAll("main h1, main h2, main h3")].filter(visible).map((node) => Number(node.tagName[1]));
  return {
    faint,
    nameless,
    twice: ids.filter((id, place) => ids.indexOf(id) !== place),
    broken: broken.map((node) => node.outerHTML.slice(0, 120)),
    headings,
    landmarks: ["header", "nav", "main"].filter((tag) => !document.querySelector(tag)),
    small: [...document.querySelectorAll("button, select, input:not([type=radio])")]
      .filter((node) => visible(node) && node.getBoundingClientRect().height < 24 && !node.closest("thead"))
      .map((node) => node.outerHTML.slice(0, 120)),
  };
}
