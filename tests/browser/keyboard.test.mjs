// The page without a mouse: the order of Tab, what shows where the keyboard is, IMEs, and panes that remember.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, open, printed, run, start, whenReady } from "./site.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

// What has the keyboard: which part of the page it is in, and whether that can be seen.
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const part = element.closest(".topbar, .editor-pane, .map, .inspector, .terminal, .feed, .splitter, .notices");
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return {
      part: part?.className.split(" ").find((name) => /topbar|editor-pane|^map$|inspector|terminal|feed|splitter|notices/.test(name)) ?? "",
      what: `${element.tagName} ${element.id || element.className}`,
      // The command line's caret, and the editor's own, are enough.
      seen: outlined || element.id === "command" || element.id === "editor",
    };
  });

test("Tab goes through every part in the order in which they stand, and shows where it is", async () => {
  const page = await open(site);
  await page.locator("#editor .cm-content").waitFor();
  const parts = [];
  for (let step = 0; step < 90; step += 1) {
    // Tab indents in the editor; after Escape it leaves.
    if ((await focused(page)).what.includes("editor")) await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (at.what.startsWith("BODY")) break;
    assert.ok(at.seen, `nothing shows that ${at.what} has the keyboard`);
    if (parts.at(-1) !== at.part) parts.push(at.part);
  }
  const order = parts.filter((part) => part !== "splitter");
  assert.deepEqual(order, ["topbar", "editor-pane", "map", "terminal", "feed"]);
});

test("pods are reached with the arrow keys, as names and as signs", async () => {
  const page = await open(site);
  await page.locator('#map .pod[data-key="pod/kube-system/etcd-control-plane"]').focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.activeElement.id === "pod/kube-system/kube-apiserver-control-plane");
  await page.keyboard.press("Enter");
  await page.locator("#inspector h2", { hasText: "kube-apiserver-control-plane" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#inspector").waitFor({ state: "detached" });
  await run(page, "kubectl create deployment many --image=nginx --replicas=90");
  await page.locator("svg.squares").first().waitFor();
  await page.selectOption(".speed", "60");
  await run(page, "kubectl rollout status deployment/many");
  await printed(page, "successfully rolled out");
  await page.locator("svg.squares").nth(1).focus();
  const active = () => page.evaluate(() => document.activeElement.getAttribute("aria-activedescendant"));
  const before = await active();
  await page.keyboard.press("ArrowRight");
  const beside = await eventually(page, active, (name) => name !== before);
  await page.keyboard.press("ArrowDown");
  const name = await eventually(page, active, (name) => name !== beside);
  assert.equal(new Set([before, beside, name]).size, 3);
  assert.match(await page.getAttribute(`[id="${name}"]`, "aria-label"), /: Ready$/);
  await page.keyboard.press("Enter");
  await page.locator("#inspector h2", { hasText: name.split("/").at(-1) }).waitFor();
  assert.deepEqual(page.errors, []);
});

test("Enter that ends a Korean syllable does not send the line", async () => {
  const page = await open(site, { locale: "ko-KR" });
  const cdp = await page.context().newCDPSession(page);
  await page.focus("#command");
  await page.keyboard.insertText("echo ");
  await cdp.send("Input.imeSetComposition", { text: "안녕", selectionStart: 2, selectionEnd: 2 });
  const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
  await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
  await page.waitForTimeout(300);
  assert.equal(await page.locator("#terminal-log .echo").count(), 0);
  await cdp.send("Input.insertText", { text: "안녕" });
  await page.keyboard.press("Enter");
  await printed(page, /^안녕$/m);
  assert.deepEqual(page.errors, []);
});

test("panes are resized with the arrow keys and remember it", async () => {
  const page = await open(site);
  const width = () => page.evaluate(() => document.querySelector(".editor-pane").getBoundingClientRect().width);
  const before = await width();
  await page.focus(".split-left");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const wider = (now) => now === before + 48;
  assert.equal(await eventually(page, width, wider), before + 48);
  await page.reload();
  await whenReady(page);
  assert.equal(await eventually(page, width, wider), before + 48);
});

test("nothing moves for those who asked for that", async () => {
  const page = await open(site, { reducedMotion: "reduce" });
  await run(page, "kubectl create deployment web --image=nginx --replicas=4");
  await page.locator('#map .pod[data-key*="pod/default/web"]').first().waitFor();
  const longest = await page.evaluate(() =>
    Math.max(
      ...[...document.querySelectorAll("#page *")].flatMap((element) => {
        const { animationDuration, transitionDuration } = getComputedStyle(element);
        return `${animationDuration}, ${transitionDuration}`.split(", ").map(parseFloat);
      }),
    ),
  );
  assert.ok(longest <= 0.001, `${longest} s`);
});

test("what a click does is printed as the command it equals", async () => {
  const page = await open(site);
  await page.locator("#map .chip.add").click();
  await page.locator("#terminal-log .echo", { hasText: "kubarium node add" }).waitFor();
  await page.locator('#map [data-key="node/worker-1"]').click();
  for (const button of await page.locator("#inspector .actions button").all()) {
    assert.match(await button.getAttribute("title"), /^(kubectl|kubarium) /);
  }
  await page.locator("#inspector .actions button", { hasText: "Cordon" }).click();
  await page.locator("#terminal-log .echo", { hasText: "kubectl cordon worker-1" }).waitFor();
  await printed(page, "node/worker-1 cordoned");
  assert.deepEqual(page.errors, []);
});
