// What every page gains with JavaScript: a switch of the theme, and a button to copy a block of text.

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const shown = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = shown() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Storage is forbidden: the choice holds for this page.
    }
  });
}

// What is there to be taken along: code, queries, citations. Browsers copy only where the connection is safe.
if (navigator.clipboard) {
  const { copy, copied } = document.body.dataset;
  for (const block of document.querySelectorAll("main pre, main .citation")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain copy";
    button.textContent = copy;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(block.textContent);
        button.textContent = copied;
        setTimeout(() => (button.textContent = copy), 2000);
      } catch {
        getSelection().selectAllChildren(block); // Copying is forbidden: what is marked can be copied by hand.
      }
    });
    block.after(button);
  }
}
