// Observes which functions run until the cluster is on the screen, and writes their marks to www/first.txt: the first
// half of the module (www/split.mjs). `make profile` runs it after a release build, when start-up has changed.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import binaryen from "../../www/node_modules/binaryen/index.js";
import { functions, read } from "../../www/split.mjs";
import { DESKTOP, DIST, PHONE, ROOT, open, start, whenReady } from "./site.mjs";

const WHOLE = ROOT + "www/dist/whole.wasm";
const PARTS = ROOT + "www/dist/parts.json";
const SEEN = "seen";
// Some things happen in some histories only.
const SEEDS = [1, 2, 3, 4, 5];
// How long the page is watched once it is ready.
const WATCH_MS = 3_000;

const folder = mkdtempSync(join(tmpdir(), "kubarium-profile-"));
const marks = instrument();
const site = await start(folder);
const seen = new Set();
try {
  for (const look of [
    ...SEEDS.map((seed) => ({ query: `?seed=${seed}`, viewport: DESKTOP })),
    { query: "?seed=7", viewport: PHONE, locale: "ko-KR", colorScheme: "dark" },
  ]) {
    const page = await open(site, look);
    await observe(page);
    await page.goto(site.url);
    await whenReady(page);
    await observe(page);
    await page.context().close();
  }
} finally {
  await site.close();
  rmSync(folder, { recursive: true });
}
const first = [...new Set([...seen].map((i) => marks[i]).filter(Boolean))].sort();
writeFileSync(ROOT + "www/first.txt", first.join("\n") + "\n");
console.log(`${seen.size} of ${marks.length} functions run first`);

// A copy of the site with the whole module, in which each function notes that it ran.
function instrument() {
  cpSync(DIST, folder, { recursive: true, filter: (from) => !/\.(br|gz)$|late-\w+\.wasm$/.test(from) });
  const module = read(readFileSync(WHOLE));
  const found = functions(module).filter((f) => !f.module);
  found.forEach((f, i) => {
    module.addGlobal(SEEN + i, binaryen.i32, true, module.i32.const(0));
    module.addGlobalExport(SEEN + i, SEEN + i);
    const note = module.global.set(SEEN + i, module.i32.const(1));
    binaryen.Function.setBody(module.getFunction(f.name), module.block(null, [note, f.body], f.results));
  });
  const page = join(folder, "index.html");
  const html = readFileSync(page, "utf8");
  const name = html.match(/data-wasm="\.\/([^"]+)"/)[1];
  writeFileSync(join(folder, name), module.emitBinary());
  writeFileSync(page, html.replace(/ data-late="[^"]*"/, "").replace(/<link rel="preload"[^>]*>/g, ""));
  const { marks } = JSON.parse(readFileSync(PARTS));
  return found.map((f) => marks[f.name]);
}

async function observe(page) {
  await page.waitForTimeout(WATCH_MS);
  const js = await page.evaluate(() => {
    const script = document.querySelector("script[data-js]");
    return new URL(script.dataset.js, script.src).href;
  });
  for (const side of [page, ...page.workers()]) {
    const ran = await side.evaluate(
      async ({ js, SEEN }) => {
        const exports = (await import(js)).initSync();
        return Object.keys(exports)
          .filter((name) => name.startsWith(SEEN) && exports[name].value)
          .map((name) => Number(name.slice(SEEN.length)));
      },
      { js, SEEN },
    );
    for (const i of ran) seen.add(i);
  }
}
