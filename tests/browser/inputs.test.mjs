// What nobody should do and everybody does: each is met with a message, and nothing is lost.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, printed, run, shot, start, whenReady } from "./site.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

const notice = (page) => page.locator(".notices .notice").first();
// The page answers at once, and a command typed now is run.
async function alive(page, word) {
  const begun = Date.now();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  assert.ok(Date.now() - begun < 3_000, "the page stood still");
  await run(page, `echo ${word}`);
  await printed(page, new RegExp(`^${word}$`, "m"));
}
// Pastes a text in place of the editor's.
async function write(page, text) {
  const content = page.locator("#editor .cm-content");
  await content.waitFor();
  await content.click();
  await page.keyboard.press("Control+a");
  await content.evaluate((element, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  // Only what can be seen is drawn.
  await page.keyboard.press("Control+Home");
}
// Sends the worker a line as if it were typed.
const typed = (page, line) =>
  page.evaluate((line) => globalThis.kubarium.worker.postMessage(JSON.stringify({ Terminal: { tab: 1, input: { Line: line } } })), line);

test("a profile that does not exist is named, with those that do", async () => {
  const page = await open(site, { query: "?profile=refrence" });
  await notice(page).waitFor();
  assert.match(await notice(page).textContent(), /“refrence”.*default one.*default, reference/);
  await page.locator(".tool.lang").click();
  assert.match(await notice(page).textContent(), /“refrence”.*default, reference/);
  await page.goto(site.url + "?profile=reference");
  await whenReady(page);
  await run(page, "kubectl get nodes -o name");
  await printed(page, "node/node-3");
  assert.equal(await notice(page).count(), 0);
});

test("a hundred thousand lines: the last five thousand stay, and it is said", async () => {
  const page = await open(site);
  await run(page, "seq 1 100000");
  await printed(page, /^100000$/m);
  await page.locator("#terminal-log", { hasText: "keeps the last 5,000" }).waitFor();
  const lines = await page.evaluate(() => [...document.querySelectorAll("#terminal-log .block")].map((b) => b.textContent).join("").split("\n").length);
  assert.ok(lines > 4_000 && lines < 5_200, `${lines} lines`);
  await alive(page, "afterwards");
  assert.deepEqual(page.errors, []);
});

test("one endless line is folded, and a record that outgrows the store is told", async () => {
  const page = await open(site);
  for (let round = 0; round < 3; round += 1) await typed(page, `: ${"x".repeat(3_000_000)}`);
  await alive(page, "breathing");
  await notice(page).waitFor({ timeout: 60_000 });
  assert.match(await notice(page).textContent(), /8 MiB.*a reload goes back to \d\d:\d\d:\d\d/);
  assert.deepEqual(page.errors, []);
});

test("ten thousand events", async () => {
  const page = await open(site);
  await run(page, "mkdir -p /tmp");
  await typed(
    page,
    `for i in $(seq 1 10000); do printf '%s\\n' 'apiVersion: v1' 'kind: Event' "metadata: {name: e$i, namespace: default}" 'involvedObject: {kind: Pod, name: p, namespace: default}' 'reason: Many' "message: number $i" 'type: Warning' ---; done > /tmp/events.yaml; echo written`,
  );
  await printed(page, /^written$/m);
  await run(page, "kubectl create -f /tmp/events.yaml | tail -n 1; kubectl get events | wc -l");
  page.setDefaultTimeout(120_000);
  await printed(page, /^10\d\d\d$/m);
  await page.locator("#activity .feed-line", { hasText: "Many" }).first().waitFor();
  assert.ok((await page.locator("#activity .feed-line").count()) <= 200);
  await alive(page, "listening");
  assert.deepEqual(page.errors, []);
});

test("a tab that slept for a day goes on where it stopped, and says so", async () => {
  const context = await site.browser.newContext();
  await context.route(/boot\.js/, async (route) => {
    const response = await route.fetch();
    // In the worker: a message with a number of milliseconds lets the clock jump so far.
    const jump = `if (typeof document === "undefined") {
      const real = performance.now.bind(performance);
      let ahead = 0;
      performance.now = () => real() + ahead;
      self.addEventListener("message", (event) => {
        if (typeof event.data?.sleep !== "number") return;
        ahead += event.data.sleep;
        event.stopImmediatePropagation();
      });
    }\n`;
    await route.fulfill({ response, body: jump + (await response.text()) });
  });
  const page = await open(site, { context, query: "?seed=1" });
  await page.waitForTimeout(1_000);
  await page.evaluate(() => globalThis.kubarium.worker.postMessage({ sleep: 86_400_000 }));
  await notice(page).waitFor();
  assert.match(await notice(page).textContent(), /slept/);
  await page.waitForTimeout(1_000);
  assert.match(await page.textContent(".clock .now"), /^00:00:/);
  await alive(page, "awake");
  assert.deepEqual(page.errors, []);
});

test("of two tabs the second one leaves the store alone", async () => {
  const first = await open(site, { query: "?fresh" });
  await run(first, "kubectl create configmap first");
  await printed(first, "configmap/first created");
  const second = await open(site, { query: "", context: first.context() });
  await notice(second).waitFor();
  assert.match(await notice(second).textContent(), /Another tab keeps the stored cluster/);
  await run(second, "kubectl create configmap second");
  await printed(second, "configmap/second created");
  await second.waitForTimeout(1_500);
  await second.close();
  await first.waitForTimeout(1_500);
  await first.reload();
  await whenReady(first);
  await run(first, "kubectl get configmaps -o name");
  await printed(first, "configmap/first");
  assert.equal((await first.textContent("#terminal-log")).includes("configmap/second"), false);
  assert.deepEqual([first.errors, second.errors], [[], []]);
});

test("markup in names, annotations, log lines and errors stays text", async () => {
  const page = await open(site);
  const markup = "<img src=x onerror=globalThis.executed=1><script>globalThis.executed=1</script>";
  await run(page, `kubectl create configmap '${markup}'`);
  await run(page, `kubectl run shout --image=busybox --annotations='note=${markup}' -- sh -c 'while true; do echo "${markup}"; sleep 1; done'`);
  await run(page, "kubectl wait --for=condition=Ready pod/shout");
  await printed(page, "condition met");
  await page.locator('#map [data-key="pod/default/shout"]').click();
  for (const [tab, shown] of [
    ["logs", "#log"],
    ["yaml", "#inspector .yaml"],
  ]) {
    await page.click(`#tab-${tab}`);
    await page.waitForFunction(([at, text]) => {
      const element = document.querySelector(at);
      return (element?.value ?? element?.textContent ?? "").includes(text);
    }, [shown, "onerror=globalThis.executed=1"]);
  }
  await write(page, `apiVersion: v1\nkind: Pod\nmetadata:\n  name: "${markup.replaceAll('"', "'")}"\n`);
  await page.locator("#editor .cm-lintRange-error").first().waitFor();
  await page.locator("#editor .cm-lintRange-error").first().hover();
  await page.waitForTimeout(700);
  const found = await page.evaluate(() => {
    const roots = [document, document.querySelector("#editor").shadowRoot];
    const inside = roots.flatMap((root) => [...root.querySelectorAll("#page img, #page script, img")]);
    return [inside.length, globalThis.executed ?? 0];
  });
  assert.deepEqual(found, [0, 0]);
  assert.deepEqual(page.errors, []);
});

test("commands that never end are ended by Ctrl-C", async () => {
  const page = await open(site);
  for (const [index, command] of ["while true; do :; done", "while true; do echo y; done", "kubectl get pods -A -w", "sleep 100000", "cat"].entries()) {
    await run(page, command);
    await page.waitForTimeout(400);
    await page.focus("#command");
    await page.keyboard.press("Control+c");
    await alive(page, `ended-${index}`);
  }
  assert.deepEqual(page.errors, []);
});

test("broken, binary and huge text in the editor", async () => {
  const page = await open(site);
  await write(page, "kind: [\n\t- {");
  await page.locator("#editor .cm-lintRange-error").first().waitFor();
  await write(page, "\u0000\u0001\ufffdPNG\r\n\u001a\n".repeat(50));
  await page.locator("#editor .cm-lintRange-error").first().waitFor();
  await page.keyboard.press("Control+Enter");
  await page.locator("#editor-pane .results .bad").first().waitFor();
  await write(page, `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n`);
  await page.locator("#editor .cm-lintRange-error").first().waitFor();
  await alive(page, "unharmed");
  await write(page, "data: |\n" + "  0123456789abcdef\n".repeat(190_000));
  await page.locator("#editor .cm-lintRange-warning").first().waitFor();
  await alive(page, "unhurried");
  await shot(page, "huge-text");
  assert.deepEqual(page.errors, []);
});

test("refused storage: the notice says what it means, and the cluster runs", async () => {
  const context = await site.browser.newContext();
  await context.route(/store\.js/, async (route) => {
    const response = await route.fetch();
    const body = 'Object.defineProperty(self, "indexedDB", { get() { throw new Error("refused"); } });\n';
    await route.fulfill({ response, body: body + (await response.text()) });
  });
  const page = await open(site, { context });
  assert.match(await notice(page).getAttribute("title"), /refused/);
  assert.match(await notice(page).textContent(), /lives as long as the tab/);
  await alive(page, "running");
});
