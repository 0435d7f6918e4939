// The editor. It stands in a shadow tree: there CodeMirror uses constructed style sheets, which the page's
// security policy allows, instead of style elements, which it does not.

import { completions } from "./completion.js";

// Turns a text area into an editor, which keeps the text of the area up to date.
export async function createEditor(area, { library, names, run }) {
  const cm = await import(library);
  const host = document.createElement("div");
  host.className = "editor";
  host.dir = "ltr";
  const root = host.attachShadow({ mode: "open" });
  const label = document.querySelector(`label[for="${area.id}"]`);

  const view = new cm.EditorView({
    root,
    parent: root,
    doc: area.value,
    extensions: [
      cm.keymap.of([{ key: "Mod-Enter", run: () => (run(), true), preventDefault: true }]),
      cm.lineNumbers(),
      cm.highlightActiveLine(),
      cm.drawSelection(),
      cm.history(),
      cm.bracketMatching(),
      cm.closeBrackets(),
      cm.sparql(),
      cm.syntaxHighlighting(colours(cm)),
      cm.autocompletion({ override: [completions(names, cm.syntaxTree)], icons: false }),
      // Tab is left out: it leaves the editor, as it leaves every field.
      cm.keymap.of([...cm.closeBracketsKeymap, ...cm.defaultKeymap, ...cm.historyKeymap, ...cm.completionKeymap]),
      cm.EditorView.lineWrapping,
      cm.EditorView.contentAttributes.of({ "aria-label": label.textContent, spellcheck: "false", tabindex: "0" }),
      cm.EditorView.updateListener.of((update) => {
        if (update.docChanged) area.value = update.state.doc.toString();
      }),
      cm.EditorView.domEventHandlers({ beforeinput: (event, view) => replaceSelected(cm, event, view) }),
      theme(cm),
    ],
  });
  area.before(host);
  const writing = document.activeElement === area;
  if (writing) view.dispatch({ selection: { anchor: area.selectionStart, head: area.selectionEnd } });
  area.hidden = true;
  if (writing) view.focus();
  area.required = false; // a field that is hidden cannot say that it is empty; the service does
  label.addEventListener("click", () => view.focus());
  return { mark: (fault) => mark(cm, view, fault) };
}

// Writes over selected text. Chromium would keep the look of the old text with an inline style, which the
// page's policy refuses with a message on the console.
function replaceSelected({ EditorView }, event, view) {
  const { from, to, empty } = view.state.selection.main;
  const { data: text, inputType, isComposing } = event;
  if (inputType !== "insertText" || isComposing || empty || !text) return false;
  const write = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, write))) view.dispatch(write());
  event.preventDefault();
  return true;
}

function mark(cm, view, fault) {
  const { doc } = view.state;
  const diagnostics = [];
  if (fault) {
    const line = doc.line(Math.min(Math.max(fault.line, 1), doc.lines));
    // The service counts characters, the editor UTF-16 units.
    const place = [...line.text].slice(0, fault.column - 1).join("").length;
    const before = /[?$]?[\w:-]*$/.exec(line.text.slice(0, place))[0].length;
    const after = /^[\w:-]+|^.?/u.exec(line.text.slice(place))[0].length;
    const to = line.from + place + after;
    // Where the text ends too soon, its last character is marked.
    const from = Math.max(Math.min(line.from + place - before, to - 1), line.from);
    diagnostics.push({ from, to, severity: "error", message: fault.message });
    view.dispatch({ effects: cm.EditorView.scrollIntoView(from) });
  }
  view.dispatch(cm.setDiagnostics(view.state, diagnostics));
}

function colours({ HighlightStyle, tags }) {
  return HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword, tags.modifier], color: "var(--link)", fontWeight: "600" },
    { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--accent)" },
    { tag: [tags.string, tags.literal], color: "var(--good)" },
    { tag: [tags.number, tags.bool], color: "var(--part)" },
    { tag: [tags.url, tags.namespace, tags.typeName], color: "var(--ink)" },
    { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  ]);
}

function theme({ EditorView }) {
  const chosen = { backgroundColor: "var(--note-soft)", color: "var(--ink)" };
  return EditorView.theme({
    "&": { color: "var(--ink)", backgroundColor: "transparent", fontSize: ".88rem" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": {
      fontFamily: 'ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", monospace',
      lineHeight: "1.5",
      maxHeight: "70vh",
    },
    ".cm-content, .cm-gutter": { minHeight: "14rem" },
    ".cm-content": { caretColor: "var(--ink)", paddingBlock: ".5rem" },
    ".cm-cursor": { borderLeftColor: "var(--ink)" },
    ".cm-gutters": { backgroundColor: "var(--soft)", color: "var(--quiet)", border: "none" },
    ".cm-activeLine": { backgroundColor: "transparent", boxShadow: "inset 2px 0 var(--line)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      backgroundColor: "var(--note-soft)",
    },
    "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--mark)", color: "inherit" },
    ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--quiet)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "none" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".15rem .6rem" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": chosen,
    ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal", marginInlineStart: ".8em" },
    ".cm-completionInfo": { maxWidth: "24rem", padding: ".4rem .6rem" },
    // CodeMirror underlines with an image in its style sheet, which the page's policy does not load.
    ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
    ".cm-lintPoint-error::after": { borderBottomColor: "var(--bad)" },
    ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  });
}
