// The reader who has the text drops the file here and sees the passages marked. The file is read in the
// browser and goes nowhere. Positions count Unicode code points of the text in Normalization Form C.

const CONTEXT = 280; // code points shown before and after

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function blockquote(points, start, end) {
  const from = Math.max(0, start - CONTEXT);
  const to = Math.min(points.length, end + CONTEXT);
  const quote = document.createElement("blockquote");
  const mark = document.createElement("mark");
  mark.textContent = points.slice(start, end).join("");
  quote.append(from > 0 ? "…" : "", points.slice(from, start).join(""), mark, points.slice(end, to).join(""), to < points.length ? "…" : "");
  return quote;
}

for (const reader of document.querySelectorAll("[data-reader]")) {
  const says = reader.querySelector("[data-says]");
  const shows = reader.querySelector("[data-shows]");
  const mentions = [...document.querySelectorAll("[data-mention]")];
  reader.hidden = false;

  async function show(file) {
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
    } catch {
      shows.replaceChildren();
      says.textContent = reader.dataset.binary;
      return;
    }
    const normal = text.normalize("NFC");
    const points = Array.from(normal);
    const quotes = [];
    let fitting = 0;
    for (const { dataset } of mentions) {
      const [start, end] = [Number(dataset.start), Number(dataset.end)];
      const span = points.slice(start, end).join("");
      // Over plain HTTP from another machine browsers have no digests: length alone then tells texts apart.
      const fits = crypto.subtle ? (await sha256(span)) === dataset.digest : points.length === Number(reader.dataset.length);
      if (!fits) continue;
      fitting += 1;
      quotes.push(blockquote(points, start, end));
    }
    shows.replaceChildren(...quotes);
    const message = fitting === mentions.length ? "fits" : fitting > 0 ? "differs" : "none";
    says.textContent = reader.dataset[message] + (crypto.subtle ? "" : ` ${reader.dataset.unchecked}`);
  }

  reader.querySelector("input").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) show(file);
  });
  reader.addEventListener("dragover", (event) => {
    event.preventDefault();
    reader.classList.add("over");
  });
  reader.addEventListener("dragleave", () => reader.classList.remove("over"));
  reader.addEventListener("drop", (event) => {
    event.preventDefault();
    reader.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) show(file);
  });
}
