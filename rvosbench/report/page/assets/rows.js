// The cases as rows: what is sorted, filtered and shown.

const methods = index.methods;
const rows = index.cases.name.map((name, place) => ({
  place,
  name,
  video: index.cases.video[place],
  videoName: index.cases.videos[index.cases.video[place]],
  text: index.cases.text[place],
  kind: index.cases.kind[place],
  annotator: index.cases.annotator[place],
  objects: index.cases.objects[place],
  scores: methods.map((_, method) => {
    const score = index.cases.scores[method][place];
    return score === null ? null : score / STEPS;
  }),
  low: (index.cases.text[place] + " " + index.cases.videos[index.cases.video[place]]).toLowerCase(),
}));
const rowOf = new Map(rows.map((row) => [row.videoName + "\n" + row.name, row]));

function findRow(video, name) {
  return rowOf.get(video + "\n" + name) || null;
}

function rowTitle(row) {
  return row.text || `object ${row.objects.join(", ")} (no sentence)`;
}

function gap(row, a, b) {
  const [first, second] = [row.scores[a], row.scores[b]];
  return first === null || second === null || second === undefined ? null : first - second;
}

// Of a method whose result holds no masks nothing is known.
function sharesOf(row, method) {
  const cases = index.anatomy && index.anatomy.cases[method];
  return cases ? cases[row.place] : null;
}

// What a method lost of a case to one kind of error, or to any of them.
function lost(row, method, kind) {
  const shares = sharesOf(row, method);
  if (!shares) return null;
  return kind === null ? Math.max(...shares) / STEPS : shares[kind] / STEPS;
}

// The kind of error that cost most; null where nothing was lost.
function mainKind(row, method) {
  const shares = sharesOf(row, method);
  if (!shares) return null;
  const most = Math.max(...shares);
  return most > 0 ? shares.indexOf(most) : null;
}

function attributeOf(row, attribute) {
  const bucket = index.attributes.cases[attribute][row.place];
  return bucket === null ? null : index.attributes.list[attribute].buckets[bucket];
}
