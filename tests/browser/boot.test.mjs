import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, printed, run, start, whenReady } from "./site.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

test("the page boots a cluster in its worker, under a sub-path, without a word in the console", async () => {
  const page = await open(site);
  assert.deepEqual(page.errors, []);
  assert.equal(page.workers().length, 1);
});

test("a warm start takes less than a second", async (t) => {
  const first = await open(site);
  await first.context().storageState();
  const begun = Date.now();
  await first.reload();
  await whenReady(first);
  const taken = Date.now() - begun;
  t.diagnostic(`${taken} ms`);
  assert.ok(taken < 1_000, `${taken} ms`);
});

test("without WebAssembly the page says what it needs", async () => {
  const page = await open(site, { ready: false, javaScriptEnabled: true, query: "?x" });
  await page.addInitScript(() => delete globalThis.WebAssembly);
  await page.reload();
  await page.waitForSelector("#trouble h1");
  assert.match(await page.textContent("#trouble"), /WebAssembly/);
});

test("without JavaScript the page says so", async () => {
  const page = await open(site, { ready: false, javaScriptEnabled: false });
  assert.match(await page.textContent("noscript"), /JavaScript/);
});

test("a file that does not arrive gives a message and a way out", async () => {
  const context = await site.browser.newContext();
  await context.route(/_bg\.wasm/, (route) => route.abort());
  const page = await open(site, { ready: false, context });
  await page.waitForSelector("#trouble button");
});

test("a second half that comes late only delays", async () => {
  const context = await site.browser.newContext();
  let asked = 0;
  await context.route(/late-\w+\.wasm/, (route) => (asked++ < 2 ? route.abort() : route.continue()));
  const page = await open(site, { context });
  await run(page, "kubectl get nodes");
  await printed(page, "control-plane");
  assert.ok(asked > 1);
  await context.close();
});

test("a second half that never comes gives a message", async () => {
  const context = await site.browser.newContext();
  let asked = 0;
  await context.route(/late-\w+\.wasm/, (route) => (asked++, route.abort()));
  const page = await open(site, { context, ready: false });
  const message = page.waitForSelector("#trouble button");
  // Something in the cluster may miss it before the command does, and the message then covers the terminal.
  run(page, "kubectl get nodes").catch(() => {});
  await message;
  assert.ok(asked > 1);
  await context.close();
});

test("when the worker dies the page says so, with the seed", async () => {
  const page = await open(site, { query: "?seed=42" });
  await page.evaluate(() => globalThis.kubarium.worker.postMessage("no message at all"));
  await page.waitForSelector("#trouble button");
  assert.match(await page.textContent("#trouble"), /42/);
});
