// Undo, redo, rewind and share, as somebody at the page uses them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { violations } from "./axe.mjs";
import { DESKTOP, PHONE, open, printed, run, shot, start, whenReady } from "./site.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

const tool = (page, name) => page.locator(`.topbar button[aria-label="${name}"]`);
const workload = (page, name) => page.locator("#map .workload", { hasText: name });

async function deployed(page) {
  await run(page, "kubectl create deployment shop --image=nginx:1.27 --replicas=2");
  await run(page, "kubectl rollout status deployment/shop");
  await printed(page, "successfully rolled out");
}

test("a change is undone and done again, by mouse and by keyboard", async () => {
  const page = await open(site);
  assert.ok(await tool(page, "Undo").isDisabled());
  await deployed(page);
  await run(page, "kubectl delete deployment shop");
  await printed(page, "deleted");
  await workload(page, "shop").waitFor({ state: "detached" });
  assert.match(await tool(page, "Undo").getAttribute("title"), /kubectl delete deployment shop/);
  await tool(page, "Undo").click();
  await workload(page, "shop").waitFor();
  // What was printed until then is there again.
  await printed(page, "successfully rolled out");
  await tool(page, "Redo").click();
  await workload(page, "shop").waitFor({ state: "detached" });
  await page.locator("#map").focus();
  await page.keyboard.press("u");
  await workload(page, "shop").waitFor();
  assert.deepEqual(page.errors, []);
});

test("a cluster in which a command computed without end is done again, by undo and by a reload", async () => {
  const page = await open(site, { query: "?seed=3" });
  await run(page, "i=0; while true; do i=$((i+1)); done");
  await page.waitForTimeout(1_000);
  await page.locator("#command").press("Control+c");
  await printed(page, "^C");
  await run(page, "kubectl create configmap counted-$i");
  await printed(page, /^configmap\/counted-\d+ created$/m);
  const counted = async () => (await page.textContent("#terminal-log")).match(/configmap\/(counted-\d+) created/)[1];
  const name = await counted();
  await run(page, "kubectl create configmap other");
  await printed(page, "configmap/other created");
  await tool(page, "Undo").click();
  await page.waitForFunction(() => !document.querySelector("#terminal-log").textContent.includes("configmap/other"));
  await printed(page, `configmap/${name} created`);
  await page.waitForTimeout(2_500);
  await page.goto(site.url);
  await whenReady(page);
  await printed(page, `configmap/${name} created`);
  assert.deepEqual(page.errors, []);
});

test("what is looked at stays looked at across time", async () => {
  const page = await open(site);
  await deployed(page);
  await workload(page, "shop").locator("[data-key]").first().click();
  await page.locator(".inspector", { hasText: "shop" }).waitFor();
  await run(page, "kubectl scale deployment shop --replicas=3");
  await page.locator(".inspector", { hasText: /3\s*\/\s*3|replicas: 3/ }).or(workload(page, "3/3")).first().waitFor();
  await tool(page, "Undo").click();
  await workload(page, "2/2").waitFor();
  assert.ok(await page.locator(".inspector", { hasText: "shop" }).isVisible());
});

test("ten seconds back, with the clock standing", async () => {
  const page = await open(site);
  await page.selectOption(".speed", "60");
  await run(page, "kubectl create namespace late");
  await printed(page, "created");
  const clock = async () => page.textContent(".clock .now");
  await page.waitForFunction(() => document.querySelector(".clock .now").textContent > "00:00:30");
  await tool(page, "Pause").click();
  await tool(page, "Resume").waitFor();
  await page.waitForTimeout(600);
  const before = await clock();
  await tool(page, "Back 10 seconds").click();
  await page.waitForFunction((before) => document.querySelector(".clock .now").textContent < before, before);
  await tool(page, "Resume").waitFor();
  const seconds = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  assert.ok(Math.abs(seconds(before) - seconds(await clock()) - 10) <= 1, `${before} → ${await clock()}`);
});

test("a link and a file give somebody else the same cluster, which is not stored", async () => {
  const context = await site.browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], viewport: DESKTOP });
  const page = await open(site, { context });
  await deployed(page);
  await tool(page, "Share this cluster").click();
  await page.waitForSelector("#share-link");
  assert.deepEqual(await violations(page), []);
  await shot(page, "share");
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Copied.").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, await page.inputValue("#share-link"));
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a file" }).click()]);
  const text = readFileSync(await file.path(), "utf8");
  assert.equal(JSON.parse(text).init.seed, 1);
  await page.keyboard.press("Escape");

  const other = await open(site, { ready: false });
  await other.goto("about:blank");
  await other.goto(link);
  await whenReady(other);
  await workload(other, "shop").waitFor();
  assert.equal(await other.getAttribute("html", "data-seed"), "1");
  await other.locator(".notice", { hasText: "came from a link or a file" }).waitFor();

  // The cluster that the visitor had is still theirs.
  await other.goto(site.url);
  await whenReady(other);
  assert.equal(await workload(other, "shop").count(), 0);

  const [chooser] = await Promise.all([
    other.waitForEvent("filechooser"),
    tool(other, "Share this cluster").click().then(() => other.getByRole("button", { name: "Open a file" }).click()),
  ]);
  await chooser.setFiles({ name: "cluster.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await workload(other, "shop").waitFor();
  assert.deepEqual([...page.errors, ...other.errors], []);
});

test("damaged links and files are told, and nothing is lost", async () => {
  const page = await open(site, { query: "#cluster=ThisIsNoRecord" });
  await page.locator(".notice", { hasText: "could not be read" }).waitFor();
  // Small on the way, and more than a memory holds once it is unpacked.
  const bomb = deflateRawSync(Buffer.alloc(16 << 20, " ")).toString("base64url");
  const other = await open(site, { query: `#cluster=${bomb}` });
  const told = other.locator(".notice", { hasText: "could not be read" });
  await told.waitFor();
  assert.doesNotMatch(await told.textContent(), /larger than/, "it was not even unpacked");
  await run(page, "kubectl create configmap kept");
  await printed(page, "created");
  await page.waitForTimeout(1_500);
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    tool(page, "Share this cluster").click().then(() => page.getByRole("button", { name: "Open a file" }).click()),
  ]);
  await chooser.setFiles({ name: "cluster.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await page.locator(".notice", { hasText: "could not be read" }).waitFor();
  await run(page, "kubectl get configmap kept");
  await printed(page, /kept +0/);
});

test("why a file cannot be read is told in Korean too", async () => {
  const page = await open(site, { locale: "ko-KR" });
  for (const [text, why] of [
    ['{"format":9}', "더 새로운 버전이 저장한 것입니다(형식 9)"],
    ["PK", "이 페이지나 kubarium 프로그램이 저장한 클러스터가 아닙니다"],
    ['{"format":1,"init":{', "손상되었거나 일부가 잘렸습니다"],
  ]) {
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      tool(page, "이 클러스터 공유").click().then(() => page.getByRole("button", { name: "파일 열기" }).click()),
    ]);
    await chooser.setFiles({ name: "cluster.json", mimeType: "application/json", buffer: Buffer.from(text) });
    await page.locator(".notice", { hasText: why }).waitFor();
  }
  assert.deepEqual(page.errors, []);
});

test("a new cluster is stored as the one before it was", async () => {
  const page = await open(site, { query: "?seed=5&profile=reference" });
  await page.waitForTimeout(1_500);
  await tool(page, "New cluster").click();
  await page.locator("#dialog .danger").click();
  await page.waitForFunction(() => document.documentElement.dataset.seed !== "5");
  const seed = await page.getAttribute("html", "data-seed");
  await page.waitForTimeout(2_500);
  assert.equal(await page.locator(".notice").count(), 0);
  // It is made of the same machines.
  await run(page, "kubectl get nodes -o name");
  await printed(page, "node/node-3");
  await page.goto(site.url);
  await whenReady(page);
  assert.equal(await page.getAttribute("html", "data-seed"), seed);
});

test("on a phone the rarer tools are behind one button", async () => {
  const page = await open(site, { viewport: PHONE, locale: "ko-KR" });
  const share = page.locator('.topbar button[aria-label="이 클러스터 공유"]');
  assert.ok(await share.isHidden());
  await page.locator('.topbar button[aria-label="더 보기"]').click();
  await share.waitFor();
  assert.deepEqual(await violations(page), []);
  await shot(page, "phone-light-ko-more");
  await share.click();
  await page.waitForSelector("#share-link");
  assert.deepEqual(await violations(page), []);
  await shot(page, "phone-light-ko-share");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= PHONE.width, `${wide} px`);
});
