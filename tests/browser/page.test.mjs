// The page as a person uses it: terminal, editor, map, inspector, clock, reload.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, printed, run, shot, start, whenReady } from "./site.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

test("kubectl answers in the terminal, and its pods appear on the map", async () => {
  const page = await open(site);
  await run(page, "kubectl create deployment web --image=nginx --replicas=3");
  await printed(page, "deployment.apps/web created");
  await run(page, "kubectl rollout status deployment/web");
  await printed(page, "successfully rolled out");
  await page.waitForFunction(() => document.querySelectorAll('#map [data-key*="web-"]').length >= 3);
  await run(page, "kubectl get pods -o wide | grep Running | wc -l");
  await printed(page, /^\s*3$/m);
  await shot(page, "deployment");
  assert.deepEqual(page.errors, []);
});

test("a command that never ends is ended by Ctrl-C, and the page stays alive meanwhile", async () => {
  const page = await open(site);
  await run(page, "while true; do :; done");
  await page.waitForTimeout(500);
  await page.focus("#command");
  await page.keyboard.press("Control+c");
  await run(page, "echo still here");
  await printed(page, "still here");
  assert.deepEqual(page.errors, []);
});

test("many lines of output do not block the page", async () => {
  const page = await open(site);
  await run(page, "seq 1 100000");
  await printed(page, "100000");
  await run(page, "echo done");
  await printed(page, /^done$/m);
  assert.deepEqual(page.errors, []);
});

test("names that look like markup stay text", async () => {
  const page = await open(site);
  await run(page, "echo '<img src=x onerror=alert(1)>'");
  await printed(page, "<img src=x onerror=alert(1)>");
  assert.equal(await page.locator("#terminal-log img").count(), 0);
  assert.deepEqual(page.errors, []);
});

test("Tab completes kinds and names", async () => {
  const page = await open(site);
  await page.fill("#command", "");
  await page.type("#command", "kubectl get deploymen");
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => /^kubectl get deployments?(\.apps)? ?$/.test(document.querySelector("#command").value));
});

test("the editor completes, marks what is wrong, and applies", async () => {
  const page = await open(site);
  const content = page.locator("#editor .cm-content");
  await content.waitFor();
  await content.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-editor\ndata:\n  a: b\n");
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction(() => /configmap\/from-editor created/.test(document.body.textContent));
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText("apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  contaners: []\n");
  await page.locator("#editor .cm-lintRange-error").first().waitFor();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText("apiVersion: v1\nkind: Pod\nspec:\n  ");
  await page.keyboard.type("rest");
  await page.locator("#editor .cm-tooltip-autocomplete", { hasText: "restartPolicy" }).waitFor();
  await shot(page, "editor");
  assert.deepEqual(page.errors, []);
});

test("selecting a pod opens the inspector", async () => {
  const page = await open(site);
  await page.locator('#map [data-key*="kube-scheduler"]').first().click();
  await page.locator("#inspector").waitFor();
  await page.waitForFunction(() => document.querySelector("#inspector").textContent.includes("kube-scheduler"));
  await shot(page, "inspector");
  assert.deepEqual(page.errors, []);
});

test("a machine that is switched off and on again takes its node with it", async () => {
  const page = await open(site);
  await run(page, "kubarium node stop worker-2");
  await printed(page, "machine/worker-2 stopped");
  await run(page, "kubectl wait --for=condition=Ready=Unknown node/worker-2 --timeout=90s");
  await page.selectOption(".speed", "60");
  await printed(page, "node/worker-2 condition met");
  assert.deepEqual(page.errors, []);
});

test("a reload keeps the cluster, its objects and the terminal's output", async () => {
  const page = await open(site, { query: "?fresh" });
  await run(page, "kubectl create configmap kept --from-literal=a=b");
  await printed(page, "configmap/kept created");
  await page.waitForTimeout(1_500);
  await page.reload();
  await whenReady(page);
  await printed(page, "configmap/kept created");
  await run(page, "kubectl get configmap kept -o 'jsonpath={.data.a}'; echo ' is back'");
  await printed(page, "b is back");
  assert.deepEqual(page.errors, []);
});

test("the page never blocks for long while a hundred pods start", async (t) => {
  const page = await open(site);
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.longTasks.push(entry.duration);
    }).observe({ type: "longtask" });
  });
  await run(page, "kubectl create deployment many --image=nginx --replicas=100");
  await run(page, "kubectl rollout status deployment/many --timeout=120s");
  await page.selectOption(".speed", "10");
  await printed(page, "successfully rolled out");
  const tasks = await page.evaluate(() => globalThis.longTasks.sort((a, b) => b - a));
  t.diagnostic(`tasks over 50 ms: ${tasks.length}, worst ${Math.round(tasks[0] ?? 0)} ms`);
  await shot(page, "hundred");
  assert.ok((tasks[0] ?? 0) < 500, `${tasks[0]} ms`);
});
