// What every browser test needs: the built site on a plain web server under a sub-path, and a
// Chromium that talks to nothing else.

import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../../www/serve.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const DIST = process.env.KUBARIUM_DIST ?? ROOT + "dist";
export const SHOTS = ROOT + "tests/browser/shots/";

// Layouts in which the page is looked at.
export const DESKTOP = { width: 1440, height: 900 };
export const TABLET = { width: 900, height: 1100 };
export const PHONE = { width: 390, height: 844 };

function executable() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const path = found.find((path) => path && existsSync(path));
  if (!path) throw new Error("no Chromium: apt-get install chromium, or set CHROMIUM");
  return path;
}

// How the browser is started.
export function browserOptions() {
  mkdirSync(SHOTS, { recursive: true });
  return { executablePath: executable(), args: FLAGS };
}

// Starts server and browser; `close` ends both.
export async function start(folder = DIST) {
  const server = await serve(folder, { base: "/some/where/" });
  const browser = await chromium.launch(browserOptions());
  return {
    url: server.url,
    browser,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

// A page in a context of its own, which fails the test on any error that reaches its console.
export async function open(site, { query = "?seed=1", ready = true, context: given, ...options } = {}) {
  const context =
    given ?? (await site.browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", locale: "en-GB", ...options }));
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.errors.push(message.text());
  });
  await page.goto(site.url + query);
  if (ready) await whenReady(page);
  return page;
}

// Waits until the cluster in the page runs.
export async function whenReady(page) {
  await page.waitForSelector("html[data-cluster=ready]", { state: "attached" });
}

export async function shot(page, name) {
  await page.screenshot({ path: `${SHOTS}${name}.png` });
}

// Types a command line and sends it.
export async function run(page, command) {
  await page.fill("#command", command);
  await page.press("#command", "Enter");
}

// Waits until the terminal shows a text, beside the echo of what was typed.
export async function printed(page, wanted) {
  const given = wanted instanceof RegExp ? { source: wanted.source, flags: wanted.flags } : { text: wanted };
  await page.waitForFunction(({ text, source, flags }) => {
    const shown = [...document.querySelectorAll("#terminal-log .block")].map((block) => block.textContent).join("\n");
    const all = shown.split("\n").filter((line) => !/^(\S+ )?[$#] /.test(line)).join("\n");
    return source ? new RegExp(source, flags).test(all) : all.includes(text);
  }, given);
}

// What `read` gives once `wanted` says yes to it: a key is acknowledged before the page has taken it.
export async function eventually(page, read, wanted) {
  const until = Date.now() + 10_000;
  for (;;) {
    const value = await read();
    if (wanted(value) || Date.now() > until) return value;
    await page.waitForTimeout(20);
  }
}
