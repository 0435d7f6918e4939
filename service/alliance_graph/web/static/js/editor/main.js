// The query page: the text area becomes an editor, and the answer comes without loading the page anew.
// Without this script the form does the same, a page at a time.

import { enhance } from "../pictures.js";

const form = document.querySelector("#ask");
const result = document.querySelector("#result");
const status = document.querySelector("#status");
let editor = null;
let running = null;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
form.elements.view.addEventListener("change", () => {
  if (result.querySelector("[data-state='answered']")) run();
});
mark();

if (form.dataset.editor) {
  const { createEditor } = await import("./editor.js");
  editor = await createEditor(form.elements.query, { library: form.dataset.editor, names: form.dataset.names, run });
  document.querySelector("#keys").hidden = false;
  mark();
}

async function run() {
  running?.abort();
  const mine = (running = new AbortController());
  status.textContent = form.dataset.running;
  result.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.dataset.result, { method: "POST", body, signal: mine.signal });
    if (!response.headers.get("Content-Type")?.startsWith("text/html")) {
      // Refused before the query was looked at, with a problem document.
      status.textContent = (await response.json()).detail;
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    result.replaceChildren(...page.body.childNodes);
    result.querySelectorAll("figure.picture").forEach(enhance);
    status.textContent = result.querySelector("[data-told]")?.textContent ?? "";
    const address = result.querySelector("[data-address]")?.dataset.address;
    if (address) history.replaceState(null, "", address);
    mark();
  } catch {
    if (!mine.signal.aborted) status.textContent = form.dataset.unreachable;
  } finally {
    if (running === mine) result.removeAttribute("aria-busy");
  }
}

// Shows in the editor where the query fails.
function mark() {
  const failed = result.querySelector("[data-line]");
  const message = failed?.querySelector("[data-message]").textContent;
  editor?.mark(failed && { line: Number(failed.dataset.line), column: Number(failed.dataset.column), message });
}
