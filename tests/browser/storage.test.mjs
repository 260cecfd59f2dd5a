import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, start, whenReady } from "./site.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

test("a reload continues the same cluster", async () => {
  const page = await open(site, { query: "?seed=77" });
  await page.waitForTimeout(1_500);
  await page.goto(site.url);
  await whenReady(page);
  assert.equal(await page.getAttribute("html", "data-seed"), "77");
  await page.goto(site.url + "?fresh");
  await whenReady(page);
  assert.notEqual(await page.getAttribute("html", "data-seed"), "77");
  assert.equal(new URL(page.url()).search, "");
  assert.deepEqual(page.errors, []);
});

test("of two tabs the first one stores, and the second one takes over when it goes", async () => {
  const first = await open(site);
  const second = await open(site, { query: "", context: first.context() });
  await second.waitForTimeout(500);
  await first.close();
  await second.locator(".notice", { hasText: "The other tab has closed" }).waitFor();
});
