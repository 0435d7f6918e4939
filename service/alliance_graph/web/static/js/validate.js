// The page that validates, without reloading: drop a file, see the findings, go from a finding to its line in the text.

const form = document.querySelector("[data-validate]");
const text = form.elements.text;
const upload = form.elements.upload;
const outcome = document.getElementById("outcome");
let running = null;

function say(message) {
  const line = document.createElement("p");
  line.className = "notice";
  line.textContent = message;
  outcome.replaceChildren(line);
}

async function take(file) {
  if (file.size > Number(form.dataset.limit)) {
    say(form.dataset.tooLarge);
    return;
  }
  const bytes = await file.arrayBuffer();
  try {
    text.value = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return; // Not UTF-8: it is sent as it is, and the service says where the fault lies.
  } finally {
    text.focus();
  }
  upload.value = "";
}

upload.addEventListener("change", () => upload.files.length && take(upload.files[0]));
text.addEventListener("dragover", (event) => {
  event.preventDefault();
  text.classList.add("over");
});
text.addEventListener("dragleave", () => text.classList.remove("over"));
text.addEventListener("drop", (event) => {
  text.classList.remove("over");
  if (event.dataTransfer.files.length) {
    event.preventDefault();
    upload.files = event.dataTransfer.files;
    take(upload.files[0]);
  }
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  running?.abort();
  running = new AbortController();
  outcome.setAttribute("aria-busy", "true");
  say(form.dataset.working);
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "text/html" },
      signal: running.signal,
    });
    const answer = new DOMParser().parseFromString(await response.text(), "text/html");
    if (response.ok) {
      outcome.replaceChildren(...answer.getElementById("outcome").childNodes);
    } else {
      say(answer.querySelector("#content .lead")?.textContent ?? form.dataset.failed);
    }
    outcome.focus({ preventScroll: true });
    outcome.scrollIntoView();
  } catch (error) {
    if (error.name === "AbortError") {
      return;
    }
    say(form.dataset.failed);
  }
  outcome.removeAttribute("aria-busy");
});

// The number of a line leads to that line in the text that can be edited.
outcome.addEventListener("click", (event) => {
  const number = event.target.closest(".number");
  if (!number) {
    return;
  }
  event.preventDefault();
  const lines = text.value.split("\n");
  const at = Number(number.textContent) - 1;
  const start = lines.slice(0, at).join("\n").length + (at ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[at] ?? "").length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, at - 3);
});
