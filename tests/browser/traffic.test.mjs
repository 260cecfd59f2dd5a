// Requests on the map: counted on the services' doors, drawn as dots, and sent from the inspector.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { DESKTOP, PHONE, open, printed, run, shot, start } from "./site.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

const door = (page) => page.locator('.door[data-key="service/default/web"]');

async function serve(page) {
  await run(page, "kubectl create deployment web --image=nginx --replicas=2 && kubectl expose deployment web --port=80");
  await printed(page, "service/web exposed");
  await run(page, "kubectl run client --image=busybox --command -- sleep 3600 && kubectl wait --for=condition=Ready pod --all && echo all there");
  await printed(page, "all there");
}

const ASK = "for i in 1 2 3; do kubectl exec client -- wget -qO- http://web; done";

test("requests are counted on the door of their service, and travel as dots", async () => {
  const page = await open(site, { reducedMotion: "no-preference" });
  await serve(page);
  await run(page, ASK);
  await door(page).getByText("3 answered").waitFor();
  await page.locator(".dot.answered").first().waitFor({ state: "attached" });
  const path = await page.locator(".dot.answered").last().evaluate((dot) => getComputedStyle(dot).offsetPath);
  assert.match(path, /^path\(/);
  await page.waitForTimeout(450);
  await shot(page, "traffic");
  await run(page, "kubectl scale deployment web --replicas=0 && kubectl wait --for=delete pod -l app=web && sleep 2; " + ASK);
  await printed(page, "Connection refused");
  await door(page).getByText("3 refused").waitFor();
  await page.locator(".dot.refused").first().waitFor({ state: "attached" });
  await shot(page, "traffic-refused");
  assert.deepEqual(page.errors, []);
});

test("nothing moves for who wants no motion; the counts are there, and in the list", async () => {
  const page = await open(site);
  await serve(page);
  await run(page, ASK);
  await door(page).getByText("3 answered").waitFor();
  assert.equal(await page.locator(".dots").evaluate((dots) => getComputedStyle(dots).display), "none");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "As a list" }).click();
  await page.locator(".list-view tr", { hasText: "web" }).getByText("2/2, 3 answered").waitFor();
  assert.deepEqual(page.errors, []);
});

test("a request is sent from a service's inspector, as the command it equals", async () => {
  const page = await open(site);
  await serve(page);
  await door(page).click();
  await page.locator("#inspector").getByRole("button", { name: "Send a request" }).click();
  await printed(page, /<title>/);
  await door(page).getByText("1 answered").waitFor();
  assert.deepEqual(page.errors, []);
});

test("a forwarded port answers at the workstation", async () => {
  const page = await open(site);
  await serve(page);
  await run(page, "kubectl port-forward svc/web 8080:80 &");
  await printed(page, "Forwarding from 127.0.0.1:8080");
  await run(page, "curl -s localhost:8080");
  await printed(page, /Welcome to nginx/);
  assert.deepEqual(page.errors, []);
});

test("a shell in a container", async () => {
  const page = await open(site);
  await run(page, "kubectl run -it box --rm --image=busybox -- sh");
  await printed(page, "try pressing enter");
  await run(page, "hostname; exit");
  await printed(page, /^box$/m);
  await printed(page, 'pod "box" deleted');
  assert.deepEqual(page.errors, []);
});

test("doors with counts fit every layout", async () => {
  for (const [name, options] of [
    ["traffic-phone", { viewport: PHONE, isMobile: true, hasTouch: true }],
    ["traffic-dark", { viewport: DESKTOP, colorScheme: "dark" }],
    ["traffic-ko", { viewport: DESKTOP, locale: "ko-KR" }],
  ]) {
    const page = await open(site, { ...options, ready: true });
    if (name === "traffic-phone") await page.locator(".placebar button").nth(1).click();
    await serve(page);
    await run(page, ASK);
    await printed(page, /Welcome to nginx/);
    if (name === "traffic-phone") {
      await page.locator(".placebar button").nth(0).click();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= PHONE.width, `${wide} px wide`);
    }
    await door(page).scrollIntoViewIfNeeded();
    await shot(page, name);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  }
});
