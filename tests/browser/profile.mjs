// Observes which functions run until the cluster is on the screen, and which run all the time while it works, and writes
// their marks to www/first.txt: the first half of the module (www/split.mjs), within which calls are quickest. `make
// profile` runs it after a release build, when start-up has changed.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import binaryen from "../../www/node_modules/binaryen/index.js";
import { functions, read } from "../../www/split.mjs";
import { DESKTOP, DIST, PHONE, ROOT, open, printed, run, start, whenReady } from "./site.mjs";

const WHOLE = ROOT + "www/dist/whole.wasm";
const PARTS = ROOT + "www/dist/parts.json";
const SEEN = "seen";
// Some things happen in some histories only.
const SEEDS = [1, 2, 3, 4, 5];
// How long the page is watched once it is ready, and how long for what happens now and then.
const WATCH_MS = 3_000;
const LONG_WATCH_MS = 20_000;
// What runs so often while a hundred pods are brought up stays in the first half too.
const OFTEN = 2_000;

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
    await observe(page, 1);
    await page.goto(site.url);
    await whenReady(page);
    await observe(page, 1);
    await page.context().close();
  }
  await wait();
  await work();
} finally {
  await site.close();
  rmSync(folder, { recursive: true });
}
const first = [...new Set([...seen].map((i) => marks[i]).filter(Boolean))].sort();
writeFileSync(ROOT + "www/first.txt", first.join("\n") + "\n");
console.log(`${seen.size} of ${marks.length} functions run first or often`);

async function wait() {
  const page = await open(site);
  await observe(page, 1, LONG_WATCH_MS);
  await page.context().close();
}

async function work() {
  const page = await open(site);
  await page.selectOption(".speed", "0");
  await run(page, "kubectl create deployment many --image=nginx --replicas=100");
  await run(page, "kubectl rollout status deployment/many");
  await printed(page, "successfully rolled out");
  await observe(page, OFTEN);
  await page.context().close();
}

// A copy of the site with the whole module, in which each function counts how often it ran.
function instrument() {
  cpSync(DIST, folder, { recursive: true, filter: (from) => !/\.(br|gz)$|late-\w+\.wasm$/.test(from) });
  const module = read(readFileSync(WHOLE));
  const found = functions(module).filter((f) => !f.module);
  found.forEach((f, i) => {
    module.addGlobal(SEEN + i, binaryen.i32, true, module.i32.const(0));
    module.addGlobalExport(SEEN + i, SEEN + i);
    const count = module.i32.add(module.global.get(SEEN + i, binaryen.i32), module.i32.const(1));
    const note = module.global.set(SEEN + i, count);
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

async function observe(page, times, watch = WATCH_MS) {
  await page.waitForTimeout(watch);
  const js = await page.evaluate(() => {
    const script = document.querySelector("script[data-js]");
    return new URL(script.dataset.js, script.src).href;
  });
  for (const side of [page, ...page.workers()]) {
    const ran = await side.evaluate(
      async ({ js, SEEN, times }) => {
        const exports = (await import(js)).initSync();
        return Object.keys(exports)
          .filter((name) => name.startsWith(SEEN) && exports[name].value >>> 0 >= times)
          .map((name) => Number(name.slice(SEEN.length)));
      },
      { js, SEEN, times },
    );
    for (const i of ran) seen.add(i);
  }
}
