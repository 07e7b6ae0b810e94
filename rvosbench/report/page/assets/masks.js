// Masks and scores, out of the bytes they are packed in. docs/report.md says how the bytes lie.

const STEPS = 10000;
const PRESENT = 1, PREDICTED = 2, MISSING = 4;

function decoded(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// For each frame the sorted places at which background and foreground change, column by column.
function readMasks(bytes, frames) {
  const found = [];
  let at = 0;
  let before = new Uint32Array(0);
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  for (let frame = 0; frame < frames; frame++) {
    const head = number();
    const edges = new Uint32Array(head >> 1);
    for (let i = 0, place = 0; i < edges.length; i++) edges[i] = place += number();
    before = head & 1 ? difference(before, edges) : edges;
    found.push(before);
  }
  return found;
}

// What is in one of two sorted lists, but not in both.
function difference(a, b) {
  const found = new Uint32Array(a.length + b.length);
  let count = 0;
  for (let i = 0, k = 0; i < a.length || k < b.length; ) {
    if (k >= b.length || (i < a.length && a[i] < b[k])) found[count++] = a[i++];
    else if (i >= a.length || b[k] < a[i]) found[count++] = b[k++];
    else i++, k++;
  }
  return found.slice(0, count);
}

// Sets `bit` in every pixel of the mask; pixels lie column by column.
function fill(pixels, edges, bit) {
  for (let i = 0; i < edges.length; i += 2) {
    const stop = i + 1 < edges.length ? edges[i + 1] : pixels.length;
    for (let place = edges[i]; place < stop; place++) pixels[place] |= bit;
  }
}

function area(edges, size) {
  let sum = 0;
  for (let i = 0; i < edges.length; i += 2) sum += (i + 1 < edges.length ? edges[i + 1] : size) - edges[i];
  return sum / size;
}

function readScores(bytes, frames, boundary) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const measure = (number) =>
    Float64Array.from({ length: frames }, (_, frame) => view.getUint16(2 * (number * frames + frame), true) / STEPS);
  return {
    j: measure(0),
    f: boundary ? measure(1) : null,
    flags: bytes.subarray((boundary ? 4 : 2) * frames, (boundary ? 5 : 3) * frames),
  };
}
