// Suggestions while a person writes in a search box: a combobox with a list (ARIA 1.2, "list autocomplete
// with manual selection"). Without JavaScript, or when suggestions cannot be had, the form works as it is.

const WAIT = 120; // milliseconds without a key before asking
const MOST = 8;

for (const form of document.querySelectorAll("form[data-suggest]")) enhance(form);

function enhance(form) {
  const input = form.elements.q;
  const list = document.createElement("ul");
  const status = document.createElement("span");
  let timer = 0;
  let asking = new AbortController();
  let active = -1;

  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  status.className = "unseen";
  status.setAttribute("role", "status");
  form.append(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) suggest();
      else activate(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // the first Escape closes the list, the next one empties the box
      close();
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      list.children[active].click();
    }
  });
  input.addEventListener("blur", close);
  // The box keeps the focus while a suggestion is pressed, so the list is still there when it is let go.
  list.addEventListener("mousedown", (event) => event.preventDefault());

  async function suggest() {
    asking.abort();
    asking = new AbortController();
    const query = input.value.trim();
    if (!query) return close();
    const address = new URL(form.dataset.suggest, location.href);
    address.searchParams.set("q", query);
    address.searchParams.set("size", MOST);
    if (form.elements.kind) address.searchParams.set("kind", form.elements.kind.value);
    try {
      const response = await fetch(address, { signal: asking.signal });
      const found = response.ok ? await response.json() : null;
      if (found && document.activeElement === input) show(query, found);
      else close();
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(query, found) {
    const options = found.results.map((result) => option(result.url, [
      text("span", result.label),
      plain("span", "kind", result.kindLabel),
      ...(result.detail.text ? [text("small", result.detail)] : []),
    ]));
    if (found.total > found.results.length) {
      const every = new URL(form.action);
      for (const [name, value] of new FormData(form)) every.searchParams.set(name, value);
      options.push(option(every, [plain("span", "every", form.dataset.every.replace("{query}", () => query))]));
    }
    options.forEach((item, number) => { item.id = `${list.id}-${number}`; });
    list.replaceChildren(...options);
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = form.dataset.found.replace("{n}", found.total);
    activate(-1);
  }

  function close() {
    clearTimeout(timer);
    asking.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    status.textContent = "";
    activate(-1);
  }

  function activate(number) {
    const options = [...list.children];
    active = number < -1 ? options.length - 1 : number >= options.length ? -1 : number;
    options.forEach((item, at) => item.setAttribute("aria-selected", String(at === active)));
    if (active < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  }
}

// An option holds no link, since what is inside an option is not announced.
function option(address, parts) {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  for (const part of parts) item.append(part, " ");
  item.addEventListener("click", () => location.assign(address));
  return item;
}

function plain(name, kind, words) {
  const part = document.createElement(name);
  part.className = kind;
  part.textContent = words;
  return part;
}

// An excerpt with its marks, which count code points.
function text(name, excerpt) {
  const part = document.createElement(name);
  const points = [...excerpt.text];
  let at = 0;
  part.lang = excerpt.language;
  part.dir = "auto";
  for (const [start, end] of excerpt.marks) {
    const mark = document.createElement("mark");
    mark.textContent = points.slice(start, end).join("");
    part.append(points.slice(at, start).join(""), mark);
    at = end;
  }
  part.append(points.slice(at).join(""));
  return part;
}
