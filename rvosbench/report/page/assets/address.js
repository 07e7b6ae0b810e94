// What the part of the address behind `#` says: a view, and how it is set.
//   #overview   #expressions?q=dog&sort=gap   #video/expression?frame=00012&mode=errors

const VIEWS = ["overview", "expressions"];

function readAddress(hash) {
  const [path, question] = cut(hash.replace(/^#/, ""), "?");
  const query = Object.fromEntries(new URLSearchParams(question));
  const [video, name] = cut(path, "/");
  if (name !== null) {
    try {
      return { view: "case", video: decodeURIComponent(video), name: decodeURIComponent(name), query };
    } catch {
      return { view: "overview", query: {} }; // a broken % sequence
    }
  }
  return { view: VIEWS.includes(path) ? path : "overview", query };
}

function caseAddress(video, name, query) {
  return address(`${encodeURIComponent(video)}/${encodeURIComponent(name)}`, query);
}

function address(path, query) {
  const kept = Object.entries(query || {}).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const question = new URLSearchParams(kept.map(([key, value]) => [key, String(value)])).toString();
  return "#" + path + (question ? "?" + question : "");
}

function cut(text, mark) {
  const place = text.indexOf(mark);
  return place < 0 ? [text, null] : [text.slice(0, place), text.slice(place + 1)];
}

// At most ten times a second: browsers stop listening to pages that change their address more often. What comes too
// soon is put off, unless the address has become another one meanwhile.
const BETWEEN = 100; // milliseconds
let replaced = 0;
let later = null;

function replaceAddress(text) {
  clearTimeout(later);
  const rest = replaced + BETWEEN - performance.now();
  if (rest > 0) {
    const before = location.hash;
    later = setTimeout(() => location.hash === before && replaceAddress(text), rest);
    return;
  }
  replaced = performance.now();
  if (location.hash !== text) history.replaceState(null, "", text);
}
