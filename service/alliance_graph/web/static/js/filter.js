// A box that narrows the entries of a page to those that hold what one writes. Without JavaScript the box is
// hidden, and the browser's own search does.

for (const box of document.querySelectorAll("[data-filter]")) {
  const input = box.querySelector("input");
  const output = box.querySelector("output");
  // An entry inside another's list stays with it: the list item of a concept holds those below it.
  const entries = [...document.querySelectorAll("[data-filtered]")].map((entry) => ({
    entry,
    text: fold(`${entry.id} ${entry.textContent}`),
    places: [entry, ...document.querySelectorAll(`[data-filter-for="${CSS.escape(entry.id)}"]`)],
  }));
  const groups = document.querySelectorAll(".toc details");
  const open = [...groups].map((group) => group.open);
  box.hidden = false;
  input.addEventListener("input", () => {
    const words = fold(input.value).split(" ").filter(Boolean);
    let found = 0;
    for (const { text, places } of entries) {
      const fits = words.every((word) => text.includes(word));
      found += fits;
      for (const place of places) place.hidden = !fits;
    }
    groups.forEach((group, at) => {
      group.open = words.length ? true : open[at];
      group.hidden = words.length > 0 && !group.querySelector("li:not([hidden])");
    });
    output.textContent = words.length ? output.dataset.found.replace("{n}", found) : "";
  });
  // A link to an entry that is hidden shows it.
  addEventListener("hashchange", () => {
    if (document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("[hidden]")) {
      input.value = "";
      input.dispatchEvent(new Event("input"));
      document.getElementById(decodeURIComponent(location.hash.slice(1))).scrollIntoView();
    }
  });
}

// Case, accents and the vowel signs of Arabic make no difference.
function fold(text) {
  return text.toLowerCase().normalize("NFKD").replaceAll(/\p{M}/gu, "").replaceAll(/\s+/g, " ").trim();
}
