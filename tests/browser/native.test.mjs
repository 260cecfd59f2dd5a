// The page as `kubarium up` serves it: the cluster is in that program, and the page looks at it.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { violations } from "./axe.mjs";
import { DESKTOP, DIST, PHONE, ROOT, browserOptions, printed, run, shot, start, whenReady } from "./site.mjs";

const PROGRAM = process.env.KUBARIUM ?? ROOT + "target/debug/kubarium";

let browser;
let folder;
let program;

// Starts the program; resolves with what it says once it is ready.
async function up(...args) {
  assert.ok(existsSync(PROGRAM), `${PROGRAM} is missing: cargo build`);
  const all = ["up", "--site", DIST, "--kubeconfig", `${folder}/kubeconfig`, "--output", "json", ...args];
  program = spawn(PROGRAM, all, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const chunk of program.stdout) return JSON.parse(String(chunk));
  throw new Error("it ended before it was ready");
}

async function down() {
  if (!program) return;
  const ended = new Promise((done) => program.once("exit", done));
  program.kill("SIGTERM");
  await ended;
  program = undefined;
}

async function open(url, options = {}) {
  // Nobody has signed the program's certificate.
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: DESKTOP, reducedMotion: "reduce", locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.errors.push(message.text());
  });
  await page.goto(url);
  return page;
}

const workload = (page, name) => page.locator("#map .workload", { hasText: name });

before(async () => {
  folder = mkdtempSync(`${tmpdir()}/kubarium-page-`);
  browser = await chromium.launch(browserOptions());
});
after(async () => {
  await browser?.close();
  await down();
  rmSync(folder, { recursive: true });
});

test("two pages and a kubectl see the same cluster", async () => {
  const { page: url, server } = await up("--ephemeral", "--seed", "7", "--listen", "127.0.0.1:0", "--speed", "5");
  assert.ok(url.startsWith(`${server}/ui/#token=`), url);
  const page = await open(url);
  await whenReady(page);
  assert.doesNotMatch(page.url(), /token/, "it is not left in the address");
  await run(page, "kubectl create deployment shop --image=nginx:1.27 --replicas=2");
  await run(page, "kubectl rollout status deployment/shop");
  await printed(page, "successfully rolled out");
  await workload(page, "shop").waitFor();

  const other = await open(url, { locale: "ko-KR", colorScheme: "dark" });
  await whenReady(other);
  await other.locator('#map .pod[data-key*="pod/default/shop"]').first().click();
  await other.locator(".inspector", { hasText: "shop" }).waitFor();
  await other.locator(".inspector [role=tab]", { hasText: "로그" }).click();
  await other.locator(".inspector", { hasText: "start worker process" }).waitFor();
  await run(other, "kubectl delete deployment shop");
  await workload(page, "shop").waitFor({ state: "detached" });

  // Time and history are the program's.
  for (const name of ["Pause", "Step", "Back 10 seconds", "Speed"]) {
    const control = page.locator(`.clock [aria-label^="${name}"]`);
    assert.ok(await control.isDisabled(), name);
    assert.match(await control.getAttribute("title"), /keeps its time/);
  }
  assert.match(await page.locator(".clock .speed").textContent(), /^5×/);
  for (const name of ["Undo", "Share this cluster", "New cluster"]) {
    assert.equal(await page.locator(`.topbar button[aria-label="${name}"]`).count(), 0, name);
  }
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(await violations(other), []);
  await shot(page, "native");
  await shot(other, "native-dark-ko");
  assert.deepEqual([...page.errors, ...other.errors], []);

  // A reload keeps the right to look on, and begins a terminal of its own.
  await page.reload();
  await whenReady(page);
  await run(page, "kubectl get nodes -o name");
  await printed(page, "node/worker-1");
  await down();
});

test("a program that was killed is found again, with all that was there", async () => {
  const kept = ["--data-dir", `${folder}/data`, "--seed", "3"];
  const { page: url, server } = await up(...kept, "--listen", "127.0.0.1:0");
  const page = await open(url, { viewport: PHONE });
  await whenReady(page);
  await page.locator(".placebar button").nth(1).click();
  await run(page, "kubectl create configmap kept");
  await printed(page, "configmap/kept created");
  program.kill("SIGKILL");
  await page.locator("#remote", { hasText: "does not answer" }).waitFor();
  await shot(page, "phone-native-lost");
  await up(...kept, "--listen", new URL(server).host);
  await page.locator("#remote").waitFor({ state: "detached" });
  await page.waitForFunction(() => !document.querySelector("#terminal-log").textContent.includes("kept"));
  await run(page, "kubectl get configmap kept");
  await printed(page, /kept +0/);
  await down();
});

test("nobody comes in without the token", async () => {
  const { server } = await up("--ephemeral", "--listen", "127.0.0.1:0");
  for (const address of ["/ui/", "/ui/#token=wrong"]) {
    const page = await open(server + address);
    await page.locator("#remote", { hasText: "#token=" }).waitFor();
    assert.deepEqual(await violations(page), []);
    assert.equal(await page.getAttribute("html", "data-cluster"), null);
  }
  const page = await open(`${server}/ui/nothing`);
  assert.match(await page.textContent("body"), /Not Found/);
  await down();
});

test("a cluster that the program saved is opened in the page of a static host, and the other way round", async () => {
  const { page: url } = await up("--ephemeral", "--seed", "7", "--listen", "127.0.0.1:0", "--speed", "5");
  const native = await open(url);
  await whenReady(native);
  await run(native, "kubectl create deployment shop --image=nginx:1.27 --replicas=2");
  await run(native, "kubectl rollout status deployment/shop");
  await printed(native, "successfully rolled out");
  const kubarium = (...args) => execFileSync(PROGRAM, args, { encoding: "utf8" });
  const access = ["--kubeconfig", `${folder}/kubeconfig`];
  const uid = () => kubarium("kubectl", ...access, "get", "deployment", "shop", "-o", "jsonpath={.metadata.uid}");
  const before = uid();
  kubarium("snapshot", "save", `${folder}/cluster.json`, ...access);
  await down();

  const site = await start();
  try {
    const page = await open(site.url + "?seed=1");
    await whenReady(page);
    const tool = (name) => page.locator(`.topbar button[aria-label="${name}"]`);
    const pick = async (buffer) => {
      const [chooser] = await Promise.all([
        page.waitForEvent("filechooser"),
        tool("Share this cluster").click().then(() => page.getByRole("button", { name: "Open a file" }).click()),
      ]);
      await chooser.setFiles({ name: "cluster.json", mimeType: "application/json", buffer });
    };
    const text = readFileSync(`${folder}/cluster.json`, "utf8");
    // What is cut off, or from a later program, is told; the page's own cluster goes on.
    for (const [bad, why] of [
      [text.slice(0, text.length / 2), "damaged or cut off"],
      [text.replace('"format":2', '"format":9'), "newer version saved it (format 9)"],
      ["PK", "no cluster that this page"],
    ]) {
      await pick(Buffer.from(bad));
      await page.locator(".notice", { hasText: why }).waitFor();
      assert.equal(await workload(page, "shop").count(), 0);
    }
    await pick(Buffer.from(text));
    await workload(page, "shop").waitFor();
    await run(page, "kubectl get deployment shop -o jsonpath='{.metadata.uid}'");
    await printed(page, before);
    await run(page, "kubectl delete deployment shop");
    await workload(page, "shop").waitFor({ state: "detached" });
    await tool("Undo").click();
    await workload(page, "shop").waitFor();
    await run(page, "kubectl scale deployment shop --replicas=3");
    await printed(page, "scaled");
    await tool("Share this cluster").click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a file" }).click()]);
    await file.saveAs(`${folder}/again.json`);
    assert.deepEqual(page.errors, []);
  } finally {
    await site.close();
  }
  await up("--ephemeral", "--listen", "127.0.0.1:0", "--from", `${folder}/again.json`);
  assert.equal(uid(), before);
  assert.equal(kubarium("kubectl", ...access, "get", "deployment", "shop", "-o", "jsonpath={.spec.replicas}"), "3");
  await down();
});
