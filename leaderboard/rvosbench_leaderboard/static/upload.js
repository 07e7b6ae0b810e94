// Uploads in pieces (tus 1.0). After a break, also of the browser, the same file goes on where it stopped.
"use strict";

{
  const PIECE = 8 * 1024 * 1024;
  const PATIENCE = 12; // failures in a row, with longer and longer pauses between them
  const TUS = { "Tus-Resumable": "1.0.0" };

  class Refused extends Error {}

  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`;

  function keyOf(form, file) {
    const team = form.elements.team.value;
    return ["upload", form.dataset.phase, team, file.name, file.size, file.lastModified].join("|");
  }

  async function told(answer) {
    try {
      const { problems, request_id } = await answer.json();
      const { expected, found, fix } = problems[0];
      return `Expected ${expected}, found ${found}. ${fix[0].toUpperCase()}${fix.slice(1)}. Request ${request_id}.`;
    } catch {
      return `The server answered with ${answer.status}.`;
    }
  }

  async function begin(form, file, token) {
    const named = { phase: form.dataset.phase, team: form.elements.team.value, filename: file.name };
    named.method = form.elements.method.value;
    const metadata = Object.entries(named).map(([key, value]) => `${key} ${base64(value)}`);
    const headers = { ...TUS, "X-CSRF-Token": token, "Upload-Length": file.size, "Upload-Metadata": metadata.join(",") };
    const answer = await fetch(form.dataset.upload, { method: "POST", headers });
    if (!answer.ok) throw new Refused(await told(answer));
    return answer.headers.get("Location");
  }

  async function whereIs(address) {
    const answer = await fetch(address, { method: "HEAD", headers: TUS });
    if ([401, 404, 410].includes(answer.status)) return null;
    if (!answer.ok) throw new Error(`offset: ${answer.status}`);
    return { offset: Number(answer.headers.get("Upload-Offset")), submission: answer.headers.get("Rvosbench-Submission") };
  }

  async function sendPiece(address, file, offset, token) {
    const piece = await file.slice(offset, offset + PIECE).arrayBuffer();
    const headers = { ...TUS, "X-CSRF-Token": token, "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" };
    if (globalThis.crypto?.subtle) {
      const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", piece));
      headers["Upload-Checksum"] = `sha256 ${btoa(String.fromCharCode(...sum))}`;
    }
    const answer = await fetch(address, { method: "PATCH", headers, body: piece });
    if ([401, 403, 410, 413].includes(answer.status)) throw new Refused(await told(answer));
    if (!answer.ok) throw new Error(`piece: ${answer.status}`);
    return { offset: Number(answer.headers.get("Upload-Offset")), submission: answer.headers.get("Rvosbench-Submission") };
  }

  async function send(form, file, show) {
    const token = form.elements.csrf.value;
    const key = keyOf(form, file);
    let address = localStorage.getItem(key);
    let at = address ? await whereIs(address) : null;
    if (!at) {
      address = await begin(form, file, token);
      localStorage.setItem(key, address);
      at = { offset: 0, submission: null };
    }
    for (let failures = 0; !at.submission; ) {
      show(at.offset, failures);
      try {
        at = await sendPiece(address, file, at.offset, token);
        failures = 0;
      } catch (error) {
        if (error instanceof Refused || ++failures > PATIENCE) throw error;
        await pause(Math.min(500 * 2 ** failures, 20000) * (0.5 + Math.random()));
        at = (await whereIs(address).catch(() => at)) ?? at;
      }
    }
    localStorage.removeItem(key);
    return at.submission;
  }

  function install(form) {
    const sending = form.querySelector("[data-sending]");
    const bar = sending.querySelector("progress");
    const status = sending.querySelector("[role=status]");
    const button = form.querySelector("button");
    form.querySelector("[data-resumes]").hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const file = form.elements.file.files[0];
      const begun = performance.now();
      let first = null;
      const show = (offset, failures) => {
        first ??= offset;
        bar.value = (100 * offset) / file.size;
        const rate = (offset - first) / ((performance.now() - begun) / 1000);
        const left = rate > 0 ? `, about ${Math.ceil((file.size - offset) / rate)} s left` : "";
        const broken = failures ? ". The connection broke; trying again" : "";
        status.textContent = `${megabytes(offset)} of ${megabytes(file.size)}${left}${broken}`;
      };
      sending.hidden = false;
      button.disabled = true;
      try {
        if (file.size > Number(form.dataset.largest)) throw new Refused("The file is larger than this phase takes.");
        location.assign(`/submissions/${await send(form, file, show)}`);
      } catch (error) {
        const later = "The server cannot be reached. Choose Submit again to go on.";
        status.textContent = error instanceof Refused ? error.message : later;
        button.disabled = false;
      }
    });
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-upload]").forEach(install));
}
