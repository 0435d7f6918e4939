// Writes the browser's part of the packages beside this file into the folder named by the argument.
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const WORLD = "world-atlas";
const LICENCE = /^(licen[cs]e|copying)/i;

const target = process.argv[2];
const bundle = await build({
  entryPoints: ["codemirror.js"],
  outdir: target,
  bundle: true,
  format: "esm",
  legalComments: "none", // they are in NOTICE.txt
  metafile: true,
  minify: true,
  target: "es2022",
});
await mkdir(join(target, WORLD), { recursive: true });
await cp(join("node_modules", WORLD, "countries-110m.json"), join(target, WORLD, "countries-110m.json"));

const shipped = Object.values(bundle.metafile.outputs)
  .flatMap((output) => Object.entries(output.inputs))
  .filter(([path, { bytesInOutput }]) => path.startsWith("node_modules/") && bytesInOutput > 0)
  .map(([path]) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)[1]);
const notices = await Promise.all([...new Set([...shipped, WORLD])].sort().map(notice));
await writeFile(join(target, "NOTICE.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));

async function notice(name) {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => LICENCE.test(entry));
  if (!license || !file) throw new Error(`${name} ${version} does not say under which licence it may be passed on`);
  return `${name} ${version} (${license})\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
}
