// What the editor offers while one writes: names of the dataset by name or label, variables of the query, keywords.

const KEYWORDS = (
  "ASK BASE BIND CONSTRUCT COUNT DESCRIBE DISTINCT EXISTS FILTER FROM GRAPH GROUP_CONCAT HAVING IN LANG LIMIT MINUS " +
  "NOT OFFSET OPTIONAL PREFIX REDUCED SELECT STR UNION UNDEF VALUES WHERE BOUND COALESCE CONCAT CONTAINS DATATYPE IF " +
  "ISIRI ISBLANK ISLITERAL LANGMATCHES LCASE MAX MIN NOW REGEX REPLACE SAMPLE STRENDS STRLEN STRSTARTS SUBSTR SUM AVG " +
  "UCASE YEAR MONTH DAY"
)
  .split(" ")
  .concat("GROUP BY", "ORDER BY", "NOT EXISTS", "FROM NAMED", "ASC(", "DESC(");
const MOST = 12; // as many as need no scrolling, which the keyboard of some browsers could not do
const WORD = /[?$][\p{L}\p{N}_]*$|<[^<>\s]*$|[\p{L}\p{N}_-]*:?[\p{L}\p{N}_.\/\\-]*$/u;

// Returns a source of completions; `address` is where the names are.
export function completions(address, syntaxTree) {
  let names = null;
  return async (context) => {
    const inside = syntaxTree(context.state).resolveInner(context.pos, -1).name;
    if (/comment|string/i.test(inside)) return null;
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const typed = WORD.exec(before)[0];
    if (!typed && !context.explicit) return null;
    const from = context.pos - typed.length;
    if (/^[?$]/.test(typed)) return { from, options: variables(context.state.doc.toString(), from, typed), filter: false };
    names ??= fetchNames(address);
    const text = context.state.doc.sliceString(0, from);
    const options = [...named(await names, typed, expected(text)), ...keywords(typed)];
    return { from, options: options.slice(0, MOST), filter: false };
  };
}

async function fetchNames(address) {
  const response = await fetch(address);
  if (!response.ok) return [];
  return (await response.json()).map((entry) => ({ ...entry, folded: fold(`${entry.name} ${entry.label ?? ""}`) }));
}

function variables(text, from, typed) {
  const found = new Set(`${text.slice(0, from)} ${text.slice(from).replace(/^[?$]\w*/, "")}`.match(/[?$][\p{L}\p{N}_]+/gu));
  return [...found]
    .filter((name) => name.slice(1).startsWith(typed.slice(1)))
    .sort()
    .slice(0, MOST)
    .map((label) => ({ label, type: "variable" }));
}

function named(names, typed, wanted) {
  const looked = fold(typed);
  return names
    .map((entry) => ({ entry, rank: rank(entry, looked, wanted) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.entry.name.length - b.entry.name.length || (a.entry.name < b.entry.name ? -1 : 1))
    .map(({ entry }) => ({ label: entry.name, detail: entry.label, info: entry.definition, type: entry.kind }));
}

// The smaller the sooner; below zero: not at all.
function rank({ name, label = "", folded, kind }, looked, wanted) {
  const fits = wanted.includes(kind) ? 0 : 4;
  if (!looked) return fits;
  if (fold(name).startsWith(looked)) return fits;
  if (fold(name.slice(name.indexOf(":") + 1)).startsWith(looked) || fold(label).startsWith(looked)) return fits + 1;
  if (folded.includes(` ${looked}`)) return fits + 2;
  return folded.includes(looked) ? fits + 3 : -1;
}

// Returns the kinds of names that can stand after a text.
function expected(text) {
  if (/(?:\sa|\brdf:type)\s+$/.test(text)) return ["class"];
  if (/\bGRAPH\s+$/i.test(text)) return ["graph"];
  if (/;\s*$/.test(text)) return ["property"];
  const statement = /[^{}.;]*$/.exec(text)[0].trim();
  return statement && statement.split(/\s+/).length === 1 ? ["property"] : ["thing", "class"];
}

function keywords(typed) {
  return typed
    ? KEYWORDS.filter((word) => word.startsWith(typed.toUpperCase())).map((label) => ({ label, type: "keyword" }))
    : [];
}

// Without accents and case, as people search.
function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
