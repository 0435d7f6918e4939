// What pictures gain with JavaScript: a line that tells what the pointer is on, the rest of a series made
// faint, and a slider that moves the day of a timeline. Without it, titles, forms and tables say the same.

const own = (mark, name) => mark.closest(`[data-${name}]`)?.dataset[name];

document.querySelectorAll("figure.picture").forEach(enhance);

// Also for pictures that come to a page later.
export function enhance(figure) {
  const told = document.createElement("output");
  told.className = "told";
  figure.append(told);

  const mark = (event) => {
    told.textContent = titleOf(event.target);
    const series = own(event.target, "series");
    const node = own(event.target, "node");
    for (const other of figure.querySelectorAll(":scope > svg [data-series]")) {
      const alike = series !== undefined ? other.dataset.series === series : own(other, "node") === node;
      other.classList.toggle("faint", (series !== undefined || node !== undefined) && !alike);
    }
  };
  for (const type of ["pointerover", "focusin", "click"]) figure.addEventListener(type, mark);
  figure.addEventListener("pointerleave", () => {
    told.textContent = "";
    for (const other of figure.querySelectorAll(".faint")) other.classList.remove("faint");
  });
}

// The title of the picture as a whole is its heading, which needs no telling.
function titleOf(mark) {
  for (let at = mark; at !== null && at.tagName !== "svg"; at = at.parentElement) {
    const title = [...at.children].find((child) => child.tagName === "title");
    if (title) return title.textContent;
  }
  return "";
}

const output = document.querySelector("output[data-in-force]");
const day = document.querySelector("form[data-picture-form] input[type=date]");
const lines = document.querySelectorAll("figure.timeline > svg");
if (output && day && lines.length) addSlider();

function addSlider() {
  const { first, last } = lines[0].dataset;
  const label = document.createElement("label");
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: first, max: last, step: 1, value: (day.value || last).slice(0, 4) });
  label.className = "slider";
  label.append(output.dataset.slider, slider);
  output.before(label);
  slider.addEventListener("input", () => {
    const rest = /^\d{4}(-\d\d-\d\d)$/.exec(day.value)?.[1] ?? "-01-01";
    const on = `${slider.value.padStart(4, "0")}${rest === "-02-29" ? "-02-28" : rest}`;
    day.value = on;
    show(on);
  });
  day.addEventListener("change", () => {
    if (!day.value) return;
    slider.value = day.value.slice(0, 4);
    show(day.value);
  });
}

function show(on) {
  for (const line of lines) {
    for (const span of line.querySelectorAll(".span")) {
      const { start, end } = span.dataset;
      span.classList.toggle("off", !(start <= on && (end === "" || end >= on)));
    }
    moveDay(line, on);
  }
  const spans = lines[0].querySelectorAll(".span");
  const inForce = [...spans].filter((span) => !span.classList.contains("off")).length;
  const values = { date: on, n: inForce, of: spans.length };
  output.textContent = output.dataset.inForce.replaceAll(/{(\w+)}/g, (_, name) => values[name]);
}

function moveDay(line, on) {
  const { begin, room, first, last } = line.dataset;
  const start = Date.UTC(Number(on.slice(0, 4)), 0, 1);
  const year = Number(on.slice(0, 4)) + (Date.parse(on) - start) / 86_400_000 / 366;
  const part = Math.min(Math.max((year - Number(first)) / (Number(last) + 1 - Number(first)), 0), 1);
  const along = Number(begin) + Number(room) * part;
  const x = line.getAttribute("direction") === "rtl" ? line.viewBox.baseVal.width - along : along;
  const group = line.querySelector(".day");
  group.removeAttribute("visibility");
  const rule = group.querySelector("line");
  rule.setAttribute("x1", x);
  rule.setAttribute("x2", x);
  const text = group.querySelector("text");
  text.setAttribute("x", x);
  text.textContent = on;
}
