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

// Says how a place is set, and never leads to another place: whoever left meanwhile stays where they went. At most ten
// times a second, as browsers stop listening to pages that change their address more often; what comes too soon is put
// off, and is written before a link is followed, so that the way back finds it.
const BETWEEN = 100; // milliseconds
let replaced = 0;
let later = null; // the timer and the text of what is put off

function replaceAddress(text) {
  if (later) clearTimeout(later.timer);
  later = null;
  const rest = replaced + BETWEEN - performance.now();
  if (rest > 0) later = { text, timer: setTimeout(settleAddress, rest) };
  else writeAddress(text);
}

function settleAddress() {
  if (!later) return;
  clearTimeout(later.timer);
  writeAddress(later.text);
  later = null;
}

function writeAddress(text) {
  if (!samePlace(readAddress(location.hash), readAddress(text))) return;
  replaced = performance.now();
  if (location.hash !== text) history.replaceState(null, "", text);
}

function samePlace(one, other) {
  return ["view", "video", "name"].every((part) => one[part] === other[part]);
}

function goTo(text) {
  settleAddress();
  location.hash = text;
}

document.addEventListener("click", settleAddress, { capture: true });
