// Every layout, theme and language: nothing scrolls sideways, axe finds nothing, and a picture is
// left in tests/browser/shots for a person to look at.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { DESKTOP, PHONE, TABLET, open, printed, run, shot, start } from "./site.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

const LAYOUTS = [
  ["desktop-light", { viewport: DESKTOP }],
  ["desktop-dark-ko", { viewport: DESKTOP, colorScheme: "dark", locale: "ko-KR" }],
  ["tablet-light", { viewport: TABLET }],
  ["phone-light-ko", { viewport: PHONE, isMobile: true, hasTouch: true, locale: "ko-KR" }],
  ["phone-dark", { viewport: PHONE, isMobile: true, hasTouch: true, colorScheme: "dark" }],
];

for (const [name, options] of LAYOUTS) {
  test(`${name}: complete, accessible, no sideways scrolling`, async () => {
    const page = await open(site, options);
    const phone = options.viewport === PHONE;
    const place = (index) => page.locator(".placebar button").nth(index).click();
    if (phone) await place(1);
    await run(page, "kubectl create deployment web --image=nginx --replicas=6");
    await printed(page, "deployment.apps/web created");
    await run(page, "kubectl rollout status deployment/web");
    await printed(page, "successfully rolled out");
    const pictures = phone ? ["map", "terminal", "editor", "activity"] : ["map"];
    for (const [index, picture] of pictures.entries()) {
      if (phone) await place(index);
      await page.waitForTimeout(300);
      await shot(page, `${name}-${picture}`);
      const ends = await page.evaluate(() =>
        ["activity", "terminal-log"].map((id) => document.getElementById(id)).filter((e) => e.clientHeight > 0).map((e) => e.scrollHeight - e.scrollTop - e.clientHeight),
      );
      assert.ok(ends.every((left) => left < 60), `what grows is not followed to its end: ${ends}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `${picture} scrolls sideways by ${wide} px`);
      assert.deepEqual(await violations(page), [], picture);
    }
    if ((options.locale ?? "").startsWith("ko")) assert.equal(await page.getAttribute("html", "lang"), "ko");
    assert.deepEqual(page.errors, []);
  });
}

for (const [name, options] of [LAYOUTS[0], LAYOUTS[1], LAYOUTS[3]]) {
  test(`${name}: a hundred pods, some that wait, and the inspector`, async () => {
    const page = await open(site, options);
    const phone = options.viewport === PHONE;
    const place = (index) => page.locator(".placebar button").nth(index).click();
    if (phone) await place(1);
    await run(page, "kubectl create deployment many --image=nginx --replicas=100");
    await run(page, "kubectl create deployment large --image=nginx --replicas=30; kubectl set resources deployment/large --requests=cpu=64");
    await page.selectOption(".speed", "60");
    await run(page, "kubectl rollout status deployment/many --timeout=300s");
    await printed(page, "successfully rolled out");
    await page.selectOption(".speed", "1");
    if (phone) await place(0);
    await page.locator(".node svg.squares").nth(1).click({ position: { x: 40, y: 30 } });
    await page.locator("#inspector .facts").waitFor();
    await page.click("#tab-why");
    await page.locator("#inspector .verdicts .chosen").waitFor();
    await shot(page, `${name}-many`);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll("#map .node-name, #map .gauge-text, #map .gauge-label")]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => element.textContent),
    );
    assert.deepEqual(cut, [], "what is cut off");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, `scrolls sideways by ${wide} px`);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(page.errors, []);
  });
}
